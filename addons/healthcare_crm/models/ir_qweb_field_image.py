from odoo import models


class IrQwebFieldImage(models.AbstractModel):
    _inherit = 'ir.qweb.field.image'

    def load_remote_url(self, url):
        with self.env['healthcare.outgoing']._guarded():
            return super().load_remote_url(url)
