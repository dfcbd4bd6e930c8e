from odoo import models


class HealthcareCoverage(models.Model):
    _inherit = 'healthcare.coverage'

    CHANGES_TOLD = frozenset({'patient_id', 'kind', 'payer_id', 'status', 'start_date', 'end_date'})
