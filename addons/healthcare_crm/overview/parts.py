"""The parts of a block, as the page draws them."""

from typing import NamedTuple

from ..sensitive import GROUP_USER


class Block(NamedTuple):
    """One block of the 360° view; the method ``_overview_<name>`` of a patient fills it.

    :param label: its heading, translated
    :param groups: who sees it: external ids of groups, one of which is enough
    :param wide: it takes the whole width
    """

    name: str
    label: str
    icon: str
    sequence: int
    groups: str = GROUP_USER
    wide: bool = False


def badge(text, icon, tone='secondary'):
    """Return a word with an icon and a colour, never the colour alone.

    :param str tone: a colour of Bootstrap: ``success``, ``info``, ``warning``, ``danger``, …
    """
    return {'text': text, 'icon': icon, 'tone': tone}


def row(record, title, text='', when='', badges=(), action=None, muted=False):
    """Return one line about ``record``.

    :param str text: what else there is to say, on a second line
    :param str when: the day of it
    :param action: what opens on a click; nothing opens without one
    :param bool muted: it is over
    """
    return {
        'id': f'{record._name}-{record.id}',
        'title': title or '',
        'text': text or '',
        'when': when or '',
        'badges': [one for one in badges if one],
        'action': action,
        'muted': muted,
    }


def fact(label, value, icon=None, href=None, action=None, hint=''):
    """Return one label with its value, to be left out where there is no value.

    :param str href: a link such as ``tel:``
    :param str hint: what is to be minded about it
    """
    return {
        'label': label,
        'value': value or '',
        'icon': icon,
        'href': href,
        'action': action,
        'hint': hint,
    }
