import unittest
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ..engine import clock

MINUTE = timedelta(minutes=1)
ZONES = (
    'America/New_York',
    'Europe/Berlin',
    'Asia/Taipei',
    'Asia/Ho_Chi_Minh',
    # half an hour of summer time
    'Australia/Lord_Howe',
)
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1))
#: Around the changes of 2026 in the zones above, where something can go wrong.
CHANGES = st.sampled_from(
    [
        datetime(2026, 3, 8, 7),
        datetime(2026, 11, 1, 6),
        datetime(2026, 3, 29, 1),
        datetime(2026, 10, 25, 1),
        datetime(2026, 4, 4, 15),
        datetime(2026, 10, 3, 15, 30),
    ]
)
NEAR_CHANGES = st.builds(
    lambda change, minutes: change + minutes * MINUTE, CHANGES, st.integers(-1500, 1500)
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1))
QUIETS = st.builds(clock.Quiet, TIMES, TIMES, st.sampled_from([None, 'US', 'DE', 'TW', 'VN', 'AU']))


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


class TestQuietHours(unittest.TestCase):
    NIGHT = clock.Quiet(time(21), time(8))

    def allowed(self, *moment, tz='Asia/Taipei', quiet=NIGHT):
        """Return the next allowed moment after the local ``moment``, on the clock on the wall."""
        utc = clock.to_utc(datetime(*moment, tzinfo=clock.zone(tz)))
        return clock.to_local(clock.next_allowed(utc, tz, quiet), tz).replace(tzinfo=None)

    def test_by_day_nothing_waits(self):
        self.assertEqual(self.allowed(2026, 5, 4, 8), datetime(2026, 5, 4, 8))
        self.assertEqual(self.allowed(2026, 5, 4, 20, 59), datetime(2026, 5, 4, 20, 59))

    def test_a_night_lasts_until_the_next_morning(self):
        self.assertEqual(self.allowed(2026, 5, 4, 21), datetime(2026, 5, 5, 8))
        self.assertEqual(self.allowed(2026, 5, 5, 7, 59), datetime(2026, 5, 5, 8))

    def test_a_window_within_a_day(self):
        noon = clock.Quiet(time(12), time(14))
        self.assertEqual(self.allowed(2026, 5, 4, 13, quiet=noon), datetime(2026, 5, 4, 14))
        self.assertEqual(self.allowed(2026, 5, 4, 11, quiet=noon), datetime(2026, 5, 4, 11))

    def test_equal_ends_are_no_window(self):
        never = clock.Quiet(time(8), time(8))
        self.assertEqual(self.allowed(2026, 5, 4, 3, quiet=never), datetime(2026, 5, 4, 3))

    def test_holidays_are_quiet_all_day(self):
        festive = clock.Quiet(time(21), time(8), 'TW')
        # lunar new year: 16 to 19 February 2026
        self.assertEqual(self.allowed(2026, 2, 16, 12, quiet=festive), datetime(2026, 2, 20, 8))
        self.assertEqual(self.allowed(2026, 2, 16, 12), datetime(2026, 2, 16, 12))

    def test_the_holidays_of_the_patients_day_count_not_those_of_the_utc_day(self):
        # 20:00 on New Year's Eve in Berlin is New Year's Day in Taipei
        moment = datetime(2025, 12, 31, 19)
        quiet = clock.Quiet(time(0), time(0), 'DE')
        self.assertEqual(clock.next_allowed(moment, 'Europe/Berlin', quiet), moment)
        self.assertEqual(clock.next_allowed(moment, 'Asia/Taipei', quiet), datetime(2026, 1, 1, 16))

    def test_an_unknown_country_has_no_holidays(self):
        self.assertEqual(clock.public_holidays('XX', 2026), frozenset())
        self.assertEqual(clock.public_holidays('TW', 2150), frozenset())

    def test_quiet_hours_that_end_where_the_clock_leaps_end_with_the_leap(self):
        # New York, 8 March 2026: after 1:59 comes 3:00
        quiet = clock.Quiet(time(22), time(2, 30))
        self.assertEqual(
            self.allowed(2026, 3, 8, 1, tz='America/New_York', quiet=quiet),
            datetime(2026, 3, 8, 3),
        )

    def test_an_hour_that_comes_twice_is_quiet_both_times(self):
        # New York, 1 November 2026: after 1:59 comes 1:00 again
        quiet = clock.Quiet(time(22), time(1, 30))
        moment = datetime(2026, 11, 1, 5, 45)  # 1:45, the first time
        self.assertEqual(
            clock.next_allowed(moment, 'America/New_York', quiet), datetime(2026, 11, 1, 6, 30)
        )

    @given(st.one_of(MOMENTS, NEAR_CHANGES), st.sampled_from(ZONES), QUIETS)
    def test_the_next_allowed_moment_is_never_quiet_never_earlier_and_final(
        self, moment, tz, quiet
    ):
        found = clock.next_allowed(moment, tz, quiet)
        self.assertGreaterEqual(found, moment)
        self.assertEqual(clock.next_allowed(found, tz, quiet), found)
        wall = clock.to_local(found, tz)
        at = wall.time()
        if quiet.start < quiet.end:
            self.assertFalse(quiet.start <= at < quiet.end)
        elif quiet.end < quiet.start:
            self.assertTrue(quiet.end <= at < quiet.start)
        if quiet.country:
            self.assertNotIn(wall.date(), clock.public_holidays(quiet.country, wall.year))

    @given(NEAR_CHANGES, st.sampled_from(ZONES), QUIETS)
    def test_nothing_waits_longer_than_it_must(self, moment, tz, quiet):
        found = clock.next_allowed(moment, tz, quiet)
        if found == moment:
            return
        # one minute earlier was still quiet
        self.assertEqual(clock.next_allowed(found - MINUTE, tz, quiet), found)


