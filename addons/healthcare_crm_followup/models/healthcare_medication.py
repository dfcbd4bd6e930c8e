from odoo import models


class HealthcareMedication(models.Model):
    _inherit = 'healthcare.medication'

    CHANGES_TOLD = frozenset({'patient_id', 'code', 'status', 'start_date', 'supply_end_date'})
