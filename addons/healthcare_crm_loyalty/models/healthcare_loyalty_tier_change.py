from odoo import fields, models


class HealthcareLoyaltyTierChange(models.Model):
    """That a member rose, fell or entered: what members are told of."""

    _name = 'healthcare.loyalty.tier.change'
    _description = "Change of Tier"
    _order = 'date desc, id desc'
    _rec_name = 'tier_id'
    _log_access = False

    card_id = fields.Many2one(
        'loyalty.card',
        required=True,
        index=True,
        readonly=True,
        ondelete='cascade',
    )
    previous_id = fields.Many2one(
        'healthcare.loyalty.tier',
        string="Before",
        readonly=True,
        ondelete='set null',
    )
    tier_id = fields.Many2one(
        'healthcare.loyalty.tier',
        string="After",
        readonly=True,
        ondelete='set null',
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now, index=True)
