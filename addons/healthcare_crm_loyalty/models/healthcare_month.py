from calendar import monthrange

from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES

from ..campaigns.forecast import forecast
from .account_move import PAID

#: Months before this one that are looked at, and after it that are foretold.
BEFORE, AFTER = 24, 3

#: How a target stands.
STATUSES = [
    ('met', "Met"),
    ('on_course', "On course"),
    ('behind', "Behind"),
    ('missed', "Missed"),
]


def name_month(env, day):
    """Return how the user calls the month of a day: November 2026, 2026年11月."""
    return format_skeleton('yMMMM', day, locale=babel_locale_parse(env.lang or 'en_US'))


class HealthcareMonth(models.Model):
    """What a clinic takes and how many patients come again, month by month: what it was, what it
    will be, and what it should be. Counted every night; only targets are entered."""

    _name = 'healthcare.month'
    _description = "Month of a Clinic"
    _inherit = ['healthcare.campaign.counted', 'healthcare.own.clinic', 'healthcare.quotient']
    _quotients = {'retention': ('retained_count', 'cohort_count', 100)}
    _order = 'date desc, company_id'
    _rec_name = 'date'

    date = fields.Date(string="Month", required=True, readonly=True)
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, readonly=True, ondelete='cascade'
    )
    currency_id = fields.Many2one(related='company_id.currency_id')
    revenue = fields.Monetary(
        readonly=True,
        help="Paid invoices; where the clinic writes none, the amounts of the visits.",
    )
    revenue_forecast = fields.Monetary(
        string="Revenue Foreseen",
        readonly=True,
        help="From the same month of the year before and how the year grew.",
    )
    revenue_target = fields.Monetary(help="0 for no target.")
    revenue_status = fields.Selection(STATUSES, compute='_compute_status')
    cohort_count = fields.Integer(
        string="Patients a Year Before",
        readonly=True,
        help="Patients who came in the same month of the year before.",
    )
    retained_count = fields.Integer(
        string="Of Them Came Again", readonly=True, help="In the twelve months after that one."
    )
    retention = fields.Float(
        string="Came Again %",
        readonly=True,
        digits=(16, 1),
        aggregator='avg',
        help="Of the patients who came in the same month of the year before, those who came again "
        "in the twelve months after it.",
    )
    retention_forecast = fields.Float(
        string="Came Again % Foreseen", readonly=True, digits=(16, 1), aggregator='avg'
    )
    retention_target = fields.Float(
        string="Came Again % Target", digits=(16, 1), aggregator='avg', help="0 for no target."
    )
    retention_status = fields.Selection(STATUSES, compute='_compute_status')

    _month_uniq = models.Constraint(
        'UNIQUE (company_id, date)', "The clinic has this month already."
    )
    _targets_positive = models.Constraint(
        'CHECK (revenue_target >= 0 AND retention_target BETWEEN 0 AND 100)',
        "Targets are not negative, and nobody can keep more than all patients.",
    )

    @api.depends('date')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for month in self:
            month.display_name = name_month(self.env, month.date)

    @api.depends(
        'date',
        'revenue',
        'revenue_forecast',
        'revenue_target',
        'retention',
        'retention_forecast',
        'retention_target',
    )
    def _compute_status(self):
        this = fields.Date.context_today(self).replace(day=1)
        for month in self:
            for name in ('revenue', 'retention'):
                target, reached = month[f'{name}_target'], month[name]
                if not target:
                    word = False
                elif month.date < this:
                    word = 'met' if reached >= target else 'missed'
                elif month[f'{name}_forecast'] >= target:
                    word = 'on_course'
                else:
                    word = 'behind'
                month[f'{name}_status'] = word

    @api.model
    def _refresh(self):
        """Count the months of all clinics, and foretell the coming ones."""
        this = fields.Date.context_today(self).replace(day=1)
        first = fields.Date.subtract(this, months=BEFORE)
        main = self.env.ref('base.main_company', raise_if_not_found=False) or self.env.company
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self.env.cr.execute(
            SQL(
                """
                  WITH visit AS MATERIALIZED (
                       SELECT clinic.id AS company_id, event.patient_id,
                              date_trunc('month', event.start AT TIME ZONE 'UTC' AT TIME ZONE
                                  COALESCE(hours.tz, 'UTC'))::date AS month,
                              SUM(COALESCE(encounter.amount, service.price, 0)) AS amount
                         FROM calendar_event event
                         JOIN res_company clinic
                              ON clinic.id = COALESCE(event.company_id, %(main)s)
                    LEFT JOIN resource_calendar hours ON hours.id = clinic.resource_calendar_id
                    LEFT JOIN healthcare_encounter encounter
                              ON encounter.appointment_id = event.id AND encounter.amount > 0
                    LEFT JOIN healthcare_service service ON service.id = event.service_id
                        WHERE event.is_appointment IS TRUE AND event.active IS TRUE
                          AND event.appointment_status IN %(statuses)s
                          AND event.start >= %(first)s::date - interval '12 months'
                     GROUP BY 1, 2, 3
                       ),
                       worth AS (
                       SELECT company_id, month, SUM(amount) AS amount FROM visit GROUP BY 1, 2
                       ),
                       paid AS MATERIALIZED (
                       SELECT company_id, date_trunc('month', date)::date AS month,
                              SUM(amount) AS amount
                         FROM (%(paid)s) invoiced WHERE date >= %(first)s GROUP BY 1, 2
                       ),
                       cohort AS (
                       SELECT company_id, (month + interval '12 months')::date AS month,
                              COUNT(*) AS patients,
                              COUNT(*) FILTER (
                                  WHERE again <= month + interval '12 months') AS retained
                         FROM (SELECT company_id, month,
                                      LEAD(month) OVER (PARTITION BY company_id, patient_id
                                                            ORDER BY month) AS again
                                 FROM visit) each
                     GROUP BY 1, 2
                       )
                INSERT INTO healthcare_month (
                       company_id, date, revenue, cohort_count, retained_count, retention,
                       create_uid, create_date, write_uid, write_date)
                SELECT clinic.id, day::date,
                       COALESCE(paid.amount, CASE WHEN NOT EXISTS (
                           SELECT FROM paid WHERE paid.company_id = clinic.id)
                           THEN worth.amount END, 0),
                       COALESCE(cohort.patients, 0), COALESCE(cohort.retained, 0),
                       COALESCE(100.0 * cohort.retained / cohort.patients, 0),
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM res_company clinic
            CROSS JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 month') day
             LEFT JOIN paid ON paid.company_id = clinic.id AND paid.month = day
             LEFT JOIN worth ON worth.company_id = clinic.id AND worth.month = day
             LEFT JOIN cohort ON cohort.company_id = clinic.id AND cohort.month = day
                 WHERE clinic.active
                    ON CONFLICT (company_id, date) DO UPDATE
                       SET revenue = excluded.revenue, cohort_count = excluded.cohort_count,
                           retained_count = excluded.retained_count,
                           retention = excluded.retention
                """,
                main=main.id,
                statuses=VISITED_STATUSES,
                first=first,
                last=fields.Date.add(this, months=AFTER),
                paid=SQL(PAID),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        months = self.search([('date', '>=', first)], order='date')
        for clinic in months.grouped('company_id').values():
            clinic._foretell(this)

    def _foretell(self, this):
        """Foretell the coming months of a clinic, and what is left of this one.

        :param this: the first day of this month
        """
        past = self.filtered(lambda month: month.date < this)
        coming = self - past
        # before the first visit there was no clinic yet
        begun = [bool(month.revenue or month.cohort_count) for month in past]
        known = past[begun.index(True) :] if any(begun) else past.browse()
        cohorts = known.filtered('cohort_count')
        revenues = forecast(known.mapped('revenue'), len(coming)) or [0.0] * len(coming)
        shares = forecast(cohorts.mapped('retention'), len(coming)) or [0.0] * len(coming)
        today = fields.Date.context_today(self)
        left = 1 - today.day / monthrange(today.year, today.month)[1]
        for month, revenue, share in zip(coming, revenues, shares, strict=True):
            if month.date == this:
                revenue = month.revenue + revenue * left
            month.write(
                {'revenue_forecast': revenue, 'retention_forecast': min(100.0, max(0.0, share))}
            )
