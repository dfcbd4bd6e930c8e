# Part of Healthcare CRM for Odoo. License LGPL-3.
"""How well each field of many pairs agrees.

A comparison gives one small number per field and pair: the position of its level in :data:`LEVELS`,
from 0, missing on one side, upwards to full agreement. Levels are symmetric. Distinct pairs of
values are compared once, however many pairs of people have them.
"""

from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from .frame import MISSING

#: The levels of each field.
LEVELS = {
    'family_name': ('missing', 'different', 'close', 'same'),
    'given_name': ('missing', 'different', 'close', 'same'),
    'name_order': ('missing', 'swapped', 'same'),
    'birth_date': ('missing', 'different', 'partly', 'close', 'same'),
    'gender': ('missing', 'different', 'same'),
    'phone': ('missing', 'different', 'close', 'same'),
    'email': ('missing', 'different', 'close', 'same'),
    'street': ('missing', 'different', 'partly', 'close', 'same'),
    'place': ('missing', 'different', 'close', 'partly', 'same'),
    'state': ('missing', 'different', 'same'),
    'identifier': ('missing', 'different', 'close', 'same'),
}
FIELDS = tuple(LEVELS)
#: Fields whose agreement weighs the more the rarer the value.
FREQUENCY_FIELDS = ('family_name', 'given_name', 'birth_date', 'phone', 'email', 'street', 'place')

#: From which similarity on a name is close. Winkler (1990) has 0.88 for "probably the same string".
CLOSE_NAME = 0.86
CLOSE_STREET = 0.8
CLOSE_PLACE = 0.86
CLOSE_EMAIL = 0.92
#: Below this many comparisons threads cost more than they give.
_MANY = 20_000

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
        'phone': _text(frame, 'phone', left, right, OSA.normalized_similarity, 0.85),
        'email': _text(frame, 'email', left, right, JaroWinkler.similarity, CLOSE_EMAIL),
        'street': _street(frame, left, right),
        'place': place,
        'state': _equal(frame.codes['state'], left, right),
        'identifier': identifier,
    }
    # the state follows from the place
    levels['state'][place >= 3] = 0
    terms = {
        **names,
        **{name: frame.codes[name][left] for name in ('birth_date', 'phone', 'email', 'street')},
        'place': place_terms,
    }
    return Compared(levels, terms, rules)


# -- Texts -------------------------------------------------------------------------------------


