from odoo import api, models

from ..sensitive import SENSITIVE


class HealthcareSensitive(models.AbstractModel):
    _inherit = 'healthcare.sensitive'

    @api.model
    def _get_lists(self):
        return [*super()._get_lists(), SENSITIVE]

    @api.model
    def _get_taken_along(self):
        return super()._get_taken_along() | {
            'loyalty.card': (
                'partner_id',
                {'program_id', 'code', 'points', 'owed', 'joined_on', 'tier_id', 'tier_until'},
            ),
            'loyalty.history': (
                'card_id.partner_id',
                {'kind', 'description', 'issued', 'used', 'expires_on'},
            ),
        }
