from odoo import fields, models


class HealthcareLoyaltyEarning(models.Model):
    _inherit = 'healthcare.loyalty.earning'

    event = fields.Selection(
        selection_add=[('survey', "Answering a questionnaire")],
        # points were given by it, so it stays, and gives no more
        ondelete={'survey': lambda earnings: earnings.write({'event': 'visit', 'active': False})},
    )
