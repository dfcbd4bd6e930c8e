from odoo import api, models

from ..sensitive import SENSITIVE


class HealthcareSensitive(models.AbstractModel):
    _inherit = 'healthcare.sensitive'

    @api.model
    def _get_lists(self):
        return [*super()._get_lists(), SENSITIVE]
