from odoo import api, models


class HealthcareEncounter(models.Model):
    _inherit = 'healthcare.encounter'

    @api.model_create_multi
    def create(self, vals_list):
        encounters = super().create(vals_list)
        # sudo: nobody is shown what the visits cost
        encounters.sudo().filtered('amount')._note_visits()
        return encounters

    def write(self, vals):
        if vals.keys().isdisjoint({'amount', 'appointment_id', 'status'}):
            return super().write(vals)
        self._note_visits()
        result = super().write(vals)
        self._note_visits()
        return result

    def unlink(self):
        self._note_visits()
        return super().unlink()

    def _note_visits(self):
        """Have it looked at again what the appointments of these earn, by what they cost."""
        # sudo: the desk enters what a visit cost, and need not read which visit it was
        self.sudo().appointment_id._note_visits()
