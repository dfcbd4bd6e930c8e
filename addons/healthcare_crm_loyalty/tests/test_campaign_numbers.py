"""What campaigns count with, without a database."""

from datetime import date, timedelta
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..campaigns.forecast import forecast
from ..campaigns.lift import added, compare, wilson
from ..campaigns.pace import pace

#: somebody, and some of them
GROUPS = st.integers(1, 5000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


class TestCampaignNumbers(TestCase):
    def test_published_example(self):
        # Newcombe 1998, table II, (a) and (b), method 10
        found = compare(56, 70, 48, 80)
        self.assertAlmostEqual(found.low, 0.0524, 4)
        self.assertAlmostEqual(found.high, 0.3339, 4)
        found = compare(9, 10, 3, 10)
        self.assertAlmostEqual(found.low, 0.1705, 4)
        self.assertAlmostEqual(found.high, 0.8090, 4)

    @given(GROUPS)
    def test_a_share_lies_in_its_interval(self, group):
        low, high = wilson(*group)
        share = group[0] / group[1]
        self.assertLessEqual(0, low)
        self.assertLessEqual(low, share + 1e-12)
        self.assertLessEqual(share, high + 1e-12)
        self.assertLessEqual(high, 1)

    @given(GROUPS, GROUPS)
    def test_intervals(self, group, held):
        found = compare(*group, *held)
        self.assertLessEqual(found.low, found.difference + 1e-12)
        self.assertLessEqual(found.difference, found.high + 1e-12)
        turned = compare(*held, *group)
        self.assertAlmostEqual(found.low, -turned.high)

    def test_nobody_to_compare(self):
        self.assertIsNone(compare(0, 0, 1, 2))
        self.assertIsNone(compare(1, 2, 0, 0))

    @given(GROUPS)
    def test_what_came_anyway_is_nothing_added(self, group):
        self.assertAlmostEqual(added(*group, *group), 0)
        self.assertEqual(added(group[0], group[1], 0, 0), group[0])

    def test_forecast(self):
        self.assertEqual(forecast([], 2), [])
        self.assertEqual(forecast([6.0], 2), [6.0, 6.0])
        # a season comes back, and grows as the year did
        season = [10.0] * 11 + [120.0]
        self.assertEqual(forecast(season * 2, 12), season)
        grown = forecast(season + [value * 1.5 for value in season], 13)
        self.assertEqual(grown[11], 120 * 1.5 * 1.5)
        self.assertEqual(grown[12], grown[0])
        # a year of which nothing is known but a beginning
        self.assertEqual(forecast([0.0] * 12 + [5.0] * 12, 1), [5.0])

    @given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(0, 15))
    def test_a_forecast_is_never_negative(self, values, ahead):
        found = forecast(values, ahead)
        self.assertEqual(len(found), ahead if values else 0)
        self.assertTrue(all(value >= 0 for value in found))

    def test_pace(self):
        start, end = date(2026, 3, 1), date(2026, 3, 10)
        words = {
            (0, start - timedelta(days=1)): None,
            (10, start): 'on_course',
            (9, start): 'behind',
            (100, start): 'met',
            (99, end + timedelta(days=1)): 'missed',
            (100, end + timedelta(days=1)): 'met',
        }
        for (reached, today), word in words.items():
            with self.subTest(reached=reached, today=today):
                found = pace(reached, 100, start, end, today)
                self.assertEqual(found and found.word, word)
        self.assertIsNone(pace(5, 0, start, end, end))
        self.assertEqual(pace(50, 100, start, end, end + timedelta(days=90)).forecast, 50)
