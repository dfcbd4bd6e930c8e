from odoo import fields, models


class HealthcareWorkflowExit(models.Model):
    """A reason for which patients leave a workflow early, whichever step they are at."""

    _name = 'healthcare.workflow.exit'
    _description = "Workflow Exit"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('workflow_id',)
    _order = 'sequence, id'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, ondelete='cascade', index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Reason", required=True)
    subject_model = fields.Selection(related='workflow_id.subject_model')
    domain = fields.Char(string="When", help="Whoever meets this leaves.")
    event = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_event(),
        string="Or When This Happens",
    )
