from odoo import api, fields, models
from odoo.fields import Domain

from .. import card_numbers


class LoyaltyCard(models.Model):
    """The number of a member's card."""

    _inherit = 'loyalty.card'

    number = fields.Char(
        string="Card Number",
        compute='_compute_number',
        search='_search_number',
        help="The code of the card in groups of four.",
    )

    @api.depends('code')
    def _compute_number(self):
        for card in self:
            card.number = card_numbers.spell(card.code or '')

    @api.model
    def _search_number(self, operator, value):
        """Search as the number is typed or scanned: with spaces, or without."""
        if operator not in ('in', 'like', 'ilike', '=ilike', '=like'):
            return NotImplemented
        if operator == 'in':
            return Domain('code', 'in', [_squeeze(one) for one in value])
        typed = _squeeze(value)
        # the index of codes knows whole numbers alone
        whole = isinstance(typed, str) and card_numbers.is_number(typed)
        return Domain('code', '=' if whole else operator, typed)

    @api.model
    def _make_numbers(self, count):
        """Return as many numbers that no card has yet."""
        numbers = set()
        while len(numbers) < count:
            made = {card_numbers.make() for _index in range(count - len(numbers))}
            taken = self.sudo().with_context(active_test=False).search([('code', 'in', [*made])])
            numbers |= made - set(taken.mapped('code'))
        return sorted(numbers)


def _squeeze(text):
    return ''.join(text.split()) if isinstance(text, str) else text
