import unittest
from datetime import date, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from ..engine.results import (
    MOST_DAYS,
    MOST_WEEKS,
    difference,
    periods,
    quantile,
    rate,
    unit_of,
    verdict,
)

#: successes, total, low, high: R. G. Newcombe, Two-sided confidence intervals for the single
#: proportion, Statist. Med. 17 (1998) 857-872, table I, method 3 (score, no continuity correction)
RATES = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]

#: arm, other, low, high: R. G. Newcombe, Interval estimation for the difference between
#: independent proportions, Statist. Med. 17 (1998) 873-890, table II, method 10
DIFFERENCES = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0000),
    ((10, 10), (0, 10), 0.6075, 1.0000),
]


@st.composite
def arms(draw, at_least=1):
    """Return (successes, total)."""
    total = draw(st.integers(at_least, 100_000))
    return draw(st.integers(0, total)), total


class TestResultsArithmetic(unittest.TestCase):
    def test_rates_of_the_literature(self):
        for successes, total, low, high in RATES:
            with self.subTest(successes=successes, total=total):
                found = rate(successes, total)
                self.assertAlmostEqual(found.low, low, 4)
                self.assertAlmostEqual(found.high, high, 4)

    def test_differences_of_the_literature(self):
        for arm, other, low, high in DIFFERENCES:
            with self.subTest(arm=arm, other=other):
                found = difference(arm, other)
                self.assertAlmostEqual(found.low, low, 4)
                self.assertAlmostEqual(found.high, high, 4)

    def test_rate_of_nobody_is_none_and_so_is_a_difference_to_it(self):
        self.assertIsNone(rate(0, 0))
        self.assertIsNone(difference((1, 2), (0, 0)))
        self.assertIsNone(difference((0, 0), (1, 2)))
        self.assertEqual(verdict(None), 'undecided')

    def test_more_successes_than_patients_are_refused(self):
        for successes, total in ((3, 2), (-1, 2)):
            with self.assertRaises(ValueError):
                rate(successes, total)

    def test_verdict_says_which_is_better_only_when_it_is_clear(self):
        self.assertEqual(verdict(difference((56, 70), (48, 80))), 'better')
        self.assertEqual(verdict(difference((48, 80), (56, 70))), 'worse')
        self.assertEqual(verdict(difference((5, 56), (0, 29))), 'undecided')

    def test_several_comparisons_share_the_risk_of_being_wrong(self):
        self.assertAlmostEqual(quantile(), 1.959964, 6)
        # 1 - 0.05 / 10 of the normal distribution
        self.assertAlmostEqual(quantile(comparisons=5), 2.575829, 6)

    @given(arms())
    def test_interval_holds_its_rate_within_nothing_and_all(self, arm):
        found = rate(*arm)
        self.assertLessEqual(0, found.low)
        self.assertLessEqual(found.low, found.estimate)
        self.assertLessEqual(found.estimate, found.high)
        self.assertLessEqual(found.high, 1)

    @given(arms())
    def test_who_stayed_away_mirrors_who_came(self, arm):
        successes, total = arm
        came, stayed = rate(successes, total), rate(total - successes, total)
        self.assertAlmostEqual(came.low, 1 - stayed.high)
        self.assertAlmostEqual(came.high, 1 - stayed.low)

    @given(arms(), st.integers(2, 50))
    def test_more_patients_with_the_same_rate_narrow_the_interval(self, arm, times):
        few, many = rate(*arm), rate(arm[0] * times, arm[1] * times)
        self.assertLess(many.high - many.low, few.high - few.low)

    @given(arms(), arms())
    def test_difference_the_other_way_round_is_its_negative(self, arm, other):
        there, back = difference(arm, other), difference(other, arm)
        self.assertAlmostEqual(there.low, -back.high)
        self.assertAlmostEqual(there.high, -back.low)
        opposite = {'better': 'worse', 'worse': 'better', 'undecided': 'undecided'}
        # exact zeros of one side may round away from the other; a verdict that near is no verdict
        assume(min(abs(there.low), abs(there.high)) > 1e-9)
        self.assertEqual(verdict(back), opposite[verdict(there)])

    @given(arms(), arms())
    def test_difference_lies_within_its_interval_and_the_possible(self, arm, other):
        found = difference(arm, other)
        self.assertLessEqual(-1, found.low)
        self.assertLessEqual(found.low, found.estimate + 1e-12)
        self.assertLessEqual(found.estimate, found.high + 1e-12)
        self.assertLessEqual(found.high, 1)

    @given(arms())
    def test_an_arm_never_beats_itself(self, arm):
        self.assertEqual(verdict(difference(arm, arm)), 'undecided')


class TestTrend(unittest.TestCase):
    """How time is divided so that a trend can be read."""

    @given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(0, 4000))
    def test_every_day_is_in_one_period_and_there_are_not_too_many(self, first, length):
        last = first + timedelta(days=length)
        unit = unit_of(first, last)
        found = list(periods(first, last, unit))
        self.assertLessEqual(found[0], first)
        self.assertLessEqual(found[-1], last)
        self.assertEqual(found, sorted(set(found)))
        self.assertLessEqual(len(found), max(MOST_DAYS + 1, MOST_WEEKS + 1, length / 28))
        spans = [(two - one).days for one, two in zip(found, found[1:], strict=False)]
        allowed = {'day': {1}, 'week': {7}, 'month': {28, 29, 30, 31}}[unit]
        self.assertLessEqual(set(spans), allowed)

    def test_a_month_goes_by_days_a_quarter_by_weeks(self):
        first = date(2026, 1, 1)
        self.assertEqual(unit_of(first, first + timedelta(days=29)), 'day')
        self.assertEqual(unit_of(first, first + timedelta(days=89)), 'week')
        self.assertEqual(unit_of(first, first + timedelta(days=800)), 'month')
