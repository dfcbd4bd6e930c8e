# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Duplicates among many people."""

import numpy as np

from .blocks import candidates, within
from .frame import Frame
from .model import NO, Model

#: Pairs scored in one go: bounds the memory.
CHUNK = 500_000
#: More records than these are no one person: they are not all compared with each other.
LARGEST_PERSON = 50


def find(prepared, model=None):
    """Return ``[(i, j, Match)]``, the most certain first, of those who may be one person.

    :param prepared: :class:`Prepared` people; i < j are positions in it
    :param model: learnt from them when it is not given
    """
    frame = Frame(prepared)
    left, right = candidates(frame)
    if model is None:
        model = Model.fit(frame, left, right)
    kept = _possible(model, frame, left, right)
    left, right = left[kept], right[kept]
    # who is found together is compared with each other: two bad copies may both be near a good one
    inner = within(_groups(model, frame, left, right))
    pairs = np.unique(
        np.concatenate([left, inner[0]]) * len(frame) + np.concatenate([right, inner[1]])
    )
    return _found(model, frame, pairs // max(len(frame), 1), pairs % max(len(frame), 1))


def find_between(left, right, model=None):
    """Return what :func:`find` does of pairs (i, j) of one of ``left`` and one of ``right``."""
    frame = Frame([*left, *right])
    split = len(left)
    one, two = candidates(frame, split)
    if model is None:
        model = Model.fit(frame, one, two, split)
    return [(i, j - split, match) for i, j, match in _found(model, frame, one, two)]


def _possible(model, frame, left, right):
    """Return the positions of the pairs that are not surely of two people."""
    kept = [np.zeros(0, np.int64)]
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        scores = model.score(frame, left[part], right[part])
        kept.append(start + np.flatnonzero(scores.zones != NO))
    return np.concatenate(kept)


def _found(model, frame, left, right):
    kept = _possible(model, frame, left, right)
    left, right = left[kept], right[kept]
    matches = model.matches(frame, left, right)
    found = list(zip(left.tolist(), right.tolist(), matches, strict=True))
    return sorted(found, key=lambda one: -one[2].probability)


def _groups(model, frame, left, right):
    """Return the lists of rows that pairs more likely than not connect."""
    scores = model.score(frame, left, right)
    parent = list(range(len(frame)))

    def root(row):
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, two in zip(
        left[scores.probabilities > 0.5].tolist(),
        right[scores.probabilities > 0.5].tolist(),
        strict=True,
    ):
        parent[root(two)] = root(one)
    groups = {}
    for row in {*left.tolist(), *right.tolist()}:
        groups.setdefault(root(row), []).append(row)
    return [group for group in groups.values() if 2 < len(group) <= LARGEST_PERSON]
