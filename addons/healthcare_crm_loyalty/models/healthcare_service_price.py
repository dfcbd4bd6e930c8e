from odoo import api, fields, models


class HealthcareService(models.Model):
    _inherit = 'healthcare.service'

    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    price = fields.Monetary(
        help="What a visit usually comes to. Counts for campaigns where no invoice and no visit "
        "says more.",
    )

    _price_positive = models.Constraint('CHECK (price >= 0)', "A price cannot be negative.")

    @api.depends('company_id')
    @api.depends_context('company')
    def _compute_currency_id(self):
        for service in self:
            service.currency_id = (service.company_id or self.env.company).currency_id
