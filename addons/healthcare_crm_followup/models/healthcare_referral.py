from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class HealthcareReferral(models.Model):
    _inherit = 'healthcare.referral'

    CHANGES_TOLD = frozenset(
        {
            'patient_id',
            'department_id',
            'practitioner_id',
            'priority',
            'status',
            'sent_at',
            'deadline',
            'answered_at',
        }
    )
    STATUS_HAPPENINGS = {'active': 'referral_sent', 'completed': 'referral_completed'}

    overdue_told_at = fields.Datetime(
        copy=False,
        readonly=True,
        groups=GROUP_STAFF,
        help="When workflows were told that the answer is overdue. A later deadline counts anew.",
    )

    @api.model
    def _cron_tell_overdue(self):
        """Tell workflows of the referrals whose answer is overdue, of each deadline once."""
        self.flush_model()
        found = self.env.execute_query(
            SQL(
                """
                UPDATE healthcare_referral SET overdue_told_at = %(now)s
                 WHERE status = 'active' AND answered_at IS NULL AND deadline < %(now)s
                   AND (overdue_told_at IS NULL OR overdue_told_at < deadline)
             RETURNING id
                """,
                now=fields.Datetime.now(),
            )
        )
        overdue = self.browse(one for (one,) in found)
        overdue.invalidate_recordset(['overdue_told_at'])
        overdue._workflow_happened('referral_overdue')
