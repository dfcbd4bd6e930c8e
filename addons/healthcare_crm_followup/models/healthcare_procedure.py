from odoo import models


class HealthcareProcedure(models.Model):
    _inherit = 'healthcare.procedure'

    CHANGES_TOLD = frozenset({'patient_id', 'code', 'status', 'performed_at', 'practitioner_id'})
    STATUS_HAPPENINGS = {'completed': 'procedure_completed'}
