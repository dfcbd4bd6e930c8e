from odoo import api, fields, models
from odoo.tools import SQL


class HealthcareConsentCoverage(models.Model):
    """How many patients of a clinic agreed to what. Numbers only, counted by a job: counting a
    million patients takes longer than a page may."""

    _name = 'healthcare.consent.coverage'
    _description = "Consent Coverage"
    _log_access = False
    _order = 'id'
    _rec_name = 'date'

    company_id = fields.Many2one(
        'res.company', string="Clinic", index=True, ondelete='cascade', help="Empty: of no clinic."
    )
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Purpose",
        ondelete='cascade',
        help="Empty: the row that counts the patients.",
    )
    channel = fields.Char()
    patients = fields.Integer(help="Patients at all, in the row without a purpose.")
    permitted = fields.Integer(string="Agreed")
    refused = fields.Integer()
    unasked = fields.Integer(string="Without Any Consent")
    date = fields.Datetime(string="As Of", required=True)

    @api.model
    def _cron_count(self):
        """Count anew."""
        consents = self.env['healthcare.consent']
        self.env.flush_all()
        self.env.execute_query(SQL('DELETE FROM healthcare_consent_coverage RETURNING id'))
        self.env.execute_query(
            SQL(
                """
                WITH latest AS (
                    SELECT patient_id, purpose_id, channel,
                           CASE WHEN decision = 'deny' OR (%(current)s AND %(vouched)s)
                                THEN decision END AS decision
                      FROM (SELECT DISTINCT ON (patient_id, purpose_id, channel)
                                   patient_id, purpose_id, channel, id, decision, expires_on,
                                   form_version_id, given_by_id
                              FROM healthcare_consent
                             ORDER BY patient_id, purpose_id, channel, date DESC, id DESC
                           ) AS consent
                ), patient AS (
                    SELECT id, company_id FROM res_partner WHERE is_patient AND active
                )
                INSERT INTO healthcare_consent_coverage (
                    company_id, purpose_id, channel, patients, permitted, refused, unasked, date)
                SELECT patient.company_id, latest.purpose_id, latest.channel, 0,
                       count(*) FILTER (WHERE latest.decision = 'permit'),
                       count(*) FILTER (WHERE latest.decision = 'deny'), 0, %(now)s
                  FROM latest JOIN patient ON patient.id = latest.patient_id
                 GROUP BY 1, 2, 3
                 UNION ALL
                SELECT patient.company_id, NULL, NULL, count(*), 0, 0,
                       count(*) FILTER (WHERE asked.patient_id IS NULL), %(now)s
                  FROM patient
                  LEFT JOIN (SELECT DISTINCT patient_id FROM latest) AS asked
                    ON asked.patient_id = patient.id
                 GROUP BY 1
             RETURNING id
                """,
                now=fields.Datetime.now(),
                current=consents._sql_is_current(SQL('consent')),
                vouched=consents._sql_is_vouched(SQL('consent')),
            )
        )
        self.invalidate_model()
