from odoo import fields, models

from ..models.healthcare_workflow_life import PAUSE_MODES


class HealthcareWorkflowPause(models.TransientModel):
    """Asks, before a workflow is paused, what becomes of those who wait in it."""

    _name = 'healthcare.workflow.pause'
    _description = "Pause a Workflow"

    workflow_ids = fields.Many2many('healthcare.workflow', required=True)
    mode = fields.Selection(PAUSE_MODES, required=True, default='keep', string="When it goes on")

    def action_confirm(self):
        """Pause."""
        self.workflow_ids._pause(self.mode, fields.Datetime.now())
        return {'type': 'ir.actions.act_window_close'}
