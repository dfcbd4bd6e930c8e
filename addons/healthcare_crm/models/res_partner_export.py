# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import models
from odoo.exceptions import AccessError

from ..sensitive import GROUP_EXPORT


class ResPartner(models.Model):
    """Odoo's own export gives no more of patients than ours, and leaves the same record."""

    _inherit = 'res.partner'

    def export_data(self, fields_to_export):
        # who may not know which contacts are patients reads nothing of them that is a patient's
        patients = self.filtered('is_patient') if self._reads_patients() else self.browse()
        if patients:
            Export = self.env['healthcare.export']
            if not self.env.user.has_group(GROUP_EXPORT) or Export._is_marketing_only():
                raise AccessError(
                    self.env._(
                        "Patients are exported with Export in their list, which gives what you may "
                        "take out and keeps a record."
                    )
                )
            Export._record_list_export(patients, fields_to_export)
        return super().export_data(fields_to_export)

    def _get_vcard_file(self):
        """A card for an address book is an export like any other."""
        taken = self.export_data(['name', 'email', 'phone', 'street'])
        return super()._get_vcard_file() if taken['datas'] else b''
