from odoo import api, models
from odoo.tools import SQL


class LoyaltyCard(models.Model):
    _inherit = 'loyalty.card'

    @api.model_create_multi
    def create(self, vals_list):
        """Reward new members whom somebody brought, or who brought somebody."""
        cards = super().create(vals_list)
        # sudo: what members earn is the clinic's affair
        members = cards.sudo().filtered('is_membership').partner_id
        if members:
            self.env['healthcare.loyalty.cause']._note_introductions(
                SQL(
                    """
                    introduction.state = 'came' AND (
                        introduction.patient_id = ANY(%(members)s)
                        OR introducer.partner_id = ANY(%(members)s))
                    """,
                    members=members.ids,
                )
            )
        return cards
