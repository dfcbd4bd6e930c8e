from odoo import models


class HealthcareFamilyHistory(models.Model):
    _inherit = 'healthcare.family.history'

    CHANGES_TOLD = frozenset({'patient_id', 'relationship', 'code_id', 'status'})
