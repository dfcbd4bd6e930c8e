"""Start each year around a day: of the patient's, of the calendar, or of the moon's."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from odoo.tools import SQL

from .. import clock, sql
from ..subjects import subject_of
from .registry import Trigger, trigger_kind

#: How far ahead candidates are listed: everybody's next anniversary.
YEAR = timedelta(days=365)
FEB29 = ('before', 'after')
#: A leap year: every day of the calendar is in it.
ANY_YEAR = 2000


@trigger_kind
@dataclass(frozen=True)
class AnniversaryTrigger(Trigger):
    """Ring each year, ``days`` after a day (before it when negative) at the clinic's time ``at``.

    The day is a date ``field`` of the patient, as it comes round, or a day of the calendar, or a
    festival of the moon's calendar in a country. ``feb29`` says what 29 February is in a year
    without one. Examples::

        {"kind": "anniversary", "field": "birth_date", "days": -3, "at": "09:00", "feb29": "before"}
        {"kind": "anniversary", "month": 10, "day": 1, "at": "10:30"}
        {"kind": "anniversary", "holiday": "mid_autumn", "country": "TW", "days": -7}
    """

    kind = 'anniversary'
    is_scheduled = True
    #: Nobody waits for their birthday all year.
    horizon = timedelta(days=2)
    field: str | None = None
    month: int | None = None
    day: int | None = None
    holiday: str | None = None
    country: str | None = None
    days: int = 0
    at: time = clock.DAY_STARTS_AT
    feb29: str = 'before'

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        given = {name: values.get(name) for name in ('field', 'month', 'day', 'holiday', 'country')}
        at = values.get('at')
        return cls(
            **given,
            days=values.get('days') or 0,
            at=time.fromisoformat(at) if at else clock.DAY_STARTS_AT,
            feb29=values.get('feb29') or 'before',
        )

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if values.get('holiday'):
            if values['holiday'] not in clock.FESTIVALS:
                yield 'holiday', 'unknown_holiday', str(values['holiday'])
        elif values.get('month') or values.get('day'):
            try:
                date(ANY_YEAR, values.get('month'), values.get('day'))
            except (TypeError, ValueError):
                yield 'day', 'no_day', f'{values.get("day")}.{values.get("month")}.'
        elif not values.get('field'):
            yield 'field', 'no_field', ''
        if not isinstance(values.get('days') or 0, int):
            yield 'days', 'no_amount', str(values['days'])
        try:
            time.fromisoformat(values.get('at') or '09:00')
        except (TypeError, ValueError):
            yield 'at', 'bad_time', str(values['at'])
        if (values.get('feb29') or 'before') not in FEB29:
            yield 'feb29', 'unknown_feb29', str(values['feb29'])

    @property
    def is_before(self):
        """Whether the workflow starts before the day."""
        return self.days < 0

    def candidates(self, scene):
        """Return the SQL of every subject with the anniversary of the coming year.

        The days to come are a list that the planner cuts down to those asked for; the patients of
        one day are found by the index on the day of the year of birth.
        """
        subject = scene.subject
        # the first line names the types, and is the only one where no festival is known
        listed = SQL('(NULL::int, NULL::date, NULL::timestamp, NULL::timestamp)')
        today = clock.to_local(scene.now, scene.graph.tz).date()
        if coming := list(self.coming(today, scene.graph.tz)):
            listed = SQL('%s, %s', listed, sql.values_list(coming))
        return SQL(
            """
            SELECT subject.id AS subject_id, subject.%(patient)s AS patient_id,
                   %(company)s AS company_id, coming.anchor, coming.moment
              FROM (VALUES %(listed)s) AS coming (day_of_year, day, anchor, moment)
              JOIN res_partner AS person ON %(comes_round)s
              JOIN %(table)s AS subject ON subject.%(patient)s = person.id
             WHERE coming.moment IS NOT NULL
            """,
            patient=SQL.identifier(subject.patient),
            company=subject.company_sql(),
            listed=listed,
            comes_round=self._comes_round_sql(scene),
            table=SQL.identifier(subject.table),
        )

    def _comes_round_sql(self, scene):
        """Return the SQL condition for ``person`` having an anniversary on a ``coming`` day."""
        if not self.field:
            return SQL('TRUE')
        column = SQL.identifier('person', self.field)
        if self.field not in subject_of(scene.env, 'res.partner').dates:
            column = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, scene.graph.tz)
        return SQL(
            '%(day_of_year)s = coming.day_of_year AND %(column)s < coming.day',
            day_of_year=day_of_year_sql(column),
            column=column,
        )

    def coming(self, today, tz):
        """Yield the days on which it rings in the year from ``today`` on.

        :return: (day of the year of dates that come round, the day itself, its anchor and the
            moment to ring, both naive UTC); a day can be that of two dates, 28 and 29 February
        """
        for offset in range(YEAR.days):
            ringing = today + offset * clock.DAY
            day = ringing - self.days * clock.DAY
            if not self._is_day(day):
                continue
            anchor = clock.moment_of(day, clock.DAY_STARTS_AT, tz)
            moment = clock.moment_of(ringing, self.at, tz)
            for born in self._dates_of(day):
                yield 100 * born.month + born.day, day, anchor, moment

    def _is_day(self, day):
        """Say whether ``day`` is the one of the calendar, or the festival; any is somebody's."""
        if self.holiday:
            return day == clock.festival(self.holiday, day.year, self.country)
        if self.month:
            return day == clock.anniversary(
                date(ANY_YEAR, self.month, self.day), day.year, self.feb29
            )
        return True

    def _dates_of(self, day):
        """Yield the dates, in a leap year, that come round on ``day``."""
        same, leap_day = day.replace(year=ANY_YEAR), date(ANY_YEAR, 2, 29)
        yield same
        if self.field and same != leap_day:
            if clock.anniversary(leap_day, day.year, self.feb29) == day:
                yield leap_day


def day_of_year_sql(column):
    """Return the SQL of month and day of a date as one number, such as 229.

    ``ResPartner._birthday_idx`` holds the same expression of the birth date.
    """
    return SQL('(EXTRACT(MONTH FROM %s) * 100 + EXTRACT(DAY FROM %s))::int', column, column)
