"""Time as values: everything here takes moments in and gives moments back.

Moments are naive UTC datetimes, as Odoo stores them; a time zone is a tz database name. Nothing in
this file asks what time it is: the clock is a parameter, so that a simulation can pass its own.
"""

from datetime import time, timedelta, timezone
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

UNITS = ('minutes', 'hours', 'days', 'weeks', 'months')
#: Units that follow the wall clock: a day before 9:00 is 9:00, also over a change to summer time.
CALENDAR_UNITS = ('days', 'weeks', 'months')
#: A date without a time is read as the start of a working day: no reminder rings at night.
DAY_STARTS_AT = time(9)


def to_local(moment, tz):
    """Return the naive UTC ``moment`` as an aware datetime of the time zone ``tz``."""
    return moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))


def to_utc(local):
    """Return the aware datetime ``local`` as a naive UTC datetime."""
    return local.astimezone(timezone.utc).replace(tzinfo=None)


def shift(moment, amount, unit, tz='UTC'):
    """Return ``moment`` moved by ``amount`` units, an integer that may be negative.

    Days, weeks and months keep the time on the patient's wall clock; minutes and hours are exact.

    :raise ValueError: ``unit`` is not one of :data:`UNITS`
    """
    if unit not in UNITS:
        raise ValueError(f"unknown unit {unit!r}")
    if unit not in CALENDAR_UNITS:
        return moment + timedelta(**{unit: amount})
    return to_utc(to_local(moment, tz) + relativedelta(**{unit: amount}))


def years_before(day, years):
    """Return the date ``years`` years before ``day``; 29 February may become the 28th."""
    return day - relativedelta(years=years)


def back_off(attempt):
    """Return how long to wait after attempt ``attempt``: 1, 2, 4 … minutes, an hour at most."""
    return timedelta(minutes=min(2 ** max(attempt - 1, 0), 60))
