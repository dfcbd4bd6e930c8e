"""For whom a condition is asked: the clinics, their day, and the reader's rights."""

from dataclasses import dataclass, replace
from datetime import datetime, time

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Domain

from ..models.calendar_event import VISITED_STATUSES

#: unit of a period -> argument of relativedelta
UNITS = {'day': 'days', 'week': 'weeks', 'month': 'months', 'year': 'years'}


@dataclass(frozen=True)
class Scope:
    """What the conditions of one segment have in common.

    :param env: with the rights conditions are read with
    :param company: the clinic of the segment
    :param clinics: ids of that clinic and its branches
    :param tz: the zone of its days
    :param is_whole: whether there are no other clinics
    :param now: the moment that divides what was from what is ahead, the same for all conditions
    :param patients: a domain of those who are looked at
    """

    env: object
    company: object
    clinics: tuple
    tz: str
    is_whole: bool
    now: datetime
    patients: Domain = Domain.TRUE

    @classmethod
    def of(cls, env, company):
        """Return the scope of the segments of a clinic."""
        # sudo: branches and hours of a clinic are no secret to who may see its segments
        company = company.sudo()
        clinics = company.search([('id', 'child_of', company.ids)])
        tz = company.resource_calendar_id.tz or 'UTC'
        others = company.with_context(active_test=False).search_count(
            [('id', 'not in', clinics.ids)], limit=1
        )
        env = env(context=env.context | {'tz': tz})
        return cls(env, company, tuple(clinics.ids), tz, not others, fields.Datetime.now())

    def sudo(self):
        """Return the same with every right."""
        return replace(self, env=self.env(su=True))

    def in_care(self):
        """Return the same of those patients whose health records the user may read."""
        return replace(self, patients=Domain('is_in_care', '=', True))

    @property
    def today(self):
        """The clinic's day."""
        return fields.Date.context_today(self.env['res.partner'])

    def midnight(self, day):
        """Return when a day of the clinic begins, naive UTC."""
        local = pytz.timezone(self.tz).localize(datetime.combine(day, time.min))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def ago(self, count, unit):
        """Return the day ``count`` units before today."""
        return self.today - relativedelta(**{UNITS[unit or 'day']: count})

    def since(self, condition):
        """Return the first day a condition asks about; ``None`` for any day."""
        match condition.timeframe:
            case 'last':
                return self.ago(condition.period, condition.period_unit)
            case 'since':
                return condition.date
            case 'yearly':
                return latest(condition.date, self.today)
        return None

    def after(self, condition, model, name):
        """Return the rows of ``model`` whose date ``name`` lies in the time of a condition."""
        day = self.since(condition)
        if not day:
            return Domain.TRUE
        is_date = self.env[model]._fields[name].type == 'date'
        return Domain(name, '>=', day if is_date else self.midnight(day))

    def of_clinics(self, name='company_id'):
        """Return the rows of these clinics, or of none in particular.

        :param name: the field with the clinic
        """
        # asked of millions of rows, what is true of every one takes half the time
        return Domain.TRUE if self.is_whole else Domain(name, 'in', [False, *self.clinics])

    def visits(self):
        """Return the appointments to which patients of these clinics came, up to now."""
        return (
            Domain('is_appointment', '=', True)
            & Domain('appointment_status', 'in', VISITED_STATUSES)
            & Domain('start', '<=', self.now)
            & self.of_clinics()
        )


def latest(day, today):
    """Return the last time the day and month of ``day`` came round, today at the latest.

    >>> from datetime import date
    >>> latest(date(2020, 10, 1), date(2026, 9, 30))
    datetime.date(2025, 10, 1)
    >>> latest(date(2020, 2, 29), date(2026, 9, 30))
    datetime.date(2026, 2, 28)
    """
    this_year = day + relativedelta(year=today.year)
    return this_year if this_year <= today else day + relativedelta(year=today.year - 1)
