# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Which pairs are worth comparing: those that share a blocking key.

A block of many records, ten thousand of one common name, would make more pairs than there is time
for, and nearly none of them of one person: its key alone says nothing. It is parted: a pair in it
must share something else as well, and if that still leaves too many, one more thing. Those that
agree in all there is are paired with their neighbours only, which is enough to find them together.
"""

import numpy as np

from .keys import KEYS, more_keys

#: A block of more records than these is parted.
LARGEST = 10
#: With how many of those after it a record is paired where nothing parts them.
NEIGHBOURS = 2
#: How many of the refiners part the blocks of the further keys.
_FEW = 4


def candidates(frame, split=None):
    """Return the rows (left, right), left < right, of all pairs worth comparing, each once.

    :param split: only pairs of a row before this one and one from it on
    """
    size = len(frame)
    refiners = _refiners(frame)
    found = []
    for position, codes in enumerate(_key_codes(frame.prepared)):
        finer = refiners if position < len(KEYS) else refiners[:_FEW]
        for left, right in _pairs(np.flatnonzero(codes >= 0), codes, finer):
            low, high = np.minimum(left, right), np.maximum(left, right)
            if split is not None:
                across = (low < split) & (high >= split)
                low, high = low[across], high[across]
            found.append(low * size + high)
    pairs = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    return pairs // max(size, 1), pairs % max(size, 1)


def _key_codes(prepared):
    more = [more_keys(one) for one in prepared]
    columns = [[one.keys[position] for one in prepared] for position in range(len(KEYS))]
    columns += map(list, zip(*more, strict=True))
    for column in columns:
        numbers = {None: -1}
        yield np.array([numbers.setdefault(key, len(numbers) - 1) for key in column], np.int64)


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
