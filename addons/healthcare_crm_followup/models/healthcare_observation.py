from odoo import models


class HealthcareObservation(models.Model):
    _inherit = 'healthcare.observation'

    CHANGES_TOLD = frozenset({'patient_id', 'code', 'value', 'status', 'date'})
