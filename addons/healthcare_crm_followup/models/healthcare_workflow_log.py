from odoo import fields, models
from odoo.exceptions import UserError


class HealthcareWorkflowLog(models.Model):
    """What happened to an enrollment, line by line, and why. Only ever added to."""

    _name = 'healthcare.workflow.log'
    _description = "Workflow Log"
    _log_access = False
    _order = 'id desc'
    _rec_name = 'kind'

    enrollment_id = fields.Many2one(
        'healthcare.workflow.enrollment', required=True, ondelete='cascade', index=True
    )
    step_key = fields.Char()
    visit = fields.Integer()
    kind = fields.Selection(
        [
            ('enrolled', "Enrolled"),
            ('waiting', "Waits"),
            ('left', "Went on"),
            ('moved', "Date moved"),
            ('exited', "Left early"),
            ('retry', "Failed, will be tried again"),
            ('incident', "Failed for good"),
        ],
        required=True,
    )
    outcome = fields.Char()
    reason = fields.Char()
    detail = fields.Json()
    date = fields.Datetime(required=True)

    def write(self, vals):
        """Refuse: history stays."""
        if not self:
            return super().write(vals)
        raise UserError(self.env._("The history of a workflow cannot be changed."))
