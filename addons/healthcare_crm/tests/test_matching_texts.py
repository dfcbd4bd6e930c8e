# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Leaving out pairs of texts that cannot be alike changes nothing: no database."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.matching.texts import MISSING, Texts, edits, jaro_winkler

#: Texts of few letters, so that many are nearly the same; some longer than the buckets count.
TEXT = st.text('aabbcn19小明', min_size=1, max_size=9) | st.text(min_size=1, max_size=20)
TEXTS = st.lists(TEXT, min_size=2, max_size=12, unique=True)


def every_pair(texts):
    one, two = np.indices((len(texts), len(texts))).reshape(2, -1)
    return one.astype(np.int32), two.astype(np.int32)


def compared(texts, one, two, measure):
    """Return how alike the pairs are, letter by letter."""
    return np.array(
        [
            measure.scorer(*sorted((texts[a], texts[b])))
            for a, b in zip(one.tolist(), two.tolist(), strict=True)
        ],
        np.float32,
    )


@given(TEXTS, st.sampled_from((edits, jaro_winkler)))
def test_no_pair_is_more_alike_than_its_signatures_allow(texts, measure):
    texts = Texts(texts)
    one, two = every_pair(texts)
    assert (compared(texts, one, two, measure) <= measure(texts, one, two) + 1e-5).all()


@given(
    TEXTS,
    st.sampled_from((edits, jaro_winkler)),
    st.sampled_from((0.5, 0.74, 0.8, 0.85, 0.86, 0.94, 1.0)),
)
def test_the_same_pairs_are_alike_as_when_all_are_compared(texts, measure, least):
    texts = Texts(texts)
    one, two = every_pair(texts)
    expected = compared(texts, one, two, measure) >= least
    assert (texts.alike(one, two, measure, least) == expected).all()


@pytest.mark.parametrize('measure', [edits, jaro_winkler])
def test_what_is_missing_is_like_nothing(measure):
    texts = Texts(['anna'])
    one, two = np.array([0, 0, MISSING, MISSING]), np.array([0, MISSING, 0, MISSING])
    assert texts.alike(one, two, measure, 0.5).tolist() == [True, False, False, False]


def test_strangers_are_not_compared_letter_by_letter(monkeypatch):
    texts = Texts(['anna', 'anne', 'bertha', 'xiaoming', 'zhang', 'olufsen'])
    one, two = every_pair(texts)
    seen = []
    scores = Texts._scores
    monkeypatch.setattr(
        Texts, '_scores', lambda self, a, b, by: seen.extend(a) or scores(self, a, b, by)
    )
    texts.alike(one, two, jaro_winkler, 0.86)
    assert set(seen) == {0, 1}
