"""Time as values: everything here takes moments in and gives moments back.

Moments are naive UTC datetimes, as Odoo stores them; a time zone is a tz database name. Nothing in
this file asks what time it is: the clock is a parameter, so that a simulation can pass its own.
"""

import warnings
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytz
from dateutil.relativedelta import relativedelta

with warnings.catch_warnings():
    # at every import it tells that its version 1.0 may differ; ours is pinned
    warnings.simplefilter('ignore')
    import holidays

UNITS = ('minutes', 'hours', 'days', 'weeks', 'months', 'working_days')
#: Units that follow the wall clock: a day before 9:00 is 9:00, also over a change to summer time.
CALENDAR_UNITS = ('days', 'weeks', 'months', 'working_days')
#: A date without a time is read as the start of a working day: no reminder rings at night.
DAY_STARTS_AT = time(9)
DAY = timedelta(days=1)
WEEKDAYS = frozenset(range(7))

#: Festival -> {country: its English name there}; the first country's day serves all others.
FESTIVALS = {
    'lunar_new_year': {
        'TW': "Chinese New Year",
        'CN': "Chinese New Year (Spring Festival)",
        'HK': "Lunar New Year's Day",
        'VN': "Lunar New Year",
    },
    'tet': {'VN': "Lunar New Year"},
    'tomb_sweeping': {
        'TW': "Tomb Sweeping Day",
        'CN': "Tomb-Sweeping Day",
        'HK': "Ching Ming Festival",
    },
    'dragon_boat': {
        'TW': "Dragon Boat Festival",
        'CN': "Dragon Boat Festival",
        'HK': "Tuen Ng Festival",
    },
    'mid_autumn': {'TW': "Mid-Autumn Festival", 'CN': "Mid-Autumn Festival"},
    'double_ninth': {'HK': "Chung Yeung Festival"},
    'hung_kings': {'VN': "Hung Kings' Commemoration Day"},
}
#: The ``holidays`` package reckons Tết by Beijing's clock. Where the moon is new between 23:00 and
#: midnight in Hà Nội, it is a day earlier there.
_TET_BY_HANOI = {2030: date(2030, 2, 2), 2053: date(2053, 2, 18)}


@lru_cache
def zone(tz):
    """Return the time zone named ``tz``, also under a name that systems gave up, as
    ``Asia/Saigon``.

    :raise pytz.UnknownTimeZoneError: there is no such zone
    """
    try:
        return ZoneInfo(tz)
    except ZoneInfoNotFoundError:
        # Odoo teaches pytz the old names, which patients' records may still hold
        return ZoneInfo(pytz.timezone(tz).zone)


def to_local(moment, tz):
    """Return the naive UTC ``moment`` as an aware datetime of the time zone ``tz``."""
    return moment.replace(tzinfo=timezone.utc).astimezone(zone(tz))


def to_utc(local):
    """Return the aware datetime ``local`` as a naive UTC datetime."""
    return local.astimezone(timezone.utc).replace(tzinfo=None)


@lru_cache(maxsize=4096)
def moment_of(day, at, tz, last=False):
    """Return the moment when the clock on the wall shows ``at`` on ``day``.

    Where it shows that twice, as summer time ends, it is the first of the two, or the ``last``.
    Where it leaps over it, as summer time begins, it is the moment of the leap.
    """
    local = datetime.combine(day, at.replace(fold=0), zone(tz))
    first, second = to_utc(local), to_utc(local.replace(fold=1))
    if second >= first:
        return second if last else first
    # leapt over: `second` lies before the leap, `first` behind it
    wall = local.replace(tzinfo=None)
    seconds = range(int((first - second).total_seconds()))
    leap = bisect_left(
        seconds,
        True,
        key=lambda n: to_local(second + timedelta(seconds=n), tz).replace(tzinfo=None) >= wall,
    )
    return second + timedelta(seconds=leap)


# ---------------------------------------------------------------- quiet hours and windows


@dataclass(frozen=True)
class Quiet:
    """When nobody is to be contacted: from ``start`` to ``end`` on the patient's wall clock, which
    may span midnight, and on the public holidays of ``country``, if any.

    Equal ends mean no quiet hours. An hour that comes twice is quiet both times.
    """

    start: time = time(0)
    end: time = time(0)
    country: str | None = None


@dataclass(frozen=True)
class Window:
    """Part of some weekdays, Monday being 0: from ``start`` to ``end`` on the wall clock.

    A window that spans midnight belongs to the day it begins on.
    """

    weekdays: frozenset
    start: time
    end: time


def next_allowed(moment, tz, quiet):
    """Return the first moment from ``moment`` on that is not quiet in the time zone ``tz``.

    :param quiet: a :class:`Quiet`
    """
    while end := _quiet_until(moment, tz, quiet):
        moment = end
    return moment


def _quiet_until(moment, tz, quiet):
    """Return the end of the quiet hours or holiday ``moment`` lies in, else ``None``."""
    today = to_local(moment, tz).date()
    if quiet.country and today in public_holidays(quiet.country, today.year):
        return moment_of(today + DAY, time(0), tz)
    if quiet.start == quiet.end:
        return None
    for day in (today - DAY, today):
        # quiet hours rather last too long than wake somebody
        begin, end = _stretch(day, quiet.start, quiet.end, tz, last=True)
        if begin <= moment < end:
            return end
    return None


