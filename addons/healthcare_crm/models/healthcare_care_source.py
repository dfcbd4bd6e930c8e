from odoo import api, models

from .. import care


class HealthcareCareSource(models.AbstractModel):
    """Records from which it follows who treats a patient: nobody writes themselves into one.

    A user who reads the health records of the patients they treat only would else make themselves
    treat whomever they like.
    """

    _name = 'healthcare.care.source'
    _description = "Tells Who Treats a Patient"

    @api.model_create_multi
    def create(self, vals_list):
        patient_ids = {vals.get('patient_id') for vals in vals_list} - {None, False}
        patient_ids.add(self.env.context.get('default_patient_id') or 0)
        with self.env.user.with_env(self.env)._guard_care(patient_ids - {0}):
            return super().create(vals_list)

    def write(self, vals):
        if vals.keys().isdisjoint(care.READ[self._name]):
            return super().write(vals)
        # sudo: whom it is about, not what
        patient_ids = set(self.sudo().patient_id.ids)
        if vals.get('patient_id'):
            patient_ids.add(vals['patient_id'])
        with self.env.user.with_env(self.env)._guard_care(patient_ids):
            return super().write(vals)
