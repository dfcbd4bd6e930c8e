from odoo import models


class LoyaltyRule(models.Model):
    _name = 'loyalty.rule'
    _inherit = ['loyalty.rule', 'healthcare.own.clinic']
    _owned_by = ('program_id',)


class LoyaltyMail(models.Model):
    _name = 'loyalty.mail'
    _inherit = ['loyalty.mail', 'healthcare.own.clinic']
    _owned_by = ('program_id',)
