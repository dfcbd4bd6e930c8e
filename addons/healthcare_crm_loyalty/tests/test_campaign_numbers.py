"""What campaigns count with, without a database."""

from datetime import date, timedelta
from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

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
        self.assertEqual(found.is_certain, turned.is_certain)

    def test_nobody_to_compare(self):
        self.assertIsNone(compare(0, 0, 1, 2))
        self.assertIsNone(compare(1, 2, 0, 0))

    @given(GROUPS)
    def test_what_came_anyway_is_nothing_added(self, group):
        self.assertAlmostEqual(added(*group, *group), 0)
        self.assertEqual(added(group[0], group[1], 0, 0), group[0])

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
