from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    healthcare_quiet_from = fields.Float(related='company_id.healthcare_quiet_from', readonly=False)
    healthcare_quiet_to = fields.Float(related='company_id.healthcare_quiet_to', readonly=False)
    healthcare_quiet_holidays = fields.Boolean(
        related='company_id.healthcare_quiet_holidays', readonly=False
    )
    healthcare_holiday_country_id = fields.Many2one(
        related='company_id.healthcare_holiday_country_id', readonly=False
    )
