from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES


class HealthcareSourceCount(models.Model):
    """How many enquiries and patients each source brought in a month, for the report: to count a
    million patients takes longer than somebody waits for a page."""

    _name = 'healthcare.source.count'
    _description = "Patients by Source"
    _log_access = False

    date = fields.Date(string="Month", required=True, readonly=True)
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, readonly=True, ondelete='cascade'
    )
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
    )
    enquiries = fields.Integer(readonly=True)
    patients = fields.Integer(readonly=True)
    visitors = fields.Integer(readonly=True)

    @api.model
    def _refresh(self):
        """Count anew."""
        main = self.env.ref('base.main_company', raise_if_not_found=False) or self.env.company
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        self.env.cr.execute('DELETE FROM healthcare_source_count')
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_source_count (
                       date, company_id, source_id, enquiries, patients, visitors)
                  WITH clinic AS (
                       SELECT company.id, COALESCE(hours.tz, 'UTC') AS tz
                         FROM res_company company
                    LEFT JOIN resource_calendar hours ON hours.id = company.resource_calendar_id
                       )
                SELECT date_trunc('month', enquiry.date AT TIME ZONE 'UTC'
                                           AT TIME ZONE clinic.tz)::date,
                       clinic.id, enquiry.source_id, COUNT(*), 0, 0
                  FROM healthcare_enquiry enquiry
                  JOIN clinic ON clinic.id = enquiry.company_id
                 WHERE COALESCE(enquiry.lost_reason, '') <> 'spam'
              GROUP BY 1, 2, 3
                UNION ALL
                SELECT date_trunc('month', patient.create_date AT TIME ZONE 'UTC'
                                           AT TIME ZONE clinic.tz)::date,
                       clinic.id, patient.source_id, 0, COUNT(*), COUNT(came.patient_id)
                  FROM res_partner patient
                  JOIN clinic ON clinic.id = COALESCE(patient.company_id, %s)
             LEFT JOIN (SELECT DISTINCT patient_id FROM calendar_event
                         WHERE is_appointment IS TRUE AND active IS TRUE
                           AND appointment_status IN %s) came
                       ON came.patient_id = patient.id
                 WHERE patient.is_patient AND patient.active
              GROUP BY 1, 2, 3
                """,
                main.id,
                VISITED_STATUSES,
            )
        )
        self.invalidate_model()
