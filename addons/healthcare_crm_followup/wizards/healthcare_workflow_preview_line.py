from odoo import fields, models


class HealthcareWorkflowPreviewLine(models.TransientModel):
    """How many patients would leave a step in one way."""

    _name = 'healthcare.workflow.preview.line'
    _description = "Workflow Preview Line"

    preview_id = fields.Many2one('healthcare.workflow.preview', required=True, ondelete='cascade')
    step = fields.Char()
    outcome = fields.Char(string="What Happens")
    reason = fields.Char(string="Channel or Reason")
    total = fields.Integer(string="Patients")
