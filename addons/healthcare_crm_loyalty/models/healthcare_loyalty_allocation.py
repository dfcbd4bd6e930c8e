from odoo import fields, models


class HealthcareLoyaltyAllocation(models.Model):
    """From which points others were paid: what a refund returns."""

    _name = 'healthcare.loyalty.allocation'
    _description = "Origin of Spent Points"
    _log_access = False

    history_id = fields.Many2one(
        'loyalty.history',
        required=True,
        index=True,
        readonly=True,
        ondelete='cascade',
    )
    lot_id = fields.Many2one(
        'loyalty.history',
        required=True,
        index=True,
        readonly=True,
        ondelete='cascade',
    )
    points = fields.Float(required=True, readonly=True)
