from odoo import fields, models


class HealthcareLoyaltyBlock(models.TransientModel):
    """Ask why a card is not to be used."""

    _name = 'healthcare.loyalty.block'
    _description = "Block the Card"

    card_id = fields.Many2one('loyalty.card', required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_block(self):
        """Block the card."""
        self.ensure_one()
        self.card_id._block(self.reason)
        return {'type': 'ir.actions.act_window_close'}
