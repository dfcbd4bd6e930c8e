from odoo import fields, models


class HealthcareLoyaltyEarning(models.Model):
    _inherit = 'healthcare.loyalty.earning'

    event = fields.Selection(
        selection_add=[('event', "Coming to a talk or an event")],
        ondelete={'event': 'cascade'},
    )
