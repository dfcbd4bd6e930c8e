from odoo import models


class HealthcareLifestyle(models.Model):
    _inherit = 'healthcare.lifestyle'

    CHANGES_TOLD = frozenset({'patient_id', 'date', 'smoking', 'alcohol', 'exercise', 'status'})
