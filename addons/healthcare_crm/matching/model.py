# Part of Healthcare CRM for Odoo. License LGPL-3.
"""The Fellegi–Sunter model: what agreement and disagreement of each field are worth.

Fellegi & Sunter (1969) compare how probable the levels γ of a pair's fields are among records of
one person (m) and among records of strangers (u). With fields independent within a class,

    weight = Σ log₂ m(γ_f) / u(γ_f)        odds(same person) = λ / (1 - λ) · 2^weight

Three things are added:

* A value that many people have says little: for full agreement on the value v, u is its frequency
  (Newcombe 1959, Winkler 1988).
* Pairs are of three classes, not two: *relatives* live together and so share family name, address
  and telephone. Their share fields of a household with the m of one person, so that what tells a
  person from the others at home – given name, birth date, sex, identifiers – alone decides between
  the two classes. Twins are in it.
* A field missing on one side is worth nothing, whatever the class.

m and λ come from expectation maximisation over the blocked pairs (Dempster, Laird & Rubin 1977,
Winkler 1988), and u from random pairs. All are drawn towards the shipped values with the strength
of a few pairs, which then decide where there is nothing to learn from.
"""

import json
from typing import NamedTuple

import numpy as np

from . import prior
from .blocks import candidates, random_pairs
from .compare import (
    CONFLICTING_IDS,
    DIFFERENT_ID,
    FIELDS,
    FREQUENCY_FIELDS,
    LEVELS,
    RULES,
    SAME_ID,
    Compared,
    compare,
)
from .frame import Frame

ZONES = ('no', 'review', 'link')
NO, REVIEW, LINK = range(3)

#: A frequency is kept only of what at least so many people share: a rare name is nobody else's
#: business.
COMMON = 5
#: … and only of so many values of a field.
MOST_TERMS = 500
#: How many pairs are enough to learn from.
SAMPLE = 200_000
ROUNDS = 30
#: A pair that is less likely than this of one person or of relatives teaches nothing of them.
NOTHING = 1e-7
#: Learning ends when the number of matches changes by less than this.
ENOUGH = 1e-4
ROUNDING = 1e-9


class Evidence(NamedTuple):
    """What one field says: its level, and for (above 0) or against it in bits."""

    field: str
    level: str
    weight: float


class Match(NamedTuple):
    """What comparing two people gave.

    :param weight: the evidence for one person against two, in bits
    :param probability: that they are one, the odds before any evidence counted in
    :param rule: what verified identifiers decided, if they did
    """

    weight: float
    probability: float
    zone: str
    rule: str | None
    evidence: tuple


class Scores(NamedTuple):
    """Matches of many pairs as arrays; ``zones`` and ``rules`` are positions in ZONES and RULES."""

    weights: np.ndarray
    probabilities: np.ndarray
    zones: np.ndarray
    rules: np.ndarray


