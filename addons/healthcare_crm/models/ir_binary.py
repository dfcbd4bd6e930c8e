from odoo import models


class IrBinary(models.AbstractModel):
    _inherit = 'ir.binary'

    def _record_to_stream(self, record, field_name):
        # Odoo checks who may read a file, and then reads it as the superuser
        audit = self.env['healthcare.audit']
        if record._name == 'ir.attachment':
            attachment = record.sudo()
            model, id_ = attachment.res_model, attachment.res_id
            if model and id_ and model in self.env:
                name = attachment.res_field or 'message_attachment'
                audit._record_file(self.env[model].browse(id_), name)
        else:
            audit._record_file(record, field_name)
        return super()._record_to_stream(record, field_name)
