from odoo import models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _can_import_remote_urls(self):
        # a spreadsheet somebody has sent would choose what this server calls
        return False
