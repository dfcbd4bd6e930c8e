from odoo import fields, models


class HealthcareWorkflowEnrollment(models.Model):
    """Whoever is under way in a workflow of a campaign leaves when the campaign is over."""

    _inherit = 'healthcare.workflow.enrollment'

    exit_reason = fields.Selection(
        selection_add=[('campaign', "The campaign is over")], ondelete={'campaign': 'set null'}
    )
