# Part of Healthcare CRM for Odoo. License LGPL-3.
"""How well each field of many pairs agrees.

A comparison gives one small number per field and pair: the position of its level in :data:`LEVELS`,
from 0, missing on one side, upwards to full agreement. Levels are symmetric. Distinct pairs of
values are compared once, however many pairs of people have them.
"""

from typing import NamedTuple

import numpy as np

from .texts import MISSING, edits, jaro_winkler

#: The levels of each field.
LEVELS = {
    'family_name': ('missing', 'different', 'close', 'same'),
    'given_name': ('missing', 'different', 'close', 'same'),
    'name_order': ('missing', 'alike', 'swapped', 'same'),
    'birth_date': ('missing', 'different', 'partly', 'close', 'same'),
    'gender': ('missing', 'different', 'same'),
    'phone': ('missing', 'different', 'close', 'same'),
    'email': ('missing', 'different', 'close', 'same'),
    'street': ('missing', 'different', 'partly', 'close', 'same'),
    'place': ('missing', 'different', 'similar', 'partly', 'close', 'same'),
    'state': ('missing', 'different', 'same'),
    'identifier': ('missing', 'different', 'close', 'same'),
}
FIELDS = tuple(LEVELS)
#: Fields whose agreement weighs the more the rarer the value.
FREQUENCY_FIELDS = ('family_name', 'given_name', 'birth_date', 'phone', 'email', 'street', 'place')

#: From which similarity on a name is close. Winkler (1990) has 0.88 for "probably the same string".
CLOSE_NAME = 0.86
CLOSE_WHOLE = 0.72
CLOSE_TURNED = 0.85
CLOSE_STREET = 0.75
SIMILAR_STREET = 0.55
CLOSE_PLACE = 0.86
CLOSE_ZIP = 0.74
CLOSE_PHONE = 0.85
CLOSE_EMAIL = 0.94
CLOSE_IDENTIFIER = 0.8
#: Born so many years apart, with more than a slip between the dates, are two people.
FAR_YEARS = 10

_YEAR, _MONTH, _DAY = slice(0, 4), slice(4, 6), slice(6, 8)

NO_RULE, SAME_ID, DIFFERENT_ID, CONFLICTING_IDS = range(4)
RULES = (None, 'same_verified_id', 'different_verified_id', 'conflicting_ids')


class Compared(NamedTuple):
    """``levels[field]`` of all pairs, ``terms[field]`` the codes that agree, ``rules`` of verified
    IDs."""

    levels: dict
    terms: dict
    rules: np.ndarray


def compare(frame, left, right):
    """Compare the rows ``left`` of a frame with its rows ``right``, pair by pair."""
    family, given, order, names = _names(frame, left, right)
    identifier, rules = _identifiers(frame, left, right)
    place, place_terms = _place(frame, left, right)
    levels = {
        'family_name': family,
        'given_name': given,
        'name_order': order,
        'birth_date': _birth_date(frame, left, right),
        'gender': _equal(frame.codes['gender'], left, right),
        'phone': _text(frame, 'phone', left, right, edits, CLOSE_PHONE),
        'email': _text(frame, 'email', left, right, edits, CLOSE_EMAIL),
        'street': _street(frame, left, right),
        'place': place,
        'state': _equal(frame.codes['state'], left, right),
        'identifier': identifier,
    }
    # anna12@ and anna21@ are two people who found anna@ taken, not a slip
    slip = np.flatnonzero(levels['email'] == 2)
    one, two = (frame.email_numbers[frame.codes['email'][rows[slip]]] for rows in (left, right))
    levels['email'][slip[one != two]] = 1
    # the state follows from the place, and whose given name is the same is of the same sex
    levels['state'][place >= 3] = 0
    levels['gender'][(given == 3) & (levels['gender'] == 2)] = 0
    terms = {
        **names,
        **{name: frame.codes[name][left] for name in ('birth_date', 'phone', 'email', 'street')},
        'place': place_terms,
    }
    return Compared(levels, terms, rules)


# -- Texts -------------------------------------------------------------------------------------


def _missing(one, two):
    return (one == MISSING) | (two == MISSING)


def _equal(codes, left, right):
    one, two = codes[left], codes[right]
    return np.where(_missing(one, two), 0, np.where(one == two, 2, 1)).astype(np.uint8)


