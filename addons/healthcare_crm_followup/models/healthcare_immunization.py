from odoo import models


class HealthcareImmunization(models.Model):
    _inherit = 'healthcare.immunization'

    CHANGES_TOLD = frozenset({'patient_id', 'vaccine_code', 'status', 'date', 'next_due_date'})
