"""QR codes as drawings in a page: no file, no script, no request of their own."""

import qrcode
from markupsafe import Markup

#: Light squares around the code, without which scanners do not find it.
BORDER = 4


def draw(text, label=''):
    """Return a text as a QR code in SVG, black on white whatever the theme of the page.

    :param str text: what a scanner reads
    :param str label: what it is, for who does not see it
    :rtype: Markup
    """
    code = qrcode.QRCode(border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    size = len(rows) + 2 * BORDER
    path = ''.join(
        f'M{x + BORDER} {y + BORDER}h{width}v1h-{width}z'
        for y, row in enumerate(rows)
        for x, width in _runs(row)
    )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="%s" '
        'width="180" viewBox="0 0 %s %s" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h%sv%sH0z"/><path fill="#000" d="%s"/></svg>'
    ) % (label, size, size, size, size, path)


def _runs(row):
    """Yield where dark squares of a row begin, and how many follow each other.

    >>> list(_runs([True, True, False, True]))
    [(0, 2), (3, 1)]
    """
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
