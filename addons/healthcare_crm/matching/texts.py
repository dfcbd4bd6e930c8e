# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Which of many pairs of texts are alike.

Comparing two texts letter by letter takes long beside looking at two numbers, and nearly all pairs
of strangers are nothing alike. So each text has a signature, from which follows how many letters
two texts share at most, and from that how alike they can be at most. Only pairs that may reach what
is asked for are compared: the result is the same as if all were.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

MISSING = -1
#: Letters are counted in so many buckets, up to two in each: 64 bits.
_BUCKETS = 32
#: How many letters at the beginning Winkler (1990) gives a bonus for, and how much for each.
_PREFIX = 4
_BONUS = 0.1
#: Below this many comparisons threads cost more than they give.
_MANY = 20_000
#: What single precision may lose.
_SLACK = 1e-5


class Signatures(NamedTuple):
    """What is known of each text: letters as bits, how many more it has, its length, its start."""

    letters: np.ndarray
    further: np.ndarray
    lengths: np.ndarray
    begins: np.ndarray


class Texts(list):
    """Distinct texts; pairs of them are given as their positions."""

    @cached_property
    def signatures(self):
        lengths = np.fromiter(map(len, self), np.int32, len(self))
        rows = np.repeat(np.arange(len(self)) * _BUCKETS, lengths)
        counts = np.bincount(rows + _signs(self) % _BUCKETS, minlength=len(self) * _BUCKETS)
        counts = counts.reshape(-1, _BUCKETS)
        bits = np.packbits(np.concatenate([counts > 0, counts > 1], axis=1), axis=1)
        begins = [text[:_PREFIX].ljust(_PREFIX) for text in self]
        return Signatures(
            bits.view(np.uint64).ravel(),
            np.maximum(counts, 2).sum(axis=1, dtype=np.int32) - 2 * _BUCKETS,
            lengths,
            _signs(begins).reshape(-1, _PREFIX).T.copy(),
        )

    def alike(self, one, two, measure, least):
        """Return of which pairs the texts are the same or measure at least so much; a text that is
        :data:`MISSING` is like no other.

        :param measure: :func:`edits` or :func:`jaro_winkler`
        """
        result = (one == two) & (one != MISSING)
        unsure = np.flatnonzero((one != two) & (one != MISSING) & (two != MISSING))
        unsure = unsure[measure(self, one[unsure], two[unsure]) >= least - _SLACK]
        if len(unsure):
            result[unsure] = self._scores(one[unsure], two[unsure], measure.scorer) >= least
        return result

    def _scores(self, one, two, scorer):
        """Return how alike the texts of pairs are; distinct pairs are compared once."""
        low, high = np.minimum(one, two), np.maximum(one, two)
        pairs, places = np.unique(low.astype(np.int64) * len(self) + high, return_inverse=True)
        # in one order, as a measure may depend on it
        texts = [
            (a, b) if a < b else (b, a)
            for a, b in (
                (self[pair // len(self)], self[pair % len(self)]) for pair in pairs.tolist()
            )
        ]
        scores = process.cpdist(
            *zip(*texts, strict=True),
            scorer=scorer,
            dtype=np.float32,
            workers=2 if len(texts) > _MANY else 1,
        )
        return scores[places]

    def shared(self, one, two):
        """Return how many letters the texts of pairs have in common at most.

        Of each bucket two are counted by their bits; of those beyond, all may be the same.
        """
        letters, further, *_rest = self.signatures
        return np.bitwise_count(letters[one] & letters[two]) + np.minimum(
            further[one], further[two]
        )


def edits(texts, one, two):
    """Return the highest similarity by edits that pairs can have.

    Each letter of the longer text that the other one does not have costs at least one edit.
    """
    lengths = texts.signatures.lengths
    longer = np.maximum(lengths[one], lengths[two])
    return texts.shared(one, two) / longer.astype(np.float32)


def jaro_winkler(texts, one, two):
    """Return the highest Jaro–Winkler similarity that pairs can have: no letter out of order."""
    shared = texts.shared(one, two).astype(np.float32)
    _letters, _further, lengths, begins = texts.signatures
    jaro = (shared / lengths[one] + shared / lengths[two] + 1) / 3
    jaro[shared == 0] = 0
    prefix, same = np.zeros(len(one), np.float32), np.ones(len(one), bool)
    for signs in begins:
        same &= signs[one] == signs[two]
        prefix += same
    return jaro + prefix * np.float32(_BONUS) * (1 - jaro)


def _signs(texts):
    return np.frombuffer(''.join(texts).encode('utf-32-le', 'surrogatepass'), np.uint32)


edits.scorer = OSA.normalized_similarity
jaro_winkler.scorer = JaroWinkler.similarity
