"""Words of a message: placeholders in plain text, in the patient's language. Pure.

An administrator writes ``Hello {patient_name}``; nothing in a template is evaluated.
"""

import re

from markupsafe import Markup, escape

PLACEHOLDER = re.compile(r'\{(\w+)\}')
_LINK_LINE = re.compile(r'^(?P<label>[^\n:：]*)[:：]\s*(?P<url>https?://\S+)$')
_URL = re.compile(r'https?://\S+')


def unknown_placeholders(text, known):
    """Return the placeholders of ``text`` that nobody fills, in order."""
    return [name for name in PLACEHOLDER.findall(text or '') if name not in known]


def in_language(texts, *langs):
    """Return the text of the first of ``langs`` that has one, else any; '' when there is none.

    :param texts: {language code: text}
    """
    for lang in langs:
        if texts.get(lang):
            return texts[lang]
    return next((text for text in texts.values() if text), '')


def fill(text, values):
    """Return ``text`` with its placeholders replaced; one without a value becomes nothing.

    A value stays on its line: only the template makes headers, paragraphs and buttons.
    """
    return PLACEHOLDER.sub(lambda match: ' '.join(str(values.get(match[1]) or '').split()), text)


def to_html(text, lang, clinic, pixel=None):
    """Return the plain ``text`` as a small HTML letter: paragraphs, and links as buttons where a
    line is ``words: address``. No style sheet, readable in every mail program.

    :param pixel: the address of a picture nobody sees, or ``None``
    """
    paragraphs = []
    for block in re.split(r'\n\s*\n', text.strip()):
        paragraphs.append(Markup('<br>').join(_line_to_html(line) for line in block.split('\n')))
    body = Markup('').join(
        Markup('<p style="margin:0 0 16px">%s</p>') % paragraph for paragraph in paragraphs
    )
    return Markup(
        '<!DOCTYPE html><html lang="%s"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"></head>'
        '<body style="margin:0;padding:24px;background:#f4f6f8">'
        '<div style="max-width:560px;margin:auto;padding:24px;background:#fff;border-radius:8px;'
        'font:16px/1.5 sans-serif;color:#1f2933">%s'
        '<p style="margin:24px 0 0;color:#52606d;font-size:14px">%s</p></div>%s</body></html>'
    ) % (
        lang.replace('_', '-'),
        body,
        clinic,
        Markup('<img src="%s" alt="" width="1" height="1">') % pixel if pixel else '',
    )


def _line_to_html(line):
    match = _LINK_LINE.match(line.strip())
    if match:
        return Markup(
            '<a href="%s" style="display:inline-block;margin:4px 0;padding:10px 18px;'
            'background:#0b6e6e;color:#fff;border-radius:6px;text-decoration:none">%s</a>'
        ) % (match['url'], match['label'].strip())
    parts, end = [], 0
    for match in _URL.finditer(line):
        parts += [
            escape(line[end : match.start()]),
            Markup('<a href="%s">%s</a>') % (match[0], match[0]),
        ]
        end = match.end()
    return Markup('').join([*parts, escape(line[end:])])