def _text(frame, column, left, right, measure, close):
    one, two = frame.codes[column][left], frame.codes[column][right]
    alike = frame.values(column).alike(one, two, measure, close)
    level = 1 + alike.astype(np.uint8) + (one == two)
    return np.where(_missing(one, two), 0, level).astype(np.uint8)


# -- Names -------------------------------------------------------------------------------------


def _names(frame, left, right):
    """Return levels of family name, given name and their order, and the codes that agree.

    Family and given name are compared straight, crosswise where that fits better, and at last as a
    whole: one cannot tell which part of a misspelt name is the family name.
    """
    codes, values = frame.codes, frame.values('family')

    def level(column, other, rows, others):
        one, two = codes[column][rows], codes[other][others]
        alike = values.alike(one, two, jaro_winkler, CLOSE_NAME)
        a, b = codes[f'{column}_written'][rows], codes[f'{other}_written'][others]
        # alike in Latin letters, but 曉明 is not 小明
        same = (one == two) & ((a == b) | _missing(a, b))
        result = 1 + alike.astype(np.uint8) + same
        return np.where(_missing(one, two), 0, result).astype(np.uint8)

    family = level('family', 'family', left, right)
    given = level('given', 'given', left, right)
    order = np.where((family > 0) | (given > 0), 3, 0).astype(np.uint8)
    terms = {'family_name': codes['family'][left], 'given_name': codes['given'][left]}
    unsure = np.flatnonzero((family < 2) & (given < 2))
    if len(unsure):
        rows, others = left[unsure], right[unsure]
        crossed = level('family', 'given', rows, others), level('given', 'family', rows, others)
        better = (np.minimum(*crossed) >= 2) | (np.maximum(*crossed) == 3)
        swapped = unsure[better]
        # the same levels from either side
        family[swapped] = np.maximum(*crossed)[better]
        given[swapped] = np.minimum(*crossed)[better]
        order[swapped] = 2
        # a value is rare as a family name or as a given name: swapped, neither frequency holds
        terms['family_name'][swapped] = terms['given_name'][swapped] = MISSING
    unsure = np.flatnonzero((family < 2) & (given < 2) & (order > 0))
    if len(unsure):
        alike = unsure[_whole_names(frame, left[unsure], right[unsure])]
        # one likeness, not three: what it is worth is counted once
        family[alike] = given[alike] = 0
        order[alike] = 1
    return family, given, order, terms


def _whole_names(frame, left, right):
    """Return of which pairs the names are alike as a whole: many of the same pairs of letters, or a
    slip in a name whose family name was taken for the given one."""
    one, two = frame.names[left], frame.names[right]
    alike = _shared_bigrams(frame.name_bigrams, one, two) >= CLOSE_WHOLE
    for a, b in ((one, frame.turned_names[right]), (frame.turned_names[left], two)):
        alike |= frame.name_values.alike(a, b, edits, CLOSE_TURNED)
    return alike


# -- Dates -------------------------------------------------------------------------------------


def _birth_date(frame, left, right):
    """same; close: a slip of one digit, two neighbours or day and month swapped; partly: two
    digits, or two of year, month and day the same, and not decades apart."""
    one, two = frame.codes['birth_date'][left], frame.codes['birth_date'][right]
    level = np.where(_missing(one, two), 0, np.where(one == two, 4, 1)).astype(np.uint8)
    rows = np.flatnonzero(level == 1)
    if len(rows):
        a, b = frame.birth_digits[:, one[rows]], frame.birth_digits[:, two[rows]]
        differ = a != b
        count = differ.sum(axis=0, dtype=np.uint8)
        neighbours = np.zeros(len(rows), bool)
        for place in range(7):
            both = differ[place] & differ[place + 1]
            neighbours |= both & (a[place] == b[place + 1]) & (a[place + 1] == b[place])
        neighbours &= count == 2
        year, month, day = (~differ[part].any(axis=0) for part in (_YEAR, _MONTH, _DAY))
        crossed = year & (a[_MONTH] == b[_DAY]).all(axis=0) & (a[_DAY] == b[_MONTH]).all(axis=0)
        years = np.array((1000, 100, 10, 1)) @ (a[_YEAR].astype(int) - b[_YEAR])
        partly = (count == 2) | (year.astype(np.uint8) + month + day == 2)
        level[rows] = np.where(
            (count == 1) | neighbours | crossed,
            3,
            np.where(partly & (np.abs(years) < FAR_YEARS), 2, 1),
        )
    return level


