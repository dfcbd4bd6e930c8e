from odoo import models
from odoo.http import request


class Base(models.AbstractModel):
    _inherit = 'base'

    def export_data(self, fields_to_export):
        """Odoo's own export of lists asks who is there, too, where patients' data leave."""
        if request and not self.env.su:
            self.env['healthcare.step.up']._check_export(self._name)
        # what patients asked to be left alone leaves the clinic in the answer to a request only
        records = self - self.env['res.partner']._get_restricted(self)
        return super(Base, records).export_data(fields_to_export)
