from odoo import models


class HealthcareAlert(models.Model):
    _inherit = 'healthcare.alert'

    CHANGES_TOLD = frozenset({'patient_id', 'kind', 'status', 'date_from', 'date_to'})
