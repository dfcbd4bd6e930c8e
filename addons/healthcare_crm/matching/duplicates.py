# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Duplicates among many people.

Pairs are scored one by one, but they are not independent: who is certainly one person with a second
is not one with a third who is somebody else than the second. Such *rivals* are settled once all are
scored, and what two links imply is a link as well.
"""

from collections import defaultdict

import numpy as np

from .blocks import candidates, within
from .frame import Frame
from .model import LINK, NO, REVIEW, RULES, ZONES, Model
from .prior import REVIEW as LEAST

#: Pairs scored in one go: bounds the memory.
CHUNK = 500_000
#: More records than these are no one person: they are not all compared with each other.
LARGEST_PERSON = 50
#: Below this probability of two records, a third one cannot be both without somebody looking at it.
DOUBTFUL = 0.9
#: Who is more likely one person than not is looked at together with who else is.
LIKELY = 0.5


def find(prepared, model=None):
    """Return ``[(i, j, Match)]``, the most certain first, of those who may be one person.

    :param prepared: :class:`Prepared` people; i < j are positions in it
    :param model: learnt from them when it is not given
    """
    frame = Frame(prepared)
    left, right = candidates(frame)
    if model is None:
        model = Model.fit(frame, left, right)
    left, right = possible(model, frame, left, right)
    # who is found together is compared with each other: two bad copies may both be near a good one
    probabilities = model.score(frame, left, right).probabilities
    likely = probabilities > LIKELY
    inner = within(_groups(left[likely], right[likely], LARGEST_PERSON))
    left, right = _distinct(
        len(frame), np.concatenate([left, inner[0]]), np.concatenate([right, inner[1]])
    )
    return settle(model, frame, left, right)


def find_between(left, right, model=None):
    """Return what :func:`find` does of pairs (i, j) of one of ``left`` and one of ``right``."""
    frame = Frame([*left, *right])
    split = len(left)
    one, two = candidates(frame, split)
    if model is None:
        model = Model.fit(frame, one, two, split)
    one, two = possible(model, frame, one, two)
    return [(i, j - split, match) for i, j, match in settle(model, frame, one, two)]


def match_each(model, people, others):
    """Return, for each of ``people``, ``[(other, Match)]`` of those who may be the same, the most
    certain first.

    :param others: for each of ``people`` the list of :class:`Prepared` they are compared with
    """
    rows = {}
    for found in others:
        for other in found:
            rows.setdefault(other.id, (len(people) + len(rows), other))
    records = [*people, *(other for _row, other in rows.values())]
    frame = Frame(records)
    left = np.repeat(np.arange(len(people)), [len(found) for found in others])
    right = np.array([rows[other.id][0] for found in others for other in found], np.int64)
    left, right = possible(model, frame, left, right)
    result = [[] for _one in people]
    for one, two, match in zip(
        left.tolist(), right.tolist(), model.matches(frame, left, right), strict=True
    ):
        result[one].append((records[two], match))
    return [sorted(found, key=lambda pair: -pair[1].probability) for found in result]


def possible(model, frame, left, right):
    """Return those of the pairs that are not surely of two people."""
    kept = [np.zeros(0, np.int64)]
    for start in range(0, len(left), CHUNK):
        part = slice(start, start + CHUNK)
        scores = model.score(frame, left[part], right[part])
        kept.append(start + np.flatnonzero(scores.zones != NO))
    kept = np.concatenate(kept)
    return left[kept], right[kept]


def settle(model, frame, left, right):
    """Return ``[(left, right, Match)]`` of the pairs, each seen beside the others."""
    scores = model.score(frame, left, right)
    probabilities, zones = scores.probabilities.copy(), scores.zones.copy()
    known = dict(zip(zip(left.tolist(), right.tolist(), strict=True), probabilities, strict=True))
    rivals = _rivals(left, right, scores)
    _score_missing(model, frame, known, {pair for _row, _odds, pair in rivals})
    odds = np.exp2(np.clip(scores.weights + model.prior_odds, -500, 500))
    for row, other, pair in rivals:
        if known[pair] < DOUBTFUL:
            zones[row] = min(zones[row], REVIEW)
        # all three are one person, only two of them, or none
        three = odds[row] * odds[other] * min(known[pair], 0.5) / max(1 - known[pair], 0.5)
        shared = (odds[row] + three) / (1 + odds[row] + odds[other] + three)
        probabilities[row] = min(probabilities[row], max(shared, LEAST))
    # what a verified identifier says stands
    decided = scores.rules > 0
    probabilities[decided], zones[decided] = scores.probabilities[decided], scores.zones[decided]
    rules = [RULES[rule] for rule in scores.rules.tolist()]
    _close(left, right, probabilities, zones, rules)
    kept = np.flatnonzero(zones != NO)
    matches = model.matches(frame, left[kept], right[kept])
    found = [
        (
            int(left[row]),
            int(right[row]),
            match._replace(
                probability=float(probabilities[row]), zone=ZONES[zones[row]], rule=rules[row]
            ),
        )
        for row, match in zip(kept.tolist(), matches, strict=True)
    ]
    return sorted(found, key=lambda one: -one[2].probability)


def _rivals(left, right, scores):
    """Return ``[(row, row of a more certain pair with one of its records, the other two)]``."""
    pairs = defaultdict(list)
    for row, (one, two) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        pairs[one].append((row, two))
        pairs[two].append((row, one))
    weights = scores.weights.tolist()
    found = []
    for near in pairs.values():
        near.sort(key=lambda one: -weights[one[0]])
        for position, (row, record) in enumerate(near[:LARGEST_PERSON]):
            for better, other in near[:position]:
                if weights[better] > weights[row]:
                    found.append((row, better, (min(record, other), max(record, other))))
    return found


def _score_missing(model, frame, known, pairs):
    missing = sorted(pairs - known.keys())
    left, right = np.array(missing, np.int64).reshape(-1, 2).T
    for start in range(0, len(missing), CHUNK):
        part = slice(start, start + CHUNK)
        scores = model.score(frame, left[part], right[part])
        known.update(zip(missing[part], scores.probabilities.tolist(), strict=True))


def _close(left, right, probabilities, zones, rules):
    """Make links of the likely pairs that other links connect."""
    linked = zones == LINK
    group = {}
    for number, rows in enumerate(_groups(left[linked], right[linked])):
        group.update(dict.fromkeys(rows, number))
    for row in np.flatnonzero(~linked).tolist():
        one, two = group.get(int(left[row])), group.get(int(right[row]))
        if one is None or one != two or rules[row]:
            continue
        rules[row] = 'through_others'
        zones[row] = LINK if probabilities[row] >= DOUBTFUL else REVIEW


def _groups(left, right, largest=None):
    """Return the lists of more than two records that pairs connect."""
    parent = {}

    def root(row):
        while (above := parent.setdefault(row, row)) != row:
            parent[row] = row = parent[above]
        return row

    for one, two in zip(left.tolist(), right.tolist(), strict=True):
        parent[root(two)] = root(one)
    groups = defaultdict(list)
    for row in list(parent):
        groups[root(row)].append(row)
    return [
        rows for rows in groups.values() if 2 < len(rows) and not (largest and len(rows) > largest)
    ]


def _distinct(size, left, right):
    pairs = np.unique(left * size + right)
    return pairs // max(size, 1), pairs % max(size, 1)
