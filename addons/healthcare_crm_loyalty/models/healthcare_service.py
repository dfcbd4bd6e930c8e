from odoo import fields, models


class HealthcareService(models.Model):
    _inherit = 'healthcare.service'

    is_checkup = fields.Boolean(
        string="Check-up",
        help="Members can earn points by coming for it.",
    )