class TestWindow(unittest.TestCase):
    MORNINGS = clock.Window(frozenset(range(5)), time(9), time(12))

    def inside(self, *moment, tz='Asia/Taipei', window=MORNINGS):
        utc = clock.to_utc(datetime(*moment, tzinfo=clock.zone(tz)))
        return clock.to_local(clock.next_inside(utc, tz, window), tz).replace(tzinfo=None)

    def test_inside_it_is_now(self):
        self.assertEqual(self.inside(2026, 5, 4, 9), datetime(2026, 5, 4, 9))
        self.assertEqual(self.inside(2026, 5, 4, 11, 59), datetime(2026, 5, 4, 11, 59))

    def test_after_it_is_the_next_day_worked(self):
        self.assertEqual(self.inside(2026, 5, 4, 12), datetime(2026, 5, 5, 9))
        # Friday noon to Monday morning
        self.assertEqual(self.inside(2026, 5, 8, 12), datetime(2026, 5, 11, 9))

    def test_one_day_a_week_is_at_most_a_week_away(self):
        mondays = clock.Window(frozenset([0]), time(9), time(12))
        self.assertEqual(self.inside(2026, 5, 4, 12, window=mondays), datetime(2026, 5, 11, 9))

    def test_a_window_that_spans_midnight_belongs_to_the_day_it_begins(self):
        nights = clock.Window(frozenset([4]), time(22), time(2))
        self.assertEqual(self.inside(2026, 5, 9, 1, window=nights), datetime(2026, 5, 9, 1))
        self.assertEqual(self.inside(2026, 5, 9, 3, window=nights), datetime(2026, 5, 15, 22))

    def test_a_window_that_the_clock_leaps_over_is_left_out_that_day(self):
        window = clock.Window(frozenset(range(7)), time(2), time(3))
        self.assertEqual(
            self.inside(2026, 3, 8, 1, tz='America/New_York', window=window),
            datetime(2026, 3, 9, 2),
        )

    def test_no_weekday_is_no_window(self):
        with self.assertRaises(ValueError):
            clock.next_inside(
                datetime(2026, 5, 4), 'UTC', clock.Window(frozenset(), time(9), time(12))
            )

    @given(
        st.one_of(MOMENTS, NEAR_CHANGES),
        st.sampled_from(ZONES),
        st.frozensets(st.integers(0, 6), min_size=1),
        TIMES,
        st.integers(60, 600),
    )
    def test_it_is_never_earlier_and_final(self, moment, tz, weekdays, start, minutes):
        end = (datetime.combine(date(2026, 1, 1), start) + minutes * MINUTE).time()
        window = clock.Window(weekdays, start, end)
        found = clock.next_inside(moment, tz, window)
        self.assertGreaterEqual(found, moment)
        self.assertEqual(clock.next_inside(found, tz, window), found)


