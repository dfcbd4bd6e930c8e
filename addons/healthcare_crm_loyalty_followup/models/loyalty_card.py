from odoo import models


class LoyaltyCard(models.Model):
    """Cards as workflows hear of them."""

    _inherit = 'loyalty.card'

    def _tell(self, happening):
        """Tell workflows what happened to cards of patients."""
        super()._tell(happening)
        cards = self.filtered('partner_id.is_patient')
        self.env['healthcare.workflow.event']._happened(happening, cards)

    def _tell_expiring(self):
        """Tell workflows whose points expire soon."""
        super()._tell_expiring()
        self._tell('points_expiring')