# -- Addresses ---------------------------------------------------------------------------------


def _street(frame, left, right):
    """same; close: the words alike and the numbers the same; partly: only one of the two is."""
    one, two = frame.codes['street'][left], frame.codes['street'][right]
    a, b = frame.codes['house'][left], frame.codes['house'][right]
    score = _shared_bigrams(frame.street_bigrams, one, two)
    house = (a == b) & ~_missing(a, b)
    level = np.ones(len(one), np.uint8)
    level[(score >= CLOSE_STREET) | ((score >= SIMILAR_STREET) & house)] = 2
    level[(score >= CLOSE_STREET) & (house | _missing(a, b))] = 3
    level[(one == two) & (a == b)] = 4
    # 中山路 and Zhongshan Road are not comparable by their letters
    scripts = frame.street_is_han[one] != frame.street_is_han[two]
    level[_missing(one, two) | scripts] = 0
    return level


def _shared_bigrams(bigrams, one, two):
    """Return the share of the pairs of letters that the shorter of two texts has in common.

    Words may be swapped, run together, parted or missing on one side. Dice's coefficient (1945)
    divides by the mean length instead; both count half.
    """
    sizes = np.bitwise_count(bigrams).sum(axis=0, dtype=np.int32)
    first, second, shared = sizes[one], sizes[two], np.zeros(len(one), np.int32)
    for bits in bigrams:
        shared += np.bitwise_count(bits[one] & bits[two])
    shorter = np.maximum(np.minimum(first, second), 1)
    return shared / shorter / 2 + shared / np.maximum(first + second, 1)


def _place(frame, left, right):
    """same: town and postcode, as far as both have them; close: a slip in one of them or both;
    partly: one of them only; similar: no more than a slip in one of them.
    """
    city, no_city = _agreement(frame, 'city', left, right, jaro_winkler, CLOSE_PLACE)
    zip_code, no_zip = _agreement(frame, 'zip', left, right, edits, CLOSE_ZIP)
    best = np.where(no_city, zip_code, np.where(no_zip, city, np.maximum(city, zip_code)))
    worst = np.where(no_city, zip_code, np.where(no_zip, city, np.minimum(city, zip_code)))
    level = np.select([worst == 2, worst == 1, best == 2, best == 1], [5, 4, 3, 2], 1)
    level[no_city & no_zip] = 0
    both, city_alone, zip_alone = (codes[left] for codes in frame.places)
    terms = np.where(no_zip, city_alone, np.where(no_city, zip_alone, both))
    return level.astype(np.uint8), terms


def _agreement(frame, column, left, right, measure, close):
    """Return 2 for the same, 1 for close, 0 for neither, and what is missing."""
    one, two = frame.codes[column][left], frame.codes[column][right]
    alike = frame.values(column).alike(one, two, measure, close)
    return alike.astype(np.uint8) + (one == two), _missing(one, two)


# -- Identifiers -------------------------------------------------------------------------------


def _identifiers(frame, left, right):
    """Return the best level of any system, and which rule of verified identifiers holds."""
    level = np.zeros(len(left), np.uint8)
    same_id, different_id = np.zeros(len(left), bool), np.zeros(len(left), bool)
    for slots in frame.identifiers.values():
        shared, both = np.zeros(len(left), bool), np.zeros(len(left), bool)
        for mine in slots:
            for theirs in slots:
                one, two = mine.codes[left], theirs.codes[right]
                alike = frame.identifier_values.alike(one, two, edits, CLOSE_IDENTIFIER)
                found = 1 + alike.astype(np.uint8) + (one == two)
                found[_missing(one, two)] = 0
                level = np.maximum(level, found)
                verified = mine.verified[left] & theirs.verified[right]
                shared |= verified & (found == 3)
                both |= verified
        same_id |= shared
        different_id |= both & ~shared
    rules = np.where(
        same_id & different_id,
        CONFLICTING_IDS,
        np.where(same_id, SAME_ID, np.where(different_id, DIFFERENT_ID, NO_RULE)),
    )
    return level, rules
