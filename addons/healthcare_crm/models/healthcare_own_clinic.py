from odoo import models


class HealthcareOwnClinic(models.AbstractModel):
    """Records that nobody hands to where they may not write, nor takes from there.

    Odoo asks the record rules before a write only. Who writes a clinic's name, or another parent,
    into a record of their own would else reach into that clinic: a webhook moved to its workflow
    starts it, and tells who its patients are.
    """

    _name = 'healthcare.own.clinic'
    _description = "Stays in Its Clinic"

    #: what says whose a record is
    _owned_by = ('company_id',)

    def write(self, vals):
        """Ask again where the record would go.

        :raise AccessError: to where this user may not write
        """
        result = super().write(vals)
        if not vals.keys().isdisjoint(self._owned_by):
            self.check_access('write')
        return result
