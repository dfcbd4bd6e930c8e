# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Blocking keys: two records are compared when they share one of them.

Each is text that stays the same from run to run, so that it can be kept in an indexed column. One
person written twice is to share at least one although several fields differ; strangers should
rarely do. Some values are frequent all the same (a common name, a clinic's own telephone): who
reads such a column takes no more than some hundred rows of one value.
"""

from .normalize import sound

#: The names of the keys, in the order of ``Prepared.keys``.
KEYS = (
    'identifier',
    'phone',
    'email',
    'birth_date',
    'name_sound',
    'given_zip',
    'house_street',
    'house_zip',
)


def blocking_keys(one):
    """Return the keys of a prepared person in the order of :data:`KEYS`, None where it has none."""
    given = sound(one.given)
    return (
        _identifier(one.identifiers),
        one.phone or None,
        one.email or None,
        one.birth_date or None,
        _joined(*sorted((sound(one.family)[:3], given[:3]))),
        _joined(given, one.zip),
        _joined(one.house, street_sound(one.street)),
        _joined(one.house, one.zip),
    )


def _identifier(identifiers):
    """Return the identifier that says most: a verified one before others."""
    if not identifiers:
        return None
    system, value, _verified = min(identifiers, key=lambda one: (not one[2], one[0], one[1]))
    return f'{system}:{value}'


def street_sound(words):
    """Return the sound of the longest word of an address."""
    if not words.isascii():
        return words[:8]
    return sound(max(words.split(), key=len)) if words else ''


def _joined(*parts):
    return '|'.join(parts) if all(parts) else None
