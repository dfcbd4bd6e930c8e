from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        info = super().session_info()
        if request.session.uid and self.env['healthcare.setup']._is_wanted():
            info['healthcare_setup'] = True
        return info
