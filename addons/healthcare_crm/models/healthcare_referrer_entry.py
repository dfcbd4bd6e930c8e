from odoo import fields, models
from odoo.tools import SQL

from ..sensitive import GROUP_STAFF, GROUP_USER


class HealthcareReferrerEntry(models.Model):
    """The ledger of referrers: one row for each patient somebody recommended or referred to us.

    A view: it is never out of date, and its sums by referrer are the scorecard.
    """

    _name = 'healthcare.referrer.entry'
    _description = "Referrer Ledger"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'referrer_id'

    referrer_id = fields.Many2one(
        'res.partner', string="Referrer", readonly=True, groups=GROUP_USER
    )
    patient_id = fields.Many2one('res.partner', string="Patient", readonly=True, groups=GROUP_STAFF)
    referral_id = fields.Many2one(
        'healthcare.referral', string="Referral", readonly=True, groups=GROUP_STAFF
    )
    company_id = fields.Many2one('res.company', string="Clinic", readonly=True)
    kind = fields.Selection(
        [('recommendation', "Recommended"), ('referral', "Referred")], readonly=True
    )
    date = fields.Datetime(readonly=True)
    first_visit = fields.Datetime(readonly=True, groups=GROUP_STAFF)
    days_to_visit = fields.Float(
        string="Days to First Visit", readonly=True, aggregator='avg', groups=GROUP_STAFF
    )
    converted = fields.Integer(
        string="Came", readonly=True, aggregator='sum', help="1 when the patient has come."
    )
    thanks_due = fields.Integer(
        readonly=True,
        aggregator='sum',
        help="1 when the patient has come and nobody has thanked the referrer yet.",
    )
    value = fields.Monetary(
        readonly=True,
        aggregator='sum',
        groups=GROUP_STAFF,
        help="What the patient's visits since then have cost.",
    )
    currency_id = fields.Many2one('res.currency', readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            WITH sent AS (
                SELECT 2 * patient.id AS id, patient.referrer_id, patient.id AS patient_id,
                       NULL::integer AS referral_id, patient.company_id,
                       'recommendation' AS kind, patient.create_date AS date,
                       '-infinity'::timestamp AS since
                  FROM res_partner AS patient
                 WHERE patient.referrer_id IS NOT NULL AND patient.is_patient
                   AND patient.active
             UNION ALL
                SELECT 2 * referral.id + 1, referral.partner_id, referral.patient_id,
                       referral.id, referral.company_id,
                       'referral', COALESCE(referral.sent_at, referral.create_date),
                       COALESCE(referral.sent_at, referral.create_date)
                  FROM healthcare_referral AS referral
                 WHERE referral.direction = 'incoming' AND referral.partner_id IS NOT NULL
                   AND referral.status IN ('active', 'on-hold', 'completed')
            )
            SELECT sent.id, sent.referrer_id, sent.patient_id, sent.referral_id,
                   sent.company_id, sent.kind, sent.date,
                   visit.start AS first_visit,
                   GREATEST(0, EXTRACT(EPOCH FROM visit.start - sent.date) / 86400)
                       AS days_to_visit,
                   (visit.start IS NOT NULL)::integer AS converted,
                   (visit.start IS NOT NULL AND thanks.id IS NULL)::integer AS thanks_due,
                   COALESCE(spent.amount, 0) AS value,
                   COALESCE(company.currency_id, spent.currency_id, %s) AS currency_id
              FROM sent
              LEFT JOIN res_company AS company ON company.id = sent.company_id
              LEFT JOIN LATERAL (
                  SELECT min(event.start) AS start FROM calendar_event AS event
                   WHERE event.patient_id = sent.patient_id AND event.is_appointment
                     AND event.appointment_status = 'fulfilled' AND event.start >= sent.since
                   ) AS visit ON TRUE
              LEFT JOIN LATERAL (
                  SELECT sum(encounter.amount) AS amount,
                         min(encounter.currency_id) AS currency_id
                    FROM healthcare_encounter AS encounter
                   WHERE encounter.patient_id = sent.patient_id
                     AND encounter.status = 'finished' AND encounter.start >= sent.since
                   ) AS spent ON TRUE
              LEFT JOIN LATERAL (
                  SELECT row.id FROM healthcare_referrer_thanks AS row
                   WHERE row.referrer_id = sent.referrer_id
                     AND (row.patient_id = sent.patient_id
                          OR row.patient_id IS NULL AND row.date >= visit.start::date)
                   LIMIT 1
                   ) AS thanks ON TRUE
            """,
            self.env.company.currency_id.id,
        )

    def action_thank(self):
        """Note that the referrer was thanked for this patient."""
        self.ensure_one()
        return {
            'name': self.env._("Thank the Referrer"),
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.referrer.thanks',
            'view_mode': 'form',
            'target': 'new',
            'context': {
                'default_referrer_id': self.referrer_id.id,
                'default_patient_id': self.patient_id.id,
            },
        }
