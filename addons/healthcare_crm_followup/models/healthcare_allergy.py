from odoo import api, models


class HealthcareAllergy(models.Model):
    _inherit = 'healthcare.allergy'

    CHANGES_TOLD = frozenset(
        {
            'patient_id',
            'code',
            'criticality',
            'clinical_status',
            'verification_status',
            'onset_date',
        }
    )

    @api.model_create_multi
    def create(self, vals_list):
        allergies = super().create(vals_list)
        # sudo: who makes a record need not be allowed to read it
        told = allergies.sudo().filtered(
            lambda one: not one.is_none_known and one.verification_status != 'entered-in-error'
        )
        told._workflow_happened('allergy_recorded')
        return allergies
