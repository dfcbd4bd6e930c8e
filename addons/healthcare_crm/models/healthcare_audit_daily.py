from odoo import api, fields, models
from odoo.tools import SQL

from .healthcare_audit_event import RecordedMany2one


class HealthcareAuditDaily(models.Model):
    """How many patients somebody looked at on one day: what is usual, and what is not."""

    _name = 'healthcare.audit.daily'
    _description = "Looks of a Day"
    _order = 'day desc, patient_count desc, id desc'
    _rec_name = 'day'

    user_id = RecordedMany2one('res.users', "Who", required=True, readonly=True)
    roles = fields.Char(readonly=True)
    company_id = RecordedMany2one('res.company', "Clinic", readonly=True)
    day = fields.Date(required=True, readonly=True)
    patient_count = fields.Integer("Patients", readonly=True)
    look_count = fields.Integer("Looks", readonly=True)

    _user_day_idx = models.UniqueIndex("(user_id, day)")
    _day_idx = models.Index("(day, roles)")

    @api.model
    def _refresh(self, rows):
        """Count the days anew on which some rows were written.

        :param SQL rows: with ``user_id`` and ``recorded_at``
        :return: those days
        """
        found = self.env.execute_query(
            SQL(
                """
                    INSERT INTO healthcare_audit_daily
                        (user_id, roles, company_id, day, patient_count, look_count)
                    SELECT touched.user_id, max(e.roles), max(e.company_id), touched.day,
                           count(DISTINCT patient_id), count(DISTINCT e.id)
                      FROM (SELECT DISTINCT user_id, recorded_at::date AS day
                              FROM (%s) row) touched
                      JOIN healthcare_audit_event e
                        ON e.user_id = touched.user_id
                       AND e.recorded_at >= touched.day AND e.recorded_at < touched.day + 1
                CROSS JOIN unnest(e.patients) patient_id
                  GROUP BY touched.user_id, touched.day
                        ON CONFLICT (user_id, day) DO UPDATE
                       SET patient_count = EXCLUDED.patient_count,
                           look_count = EXCLUDED.look_count,
                           roles = EXCLUDED.roles
                 RETURNING day
                """,
                rows,
            )
        )
        self.invalidate_model()
        return sorted({day for (day,) in found})