def similarities(values, one, two, scorer, full=1):
    """Return how alike ``values[one]`` and ``values[two]`` are, 0 (also for missing) to
    ``full``."""
    result = (one == two).astype(np.float32) * full
    unsure = np.flatnonzero((one != two) & (one != MISSING) & (two != MISSING))
    result[one == MISSING] = 0
    if not len(unsure):
        return result
    low, high = np.minimum(one[unsure], two[unsure]), np.maximum(one[unsure], two[unsure])
    pairs, places = np.unique(low.astype(np.int64) * len(values) + high, return_inverse=True)
    texts = [
        (a, b) if a < b else (b, a)
        for a, b in (
            (values[low], values[high])
            for low, high in zip(
                (pairs // len(values)).tolist(), (pairs % len(values)).tolist(), strict=True
            )
        )
    ]
    scores = process.cpdist(
        [a for a, _b in texts],
        [b for _a, b in texts],
        scorer=scorer,
        dtype=np.float32,
        workers=2 if len(texts) > _MANY else 1,
    )
    result[unsure] = scores[places]
    return result


def _missing(one, two):
    return (one == MISSING) | (two == MISSING)


def _equal(codes, left, right):
    one, two = codes[left], codes[right]
    return np.where(_missing(one, two), 0, np.where(one == two, 2, 1)).astype(np.uint8)


def _text(frame, column, left, right, scorer, close):
    one, two = frame.codes[column][left], frame.codes[column][right]
    score = similarities(frame.values(column), one, two, scorer)
    level = 1 + (score >= close).astype(np.uint8) + (one == two)
    return np.where(_missing(one, two), 0, level).astype(np.uint8)


# -- Names -------------------------------------------------------------------------------------


def _names(frame, left, right):
    """Return levels of family name, given name and their order, and the codes that agree.

    Family and given name are compared straight, and crosswise where that fits better.
    """
    codes, values = frame.codes, frame.values('family')

    def level(column, other, rows, others):
        one, two = codes[column][rows], codes[other][others]
        score = similarities(values, one, two, JaroWinkler.similarity)
        a, b = codes[f'{column}_written'][rows], codes[f'{other}_written'][others]
        # alike in Latin letters, but 曉明 is not 小明
        same = (one == two) & ((a == b) | _missing(a, b))
        result = 1 + ((score >= CLOSE_NAME) | (one == two)).astype(np.uint8) + same
        return np.where(_missing(one, two), 0, result).astype(np.uint8)

    family = level('family', 'family', left, right)
    given = level('given', 'given', left, right)
    order = np.where((family > 0) | (given > 0), 2, 0).astype(np.uint8)
    terms = {'family_name': codes['family'][left], 'given_name': codes['given'][left]}
    unsure = np.flatnonzero((family < 2) & (given < 2))
    if len(unsure):
        rows, others = left[unsure], right[unsure]
        crossed = level('family', 'given', rows, others), level('given', 'family', rows, others)
        better = np.maximum(*crossed) >= 2
        swapped = unsure[better]
        family[swapped], given[swapped] = crossed[0][better], crossed[1][better]
        order[swapped] = 1
    return family, given, order, terms


# -- Dates -------------------------------------------------------------------------------------


def _birth_date(frame, left, right):
    """same; close: a slip of one digit, two neighbours or day and month swapped; partly: two
    digits, or two of year, month and day the same."""
    one, two = frame.codes['birth_date'][left], frame.codes['birth_date'][right]
    level = np.where(_missing(one, two), 0, np.where(one == two, 4, 1)).astype(np.uint8)
    rows = np.flatnonzero(level == 1)
    if len(rows):
        a, b = frame.birth_digits[one[rows]], frame.birth_digits[two[rows]]
        differ = a != b
        count = differ.sum(axis=1)
        neighbours = np.zeros(len(rows), bool)
        for place in range(7):
            neighbours |= (a[:, place] == b[:, place + 1]) & (a[:, place + 1] == b[:, place])
        neighbours &= (count == 2) & (differ[:, :-1] & differ[:, 1:]).any(axis=1)
        year, month, day = (
            ~differ[:, part].any(axis=1) for part in (slice(0, 4), slice(4, 6), slice(6, 8))
        )
        crossed = year & (a[:, 4:6] == b[:, 6:8]).all(axis=1) & (a[:, 6:8] == b[:, 4:6]).all(axis=1)
        level[rows] = np.where(
            (count == 1) | neighbours | crossed,
            3,
            np.where((count == 2) | (year.astype(int) + month + day == 2), 2, 1),
        )
    return level


# -- Addresses ---------------------------------------------------------------------------------


def _street(frame, left, right):
    """same; close: the words alike and the numbers the same; partly: the words alike."""
    codes, values = frame.codes, frame.values('street')
    one, two = codes['street'][left], codes['street'][right]
    score = similarities(values, one, two, fuzz.token_ratio, 100) / 100
    a, b = codes['house'][left], codes['house'][right]
    house = (a == b) | _missing(a, b)
    level = np.where(
        score >= CLOSE_STREET, np.where(house, np.where((one == two) & (a == b), 4, 3), 2), 1
    )
    return np.where(_missing(one, two), 0, level).astype(np.uint8)


def _place(frame, left, right):
    """same: town and postcode, as far as both have them; partly: one of them; close: a slip."""
    city_one, city_two = frame.codes['city'][left], frame.codes['city'][right]
    zip_one, zip_two = frame.codes['zip'][left], frame.codes['zip'][right]
    no_city, no_zip = _missing(city_one, city_two), _missing(zip_one, zip_two)
    city = (city_one == city_two) & ~no_city
    zip_code = (zip_one == zip_two) & ~no_zip
    city_score = similarities(frame.values('city'), city_one, city_two, JaroWinkler.similarity)
    zip_score = similarities(frame.values('zip'), zip_one, zip_two, OSA.normalized_similarity)
    close = (city_score >= CLOSE_PLACE) | (zip_score >= 0.74)
    level = np.where(
        (city | no_city) & (zip_code | no_zip),
        4,
        np.where(city | zip_code, 3, np.where(close, 2, 1)),
    )
    level = np.where(no_city & no_zip, 0, level).astype(np.uint8)
    both, city_alone, zip_alone = (codes[left] for codes in frame.places)
    return level, np.where(no_zip, city_alone, np.where(no_city, zip_alone, both))


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
                score = similarities(frame.identifier_values, one, two, OSA.normalized_similarity)
                found = np.where(_missing(one, two), 0, 1 + (score >= 0.8) + (one == two))
                level = np.maximum(level, found.astype(np.uint8))
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
