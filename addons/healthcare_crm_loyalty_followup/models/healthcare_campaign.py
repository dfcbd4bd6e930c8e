from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.engine import pauses


class HealthcareCampaign(models.Model):
    """A campaign whose messages, calls and tasks are those of workflows."""

    _inherit = 'healthcare.campaign'

    def _end(self, state):
        """Let go who is under way in its workflows."""
        running = self.filtered(lambda campaign: campaign.state == 'running')
        result = super()._end(state)
        workflows = self.env['healthcare.workflow'].with_context(active_test=False)
        workflows = workflows.search([('campaign_id', 'in', running.ids)])
        self.env.flush_all()
        for workflow in workflows:
            pauses.release(self.env, workflow.id, 'campaign', fields.Datetime.now())
        self.env.invalidate_all()
        return result

    def _get_contacts(self):
        return [
            *super()._get_contacts(),
            self._get_messages(
                SQL('COALESCE(message.sent_at, message.date)'),
                SQL("message.status IN ('sent', 'delivered', 'handed')"),
            ),
        ]

    def _get_responses(self):
        seen = SQL('LEAST(message.opened_at, message.clicked_at)')
        return [*super()._get_responses(), self._get_messages(seen, SQL('%s IS NOT NULL', seen))]

    def _get_messages(self, date, condition):
        """Return the SQL of ``id, date`` of the messages of its workflows to each ``part``."""
        return SQL(
            """
            SELECT part.id, %s AS date
              FROM healthcare_workflow workflow
              JOIN healthcare_workflow_enrollment enrollment
                ON enrollment.workflow_id = workflow.id
              JOIN healthcare_communication message ON message.enrollment_id = enrollment.id
              JOIN part ON part.patient_id = message.patient_id
             WHERE workflow.campaign_id = %s AND message.direction = 'out' AND %s
            """,
            date,
            self.id,
            condition,
        )