def next_inside(moment, tz, window):
    """Return the first moment from ``moment`` on that lies inside ``window``.

    :param window: a :class:`Window`
    :raise ValueError: the window has no weekday
    """
    today = to_local(moment, tz).date()
    # two weeks: the one window of a week may be leapt over as summer time begins
    for day in (today + n * DAY for n in range(-1, 15)):
        if day.weekday() in window.weekdays:
            begin, end = _stretch(day, window.start, window.end, tz)
            if max(moment, begin) < end:
                return max(moment, begin)
    raise ValueError("a window without a weekday")


def _stretch(day, start, end, tz, last=False):
    """Return the moments between which the wall clock of ``day`` goes from ``start`` to ``end``."""
    end_day = day if start < end else day + DAY
    return moment_of(day, start, tz), moment_of(end_day, end, tz, last)


@lru_cache(maxsize=1024)
def public_holidays(country, year):
    """Return the public holidays of ``country`` (ISO code) in ``year`` as a frozenset of dates.

    A country or year the ``holidays`` package does not know has none.
    """
    return frozenset(_named_holidays(country, year))


def _named_holidays(country, year):
    """Return {date: English names, "; " between them} of the public holidays in one year."""
    try:
        return dict(holidays.country_holidays(country, years=year, language='en_US'))
    except NotImplementedError:
        return {}


# ---------------------------------------------------------------- working days


@dataclass(frozen=True)
class Workdays:
    """The days somebody works: ``weekdays`` (Monday is 0) but for the dates in ``off``.

    No weekday at all means every day: a clinic without working hours still has patients.
    """

    weekdays: frozenset = frozenset(range(5))
    off: frozenset = frozenset()

    def includes(self, day):
        """Say whether ``day`` is worked."""
        return day.weekday() in (self.weekdays or WEEKDAYS) and day not in self.off

    def shift(self, day, amount):
        """Return the ``amount``-th day worked after ``day``, or before it where it is negative.

        ``day`` itself is not counted, be it worked or not; 0 gives it back.
        """
        step = DAY if amount > 0 else -DAY
        for _nth in range(abs(amount)):
            day += step
            while not self.includes(day):
                day += step
        return day

    def shifted(self, first, last, amount):
        """Return :meth:`shift` of every day from ``first`` to ``last``, in order.

        As an array it serves SQL: ``(%s::date[])[day - first + 1]``.
        """
        if not amount:
            return [first + n * DAY for n in range((last - first).days + 1)]
        begin, end = min(first, self.shift(first, amount)), max(last, self.shift(last, amount))
        worked = [
            day
            for day in (begin + n * DAY for n in range((end - begin).days + 1))
            if self.includes(day)
        ]
        days = (first + n * DAY for n in range((last - first).days + 1))
        if amount > 0:
            return [worked[bisect_right(worked, day) + amount - 1] for day in days]
        return [worked[bisect_left(worked, day) + amount] for day in days]


#: Monday to Friday.
WEEK = Workdays()


def shift(moment, amount, unit, tz='UTC', workdays=None):
    """Return ``moment`` moved by ``amount`` units, an integer that may be negative.

    Days, weeks, months and working days keep the time on the wall clock; minutes and hours are
    exact.

    :param workdays: the :class:`Workdays` for the unit ``working_days``; Monday to Friday if none
    :raise ValueError: ``unit`` is not one of :data:`UNITS`
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    if unit not in CALENDAR_UNITS:
        return moment + timedelta(**{unit: amount})
    local = to_local(moment, tz)
    if unit == 'working_days':
        day = (workdays or WEEK).shift(local.date(), amount)
        return to_utc(datetime.combine(day, local.timetz()))
    return to_utc(local + relativedelta(**{unit: amount}))


# ---------------------------------------------------------------- days of the year


def years_before(day, years):
    """Return the date ``years`` years before ``day``; 29 February may become the 28th."""
    return day - relativedelta(years=years)


def anniversary(day, year, feb29='before'):
    """Return the date in ``year`` on which ``day``, a birth date, comes round.

    :param feb29: what 29 February is in a year without one: the day ``before`` (28 February) or
        ``after`` (1 March)
    """
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28) if feb29 == 'before' else date(year, 3, 1)


def next_anniversary(day, on_or_after, feb29='before'):
    """Return when ``day`` comes round next, ``on_or_after`` a date at the earliest."""
    this_year = anniversary(day, on_or_after.year, feb29)
    if this_year >= on_or_after:
        return this_year
    return anniversary(day, on_or_after.year + 1, feb29)


@lru_cache(maxsize=1024)
def festival(name, year, country=None):
    """Return the date of a festival of the lunar calendar in ``year``.

    :param name: one of :data:`FESTIVALS`
    :param country: ISO code of the country whose calendar counts; where the festival is no public
        holiday there, the first country of :data:`FESTIVALS` decides
    :return: a date, or ``None`` for a year outside the tables of the ``holidays`` package
    """
    names = FESTIVALS[name]
    if country not in names:
        country = next(iter(names))
    if names[country] == FESTIVALS['tet']['VN'] and year in _TET_BY_HANOI:
        return _TET_BY_HANOI[year]
    days = _named_holidays(country, year)
    return min(
        (day for day, said in days.items() if names[country] in said.split('; ')), default=None
    )


def back_off(attempt):
    """Return how long to wait after attempt ``attempt``: 1, 2, 4 … minutes, an hour at most."""
    return timedelta(minutes=min(2 ** max(attempt - 1, 0), 60))
