import unittest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ..engine import clock

MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1))


class TestClock(unittest.TestCase):
    def test_days_keep_the_time_on_the_wall_over_a_change_to_summer_time(self):
        # Berlin changed on 31 March 2024 at 2:00; 9:00 on 1 April is 7:00 UTC, the day before the
        # change 8:00
        monday = datetime(2024, 4, 1, 7, 0)
        self.assertEqual(
            clock.shift(monday, -2, 'days', 'Europe/Berlin'), datetime(2024, 3, 30, 8, 0)
        )

    def test_hours_are_exact_over_a_change_to_summer_time(self):
        monday = datetime(2024, 4, 1, 7, 0)
        self.assertEqual(
            clock.shift(monday, -48, 'hours', 'Europe/Berlin'), datetime(2024, 3, 30, 7, 0)
        )

    def test_a_month_before_the_end_of_march_is_the_end_of_february(self):
        self.assertEqual(
            clock.shift(datetime(2024, 3, 31, 9), -1, 'months'), datetime(2024, 2, 29, 9)
        )

    def test_unknown_unit_is_refused(self):
        with self.assertRaises(ValueError):
            clock.shift(datetime(2024, 1, 1), 1, 'fortnights')

    @given(MOMENTS, st.integers(-500, 500), st.sampled_from(['minutes', 'hours']))
    def test_exact_units_can_be_taken_back(self, moment, amount, unit):
        there = clock.shift(moment, amount, unit, 'America/New_York')
        self.assertEqual(clock.shift(there, -amount, unit, 'America/New_York'), moment)

    @given(st.integers(1, 100))
    def test_back_off_never_shrinks_and_never_exceeds_an_hour(self, attempt):
        self.assertLessEqual(clock.back_off(attempt), clock.back_off(attempt + 1))
        self.assertLessEqual(clock.back_off(attempt), timedelta(hours=1))