class TestWorkdays(unittest.TestCase):
    WEEK = clock.Workdays(frozenset(range(5)), frozenset([date(2026, 5, 1)]))

    def test_forward_and_back_over_a_weekend_and_a_day_off(self):
        thursday, monday = date(2026, 4, 30), date(2026, 5, 4)
        self.assertEqual(self.WEEK.shift(thursday, 1), monday)
        self.assertEqual(self.WEEK.shift(monday, -1), thursday)
        self.assertEqual(self.WEEK.shift(monday, -5), date(2026, 4, 24))

    def test_from_a_day_off_it_is_the_nearest_day_worked(self):
        sunday = date(2026, 5, 10)
        self.assertEqual(self.WEEK.shift(sunday, 1), date(2026, 5, 11))
        self.assertEqual(self.WEEK.shift(sunday, -1), date(2026, 5, 8))
        self.assertEqual(self.WEEK.shift(sunday, 0), sunday)

    def test_a_clinic_that_never_works_is_taken_for_one_that_always_does(self):
        self.assertEqual(clock.Workdays(frozenset()).shift(date(2026, 5, 9), 1), date(2026, 5, 10))

    def test_moments_keep_their_time_on_the_wall(self):
        # Friday 9:00 to Monday 9:00 in Berlin, over the change to summer time
        self.assertEqual(
            clock.shift(datetime(2026, 3, 27, 8), 1, 'working_days', 'Europe/Berlin'),
            datetime(2026, 3, 30, 7),
        )
        self.assertEqual(
            clock.shift(
                datetime(2026, 4, 30, 1), 1, 'working_days', 'Asia/Taipei', workdays=self.WEEK
            ),
            datetime(2026, 5, 4, 1),
        )

    @given(
        DAYS,
        st.integers(1, 200),
        st.frozensets(st.integers(0, 6), min_size=1),
        st.frozensets(st.dates(date(2000, 1, 1), date(2090, 1, 1)), max_size=20),
    )
    def test_so_many_days_worked_lie_between(self, day, amount, weekdays, off):
        workdays = clock.Workdays(weekdays, off)
        later = workdays.shift(day, amount)
        self.assertTrue(workdays.includes(later))
        between = [day + timedelta(days=n) for n in range(1, (later - day).days + 1)]
        self.assertEqual(sum(workdays.includes(one) for one in between), amount)
        # from a day worked, the way back ends where it began
        self.assertEqual(workdays.shift(later, -amount) <= day, True)
        if workdays.includes(day):
            self.assertEqual(workdays.shift(later, -amount), day)

    @given(DAYS, st.integers(0, 100), st.integers(-30, 30))
    def test_the_table_for_sql_says_the_same(self, first, length, amount):
        last = first + timedelta(days=length)
        self.assertEqual(
            self.WEEK.shifted(first, last, amount),
            [self.WEEK.shift(first + timedelta(days=n), amount) for n in range(length + 1)],
        )


class TestAnniversaries(unittest.TestCase):
    def test_29_february_in_other_years(self):
        leap = date(2000, 2, 29)
        self.assertEqual(clock.anniversary(leap, 2024), date(2024, 2, 29))
        self.assertEqual(clock.anniversary(leap, 2025), date(2025, 2, 28))
        self.assertEqual(clock.anniversary(leap, 2025, 'after'), date(2025, 3, 1))

    def test_the_next_one_may_be_today(self):
        born = date(1980, 5, 4)
        self.assertEqual(clock.next_anniversary(born, date(2026, 5, 4)), date(2026, 5, 4))
        self.assertEqual(clock.next_anniversary(born, date(2026, 5, 5)), date(2027, 5, 4))

    @given(DAYS, DAYS, st.sampled_from(['before', 'after']))
    def test_the_next_one_comes_within_a_year(self, born, day, feb29):
        found = clock.next_anniversary(born, day, feb29)
        self.assertTrue(day <= found <= day + timedelta(days=366))
        self.assertEqual(clock.anniversary(born, found.year, feb29), found)

    def test_lunar_festivals(self):
        for name, country, *days in (
            ('lunar_new_year', None, '2024-02-10', '2026-02-17', '2033-01-31'),
            ('lunar_new_year', 'CN', '2024-02-10', '2026-02-17', '2033-01-31'),
            ('tet', None, '2024-02-10', '2026-02-17', '2033-01-31'),
            ('mid_autumn', None, '2024-09-17', '2025-10-06', '2031-10-01'),
            # no public holiday in Viet Nam, but the same full moon
            ('mid_autumn', 'VN', '2024-09-17', '2025-10-06', '2031-10-01'),
            ('dragon_boat', None, '2024-06-10', '2025-05-31', '2035-06-10'),
            ('double_ninth', None, '2024-10-11', '2025-10-29', '2035-10-09'),
            ('tomb_sweeping', None, '2024-04-04', '2025-04-04', '2035-04-05'),
            ('hung_kings', None, '2024-04-18', '2025-04-07', '2035-04-17'),
        ):
            for day in map(date.fromisoformat, days):
                with self.subTest(name=name, country=country, year=day.year):
                    self.assertEqual(clock.festival(name, day.year, country), day)

    def test_the_moon_is_new_on_another_day_in_hanoi_than_in_beijing(self):
        self.assertEqual(clock.festival('lunar_new_year', 2030), date(2030, 2, 3))
        self.assertEqual(clock.festival('tet', 2030), date(2030, 2, 2))
        self.assertEqual(clock.festival('lunar_new_year', 2030, 'VN'), date(2030, 2, 2))

    def test_every_festival_has_its_day_in_each_of_the_coming_years(self):
        for name in clock.FESTIVALS:
            for year in range(2024, 2050):
                with self.subTest(name=name, year=year):
                    self.assertEqual(clock.festival(name, year).year, year)

    def test_there_is_none_outside_the_tables(self):
        self.assertIsNone(clock.festival('lunar_new_year', 1850))
        self.assertIsNone(clock.festival('lunar_new_year', 2150))
        with self.assertRaises(KeyError):
            clock.festival('christmas', 2026)