class Model:
    """What each level of each field is worth, how frequent values are, and how probable a match
    is."""

    def __init__(self, m, u, terms, rare, match, relatives, link):
        #: {field: probability of each level} in records of one person, and of strangers
        self.m, self.u = m, u
        #: {field: {frequent value: its probability}}, {field: that of any other value}
        self.terms, self.rare = terms, rare
        #: How many of all pairs are one person, and relatives
        self.match, self.relatives = match, relatives
        #: From which probability on two records are linked without a question
        self.link = link

    @property
    def prior_odds(self):
        """log₂ of the odds of a pair to be one person, before anything is known of it."""
        return np.log2(self.match / (1 - self.match - self.relatives))

    # -- Making and keeping ----------------------------------------------------------------

    @classmethod
    def default(cls):
        """Return the model to begin with, before there are enough people to learn from."""
        return cls(
            {field: np.array(prior.M[field]) for field in FIELDS},
            {field: np.array(prior.U[field]) for field in FIELDS},
            {field: dict(prior.TERMS.get(field, {})) for field in FREQUENCY_FIELDS},
            dict(prior.RARE),
            prior.MATCH,
            prior.RELATIVES,
            prior.LINK,
        )

    @classmethod
    def learn(cls, prepared):
        """Return a model fitted to these people; nobody says which of them are the same."""
        frame = Frame(prepared)
        return cls.fit(frame, *candidates(frame))

    def dumps(self):
        """Return the model as JSON, without any value that fewer than COMMON people share."""
        return json.dumps(
            {
                'm': {field: [round(p, 9) for p in self.m[field].tolist()] for field in FIELDS},
                'u': {field: [round(p, 9) for p in self.u[field].tolist()] for field in FIELDS},
                'terms': self.terms,
                'rare': self.rare,
                'match': self.match,
                'relatives': self.relatives,
                'link': self.link,
            },
            ensure_ascii=False,
        )

    @classmethod
    def loads(cls, text):
        """Return the model that :meth:`dumps` wrote; the shipped one for that of an older one."""
        kept = json.loads(text)
        if any(len(kept['m'].get(field, ())) != len(LEVELS[field]) for field in FIELDS):
            return cls.default()
        return cls(
            {field: np.array(kept['m'][field]) for field in FIELDS},
            {field: np.array(kept['u'][field]) for field in FIELDS},
            *(kept[name] for name in ('terms', 'rare', 'match', 'relatives', 'link')),
        )

    # -- Comparing ---------------------------------------------------------------------------

    def compare(self, one, two):
        """Return the :class:`Match` of two prepared people."""
        return self.compare_many(one, [two])[0]

    def compare_many(self, one, others):
        """Return the :class:`Match` of a prepared person with each of the others, in their
        order."""
        frame = Frame([one, *others])
        right = np.arange(1, len(frame))
        return self.matches(frame, np.zeros(len(others), np.int64), right)

    def matches(self, frame, left, right):
        """Return a list of :class:`Match` of the pairs (left, right) of a frame's rows."""
        compared = compare(frame, left, right)
        likely = self._likelihoods(compared, self._rarity(frame, compared))
        scores = self._scores(likely, compared)
        household = scores.weights - sum(likely.match[f] - likely.stranger[f] for f in FIELDS)
        columns = [
            (
                np.array(LEVELS[field], object)[compared.levels[field]].tolist(),
                np.round(likely.match[field] - likely.stranger[field], 2).tolist(),
            )
            for field in FIELDS
        ]
        found = []
        for row, (weight, probability, zone, rule) in enumerate(
            zip(*(column.tolist() for column in scores), strict=True)
        ):
            evidence = [
                Evidence(field, levels[row], weights[row])
                for field, (levels, weights) in zip(FIELDS, columns, strict=True)
            ]
            if household[row] < -0.005:
                evidence.append(Evidence('household', 'shared', round(float(household[row]), 2)))
            found.append(
                Match(round(weight, 2), probability, ZONES[zone], RULES[rule], tuple(evidence))
            )
        return found

    def score(self, frame, left, right):
        """Return the :class:`Scores` of the pairs (left, right) of a frame's rows."""
        compared = compare(frame, left, right)
        return self._scores(self._likelihoods(compared, self._rarity(frame, compared)), compared)

    def _scores(self, likely, compared):
        stranger = 1 - self.match - self.relatives
        others = np.logaddexp2(
            sum(likely.stranger.values()), likely.relative + np.log2(self.relatives / stranger)
        )
        weights = sum(likely.match.values()) - others
        odds = weights + self.prior_odds
        probabilities = 1 / (1 + np.exp2(np.clip(-odds, -1000, 1000)))
        contact = np.max(
            [likely.match[field] - likely.stranger[field] for field in prior.CONTACT], axis=0
        )
        link = np.where(contact >= prior.LEAST_CONTACT, self.link, np.inf)
        return _decided(weights, probabilities, link, compared)

    def _rarity(self, frame, compared):
        """Return ``{field: (which pairs agree fully, log₂ of how frequent their value is)}``."""
        found = {}
        for field in FREQUENCY_FIELDS:
            values = frame.term_values(field)
            terms, rare = self.terms[field], self.rare[field]
            same = np.flatnonzero(
                (compared.levels[field] == len(LEVELS[field]) - 1) & (compared.terms[field] >= 0)
            )
            codes, places = np.unique(compared.terms[field][same], return_inverse=True)
            rates = np.array([terms.get(values[code], rare) for code in codes.tolist()])
            found[field] = same, np.log2(rates)[places]
        return found

    def _likelihoods(self, compared, rarity):
        """Return log₂ of how probable the levels of each pair are in the three classes."""
        levels = compared.levels
        match = {field: np.log2(self.m[field])[levels[field]] for field in FIELDS}
        stranger = {field: np.log2(self.u[field])[levels[field]] for field in FIELDS}
        for field, (same, rate) in rarity.items():
            stranger[field][same] = rate
        relative = sum(match[field] for field in prior.HOUSEHOLD)
        relative = relative + stranger['gender'] + stranger['name_order']
        relative += np.log2(prior.RELATIVE_IDENTIFIER)[levels['identifier']]
        twin = np.log2(prior.TWINS * np.array(prior.TWIN_GIVEN))[levels['given_name']]
        twin += match['family_name'] + match['birth_date']
        other = np.log2((1 - prior.TWINS) * np.array(prior.RELATIVE_GIVEN))[levels['given_name']]
        other += np.log2(prior.RELATIVE_FAMILY)[levels['family_name']] + stranger['birth_date']
        relative += np.logaddexp2(twin, other)
        return Likelihoods(match, stranger, relative)

    # -- Learning ------------------------------------------------------------------------------

    @classmethod
    def fit(cls, frame, left, right, split=None):
        """Return the model that explains best what the candidate pairs of a frame look like.

        :param split: the first row of the second file, where pairs are of one of each
        """
        model = cls.default()
        size = len(frame)
        pairs = size * (size - 1) / 2 if split is None else split * (size - split)
        if pairs < 1:
            return model
        step = max(1, len(left) // SAMPLE)
        shown = compare(frame, left[::step], right[::step])
        random = compare(frame, *random_pairs(size, SAMPLE, split))
        random, frequency = _patterns(random)
        found = 0
        for _time in range(2):
            model._count_terms(frame, found / (size * (size - 1) / 2))
            rarity = model._rarity(frame, shown)
            near = np.flatnonzero(sum(model._shares(shown, rarity)) > NOTHING)
            part, rare = _part(shown, rarity, near)
            for _round in range(ROUNDS):
                before = model.match
                model._step(part, rare, random, frequency, pairs / step)
                if abs(model.match - before) < before * ENOUGH:
                    break
            found = model.match * pairs
        model.link = _link_threshold(model._shares(shown, rarity)[0])
        return model

    def _step(self, shown, rarity, random, frequency, pairs):
        """Improve the model once: who is what, and from that what each class looks like."""
        match, relative = self._shares(shown, rarity)
        nobody = frequency * (1 - sum(self._shares(random, {})))
        for field in FIELDS:
            self.m[field] = _no_more_different(
                _distribution(shown.levels[field], match, prior.M[field]),
                prior.MOST_DIFFERENT.get(field, 1),
            )
            self.u[field] = _distribution(random.levels[field], nobody, prior.U[field])
        self.match = (match.sum() + prior.MATCH * prior.PAIRS) / (pairs + prior.PAIRS)
        self.relatives = (relative.sum() + prior.FAMILIES) / (pairs + prior.PAIRS)

    def _shares(self, compared, rarity):
        """Return how probable it is of each pair to be one person, and to be relatives."""
        likely = self._likelihoods(compared, rarity)
        parts = np.stack(
            [
                sum(likely.match.values()) + np.log2(self.match),
                likely.relative + np.log2(self.relatives),
                sum(likely.stranger.values()) + np.log2(1 - self.match - self.relatives),
            ]
        )
        parts = np.exp2(parts - parts.max(axis=0))
        parts /= parts.sum(axis=0)
        return parts[0], parts[1]

    def _count_terms(self, frame, one_person):
        """Learn the frequency of frequent values, and what is left for each of the rare ones.

        A value that c of n people have is had by c - 1 others. As many people as it takes to meet a
        value twice are added, so that meeting it once does not make it rarer than it is.

        :param one_person: how many of all pairs are one person, who does not count as two
        """
        for field in FREQUENCY_FIELDS:
            values, counts = frame.terms(field)
            known = max(int(counts.sum()), 1)
            twice = float((counts * (counts - 1.0)).sum()) / max(known * (known - 1.0), 1)
            twice -= one_person * self.m[field][-1]
            total = known + 1 / max(twice, self.rare[field] / 10)
            order = np.argsort(-counts, kind='stable')[:MOST_TERMS]
            frequent = order[counts[order] >= COMMON]
            self.terms[field] = {values[i]: round(int(counts[i]) / total, 9) for i in frequent}
            rest = np.delete(counts, frequent)
            others = float((rest * (rest - 1.0)).sum()) / max(float(rest.sum()), 1)
            self.rare[field] = max(others, 1) / total


class Likelihoods(NamedTuple):
    """log₂ of how probable pairs are in each class, by field in the first two."""

    match: dict
    stranger: dict
    relative: np.ndarray


def _decided(weights, probabilities, link, compared):
    """Return :class:`Scores` with zones; verified identifiers decide before probability does."""
    levels, rules = compared.levels, compared.rules
    contradicted = (
        (levels['family_name'] == 1) & (levels['given_name'] == 1) & (levels['birth_date'] == 1)
    )
    same = (rules == SAME_ID) & ~contradicted
    probabilities = np.where(rules == DIFFERENT_ID, 0, np.where(same, 1, probabilities))
    zones = np.where(
        (probabilities >= link) | same, LINK, np.where(probabilities >= prior.REVIEW, REVIEW, NO)
    )
    # one number given for two people is for somebody to see
    zones[((rules == SAME_ID) & contradicted) | (rules == CONFLICTING_IDS)] = REVIEW
    return Scores(weights, probabilities, zones, rules)


def _link_threshold(probabilities):
    """Return the lowest probability of a link: ``prior.WRONG`` of all links may be expected wrong,
    and where there are few ``prior.WRONG_AT_ALL``.

    By the mixture, a pair of probability p is of two people with 1 - p.
    """
    falling = np.sort(probabilities)[::-1]
    allowed = np.maximum(prior.WRONG * np.arange(1, len(falling) + 1), prior.WRONG_AT_ALL)
    good = falling[np.cumsum(1 - falling) <= allowed]
    lowest, highest = prior.LINK_BETWEEN
    # the same evidence added up in another order is the same evidence
    threshold = good[-1] - ROUNDING if len(good) else highest
    return float(np.clip(threshold, lowest, highest))


def _distribution(levels, share, before):
    """Return how probable each level is where it is not missing (1 there: it says nothing)."""
    counts = np.bincount(levels, weights=share, minlength=len(before))
    counts = counts + prior.STRENGTH * np.array(before)
    counts[0] = 0
    shares = counts / counts.sum()
    shares[0] = 1
    return shares


def _no_more_different(shares, most):
    """Return a distribution of levels in which "different" has no more than its share."""
    if shares[1] > most:
        shares[2:] *= (1 - most) / (1 - shares[1])
        shares[1] = most
    return shares


def _part(compared, rarity, rows):
    """Return some of the compared pairs, and what is known of their values."""
    place = np.full(len(compared.rules), -1)
    place[rows] = np.arange(len(rows))
    rare = {}
    for field, (same, rate) in rarity.items():
        kept = place[same] >= 0
        rare[field] = place[same[kept]], rate[kept]
    levels = {field: levels[rows] for field, levels in compared.levels.items()}
    return Compared(levels, {}, compared.rules[rows]), rare


def _patterns(compared):
    """Return the distinct combinations of levels among compared pairs, and how many pairs have
    each."""
    packed = np.zeros(len(compared.rules), np.int64)
    for field in FIELDS:
        packed = packed * len(LEVELS[field]) + compared.levels[field]
    _distinct, first, count = np.unique(packed, return_index=True, return_counts=True)
    levels = {field: compared.levels[field][first] for field in FIELDS}
    return Compared(levels, {}, compared.rules[first]), count
