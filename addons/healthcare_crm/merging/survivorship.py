# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Which of two values stays when two records of one person become one."""

import unicodedata


def survivor(values, verified=(False, False), newer=0, choice=None):
    """Return which of two ``values`` stays, as 0 or 1.

    What somebody chose wins; then the complete one over the empty one, the verified one over the
    other, and the newer one over the older.

    :param values: the two values
    :param verified: whether each comes from somebody whose document was seen
    :param int newer: which of the two is the newer one
    :param choice: what the reviewer chose, if anything
    """
    if choice in (0, 1):
        return choice
    if is_empty(values[0]) != is_empty(values[1]):
        return int(is_empty(values[0]))
    if (richer := _get_richer(values)) is not None:
        return richer
    if bool(verified[0]) != bool(verified[1]):
        return int(bool(verified[1]))
    return newer


def is_empty(value):
    """Say whether there is nothing in a value; zero is something."""
    return value is None or value is False or (isinstance(value, str) and not value.strip())


def _get_richer(values):
    """Return which of two spellings of the same text has the accents, or None."""
    if not all(isinstance(value, str) for value in values):
        return None
    bare = [_strip_accents(value) for value in values]
    if bare[0] != bare[1]:
        return None
    marks = [len(unicodedata.normalize('NFD', value)) for value in values]
    crossed = [sum(char in 'đĐ' for char in value) for value in values]
    totals = [mark + cross for mark, cross in zip(marks, crossed, strict=True)]
    if totals[0] == totals[1]:
        return None
    return int(totals[1] > totals[0])


def _strip_accents(text):
    text = unicodedata.normalize('NFD', ' '.join(text.split())).casefold()
    return ''.join(char for char in text if not unicodedata.combining(char)).replace('đ', 'd')
