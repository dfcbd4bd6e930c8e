from odoo import api, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.constrains('group_ids')
    def _check_marketing_not_clinical(self):
        self.env['res.groups']._check_marketing_not_clinical(self)
