from odoo import fields, models


class HealthcareWorkflowArchive(models.TransientModel):
    """Asks, before a workflow is archived, what becomes of those under way."""

    _name = 'healthcare.workflow.archive'
    _description = "Archive a Workflow"

    workflow_ids = fields.Many2many('healthcare.workflow', required=True)
    mode = fields.Selection(
        [
            ('finish', "Go on to the end of the workflow"),
            ('leave', "Leave now; what still waits to be sent or done is cancelled"),
        ],
        required=True,
        default='finish',
        string="Patients under way",
    )

    def action_confirm(self):
        """Archive."""
        self.workflow_ids._put_away(self.mode == 'finish', fields.Datetime.now())
        return {'type': 'ir.actions.act_window_close'}
