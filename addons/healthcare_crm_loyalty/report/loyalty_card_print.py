from odoo import api, models
from odoo.exceptions import UserError


class ReportLoyaltyCardPrint(models.AbstractModel):
    """Members' cards on paper or plastic: the number to type, and the code to scan."""

    _name = 'report.healthcare_crm_loyalty.loyalty_card_print'
    _description = "Member's Card"

    @api.model
    def _get_report_values(self, docids, data=None):
        Card = self.env['loyalty.card']
        Card._check_desk()
        cards = Card.browse(docids)
        cards.check_access('read')
        if not all(card.is_membership and card.active for card in cards):
            raise UserError(self.env._("Only cards of members are printed."))
        return {
            'doc_ids': docids,
            'doc_model': 'loyalty.card',
            'docs': cards,
            'company': self.env.company,
        }
