# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Which pairs are worth comparing: those that share a blocking key.

A block of many records, ten thousand of one common name, would make more pairs than there is time
for, and nearly none of them of one person: its key alone says nothing. It is parted: a pair in it
must share something else as well, and if that still leaves too many, one more thing. Those that
agree in all there is are paired with their neighbours only, which is enough to find them together.
"""

import numpy as np

from .frame import MISSING, encoded
from .keys import KEYS, street_sound
from .normalize import sound

#: A block of more records than these is parted.
LARGEST = 10
#: With how many of those after it a record is paired where nothing parts them.
NEIGHBOURS = 2
#: Further keys, of two things each, worth the while only where all people are at hand.
FURTHER = (
    ('family', 'zip'),
    ('family', 'city'),
    ('given', 'city'),
    ('street', 'zip'),
    ('street', 'city'),
    ('house', 'city'),
    ('given', 'year'),
    ('given', 'street'),
    ('family', 'street'),
)
#: How many of the refiners part the blocks of the further keys.
_FEW = 4


def candidates(frame, split=None):
    """Return the rows (left, right), left < right, of all pairs worth comparing, each once.

    :param split: only pairs of a row before this one and one from it on
    """
    size = len(frame)
    refiners = _refiners(frame)
    found = []
    for position, codes in enumerate(_key_codes(frame)):
        finer = refiners if position < len(KEYS) else refiners[:_FEW]
        for left, right in _pairs(np.flatnonzero(codes >= 0), codes, finer):
            low, high = np.minimum(left, right), np.maximum(left, right)
            if split is not None:
                across = (low < split) & (high >= split)
                low, high = low[across], high[across]
            found.append(low * size + high)
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return pairs // max(size, 1), pairs % max(size, 1)


def _key_codes(frame):
    """Yield the codes of each key, those of KEYS first."""
    for column in zip(*(one.keys for one in frame.prepared), strict=True):
        yield encoded(column, {None: MISSING}).astype(np.int64)
    parts = {
        'family': _sounds(frame, 'family', sound),
        'given': _sounds(frame, 'given', sound),
        'street': _sounds(frame, 'street', street_sound),
        'city': _sounds(frame, 'city', sound),
        'house': frame.codes['house'],
        'zip': frame.codes['zip'],
        'year': _sounds(frame, 'birth_date', lambda date: date[:4]),
    }
    for one, two in FURTHER:
        first, second = parts[one].astype(np.int64), parts[two]
        known = (first >= 0) & (second >= 0)
        yield np.where(known, first * (int(second.max(initial=0)) + 1) + second, MISSING)


def _sounds(frame, column, heard):
    """Return codes of what a function makes of each text of a column; of nothing too where it is
    not to be heard."""
    values = encoded([*map(heard, frame.values(column)), ''], {'': MISSING})
    return values[frame.codes[column]]


def _refiners(frame):
    """Return the columns of codes that part a large block, the most telling first."""
    dates = frame.values('birth_date')
    year = np.array([int(date[:4]) for date in dates] + [-1])
    day = np.array([int(date[4:]) for date in dates] + [-1])
    born = frame.codes['birth_date']
    return [
        frame.codes['phone'],
        day[born],
        frame.codes['house'],
        frame.codes['zip'],
        frame.codes['given'],
        year[born],
        frame.codes['city'],
        frame.codes['family'],
    ]


def _pairs(rows, codes, refiners):
    """Yield arrays (left, right) of pairs of ``rows`` with the same of ``codes``, one per row."""
    if len(rows) < 2:
        return
    codes = np.unique(codes[rows], return_inverse=True)[1]
    order = np.argsort(codes, kind='stable')
    rows, codes = rows[order], codes[order]
    large = (np.bincount(codes) > LARGEST)[codes]
    yield from _steps(rows[~large], codes[~large], LARGEST)
    rows, codes = rows[large], codes[large]
    if not len(rows):
        return
    if not refiners:
        yield from _steps(rows, codes, NEIGHBOURS + 1)
        return
    # a pair shares the first refiner, or not that one but the next, …
    for position, refiner in enumerate(refiners):
        known = refiner[rows] >= 0
        finer = np.full(len(refiner), -1, np.int64)
        finer[rows] = codes * (int(refiner.max()) + 2) + refiner[rows] + 1
        yield from _pairs(rows[known], finer, refiners[position + 1 :])


def _steps(rows, codes, limit):
    """Yield the pairs of rows with the same code that are fewer than ``limit`` places apart."""
    for step in range(1, limit):
        same = np.flatnonzero(codes[step:] == codes[:-step]) if step < len(codes) else ()
        if not len(same):
            return
        yield rows[same], rows[same + step]


def within(groups):
    """Return the rows (left, right) of all pairs inside the groups of rows."""
    pairs = [
        (min(one, two), max(one, two))
        for group in groups
        for position, one in enumerate(group)
        for two in group[:position]
    ]
    left, right = np.array(pairs, np.int64).reshape(-1, 2).T
    return left, right


def random_pairs(size, count, split=None):
    """Return rows of random pairs, the same ones every time."""
    generator = np.random.default_rng(size)
    if split is not None:
        return generator.integers(0, split, count), generator.integers(split, size, count)
    left = generator.integers(0, size, count)
    right = generator.integers(0, size - 1, count)
    right += right >= left
    return left, right
