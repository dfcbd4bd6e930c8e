from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES

from ..campaigns.forecast import forecast_parts
from .healthcare_month import name_month

#: Months before this one that are looked at, and after it that are foretold.
BEFORE, AFTER = 36, 12

#: Months without a visit for a service after which a patient has not come in this season yet.
SEASON = 6

#: Groups of age by code: the youngest and the oldest of them; 0 for no end.
AGES = {'0': (0, 5), '6': (6, 17), '18': (18, 49), '50': (50, 64), '65': (65, 0)}


class HealthcareServiceMonth(models.Model):
    """How many visits for a service a clinic has in a month from a group of age, and will have.

    Counted every night, so that a campaign can begin before the season, as for a vaccine against
    flu. Marketing does not read it: small numbers would tell what somebody came for.
    """

    _name = 'healthcare.service.month'
    _description = "Visits by Season"
    _order = 'date, expected desc, id'
    _rec_name = 'service_id'

    date = fields.Date(string="Month", required=True, readonly=True, index=True)
    month = fields.Char(string="Name of the Month", compute='_compute_month')
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, readonly=True, ondelete='cascade'
    )
    service_id = fields.Many2one(
        'healthcare.service', string="Service", required=True, readonly=True, ondelete='cascade'
    )
    age_group = fields.Selection(
        [
            ('0', "0 to 5 years"),
            ('6', "6 to 17 years"),
            ('18', "18 to 49 years"),
            ('50', "50 to 64 years"),
            ('65', "65 years and older"),
            ('unknown', "Age not known"),
        ],
        required=True,
        readonly=True,
        help="How old the patients were at the visit.",
    )
    visits = fields.Integer(readonly=True)
    expected = fields.Integer(
        string="Expected Visits",
        readonly=True,
        help="From the same month of the year before and how the year grew, by the part that the "
        "age group had in the last twelve months.",
    )

    _month_uniq = models.Constraint(
        'UNIQUE (company_id, service_id, age_group, date)', "The clinic has this month already."
    )

    @api.depends('date')
    @api.depends_context('lang')
    def _compute_month(self):
        for row in self:
            row.month = name_month(self.env, row.date)

    def action_new_campaign(self):
        """Open a campaign for the month before this one, for those who have not come yet."""
        self.ensure_one()
        self.check_access('read')
        words = {
            'service': self.service_id.name,
            'age': dict(self._fields['age_group']._description_selection(self.env))[self.age_group],
            'month': self.month,
        }
        today = fields.Date.context_today(self)
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("New Campaign"),
            'res_model': 'healthcare.campaign',
            'views': [(False, 'form')],
            'context': {
                'default_title': self.env._("%(service)s in %(month)s: %(age)s", **words),
                'default_company_id': self.company_id.id,
                'default_goal': 'visit',
                'default_service_ids': [Command.set(self.service_id.ids)],
                'default_segment_ids': [Command.set(self._get_segment(words).ids)],
                'default_date_from': max(today, fields.Date.subtract(self.date, months=1)),
                'default_date_to': max(today, fields.Date.subtract(self.date, days=1)),
            },
        }

    def _get_segment(self, words):
        """Return the segment of the age group without those who came in this season.

        It is made when there is none. Of patients whose age is not known there is none.

        :param dict words: what its name says: ``service`` and ``age``
        """
        segments = self.env['healthcare.segment']
        if self.age_group not in AGES:
            return segments
        youngest, oldest = AGES[self.age_group]
        age = {'kind': 'age', 'number_from': youngest, 'number_to': oldest}
        unseen = {
            'kind': 'visit',
            'negative': True,
            'timeframe': 'last',
            'period': SEASON,
            'period_unit': 'month',
        }
        asked = [
            [(name, '=', value) for name, value in age.items()],
            [
                *((name, '=', value) for name, value in unseen.items()),
                ('service_ids', '=', self.service_id.id),
            ],
        ]
        found = segments.search(
            [
                ('company_id', '=', self.company_id.id),
                ('match', '=', 'all'),
                *(('condition_ids', 'any', one) for one in asked),
            ]
        ).filtered(lambda one: len(one.condition_ids) == len(asked))
        return found[:1] or segments.create(
            {
                'name': self.env._("%(service)s: %(age)s, not yet in this season", **words),
                'company_id': self.company_id.id,
                'condition_ids': [
                    Command.create(age),
                    Command.create(unseen | {'service_ids': [Command.set(self.service_id.ids)]}),
                ],
            }
        )

    @api.model
    def _refresh(self):
        """Count the visits of all clinics by service, month and group of age; foretell a year."""
        this = fields.Date.context_today(self).replace(day=1)
        first = fields.Date.subtract(this, months=BEFORE)
        main = self.env.ref('base.main_company', raise_if_not_found=False) or self.env.company
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self.env.cr.execute(
            SQL('DELETE FROM healthcare_service_month WHERE date < %(first)s', first=first)
        )
        self.env.cr.execute(
            SQL(
                """
                  WITH visit AS MATERIALIZED (
                       SELECT clinic.id AS company_id, event.service_id,
                              date_trunc('month', event.start AT TIME ZONE 'UTC' AT TIME ZONE
                                  COALESCE(hours.tz, 'UTC'))::date AS date,
                              COALESCE((%(codes)s)[1 + width_bucket(
                                  extract(year FROM age(event.start::date, patient.birth_date)),
                                  %(youngest)s::numeric[])], 'unknown') AS age_group,
                              COUNT(*) AS visits
                         FROM calendar_event event
                         JOIN res_partner patient ON patient.id = event.patient_id
                         JOIN res_company clinic
                              ON clinic.id = COALESCE(event.company_id, %(main)s)
                    LEFT JOIN resource_calendar hours ON hours.id = clinic.resource_calendar_id
                        WHERE event.is_appointment IS TRUE AND event.active IS TRUE
                          AND event.appointment_status IN %(statuses)s
                          AND event.service_id IS NOT NULL AND event.start >= %(first)s
                     GROUP BY 1, 2, 3, 4
                       ),
                       series AS (
                       SELECT company_id, service_id, age_group FROM visit
                        UNION
                       SELECT company_id, service_id, age_group FROM healthcare_service_month
                       )
                INSERT INTO healthcare_service_month (
                       company_id, service_id, age_group, date, visits, expected,
                       create_uid, create_date, write_uid, write_date)
                SELECT series.company_id, series.service_id, series.age_group, day::date,
                       COALESCE(visit.visits, 0), 0, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM series
            CROSS JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 month') day
             LEFT JOIN visit ON visit.company_id = series.company_id
                   AND visit.service_id = series.service_id
                   AND visit.age_group = series.age_group AND visit.date = day
                    ON CONFLICT (company_id, service_id, age_group, date) DO UPDATE
                       SET visits = excluded.visits, expected = 0
                """,
                main=main.id,
                codes=list(AGES),
                youngest=[youngest for youngest, _oldest in AGES.values()][1:],
                statuses=VISITED_STATUSES,
                first=first,
                last=fields.Date.add(this, months=AFTER),
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        months = self.search([('date', '>=', first)], order='date')
        for service in months.grouped(lambda one: (one.company_id, one.service_id)).values():
            service._foretell(this)

    def _foretell(self, this):
        """Foretell the coming months of a service of a clinic.

        :param this: the first day of this month, which is not whole yet
        """
        groups = self.grouped('age_group')
        past = {
            group: months.filtered(lambda month: month.date < this).mapped('visits')
            for group, months in groups.items()
        }
        foreseen = forecast_parts(past, AFTER + 1)
        for group, months in groups.items():
            for month, visits in zip(months[-AFTER:], foreseen[group][1:], strict=True):
                month.expected = round(visits)
