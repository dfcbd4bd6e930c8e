from odoo import fields, models


class HealthcareWorkflowMoveTarget(models.Model):
    """A step of the version that a plan moves patients to; without a key: out of the workflow."""

    _name = 'healthcare.workflow.move.target'
    _description = "Step to Move To"
    _log_access = False
    _order = 'id'

    move_id = fields.Many2one(
        'healthcare.workflow.move', required=True, ondelete='cascade', index=True
    )
    key = fields.Char()
    name = fields.Char(required=True)
