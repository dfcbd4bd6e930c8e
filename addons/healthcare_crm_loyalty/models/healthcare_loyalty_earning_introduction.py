from odoo import fields, models


class HealthcareLoyaltyEarning(models.Model):
    _inherit = 'healthcare.loyalty.earning'

    event = fields.Selection(
        selection_add=[
            ('introducing', "Bringing somebody, once they come"),
            ('introduced', "First visit of somebody who was brought"),
        ],
        ondelete={'introducing': 'cascade', 'introduced': 'cascade'},
    )
