from odoo import api, fields, models


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
    patient_id = fields.Many2one(related='card_id.partner_id', string="Patient")
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
    direction = fields.Selection(
        [('new', "Entered"), ('up', "Rose"), ('down', "Fell")],
        string="Change",
        compute='_compute_direction',
    )

    @api.depends('previous_id.rank', 'tier_id.rank')
    def _compute_direction(self):
        for change in self:
            if not change.previous_id:
                change.direction = 'new'
            else:
                change.direction = 'up' if change.tier_id.rank > change.previous_id.rank else 'down'

    @api.model
    def _tell_from(self, first):
        """Tell whoever listens of the changes of this transaction; nobody does here.

        :param int first: id of the first of them
        """
