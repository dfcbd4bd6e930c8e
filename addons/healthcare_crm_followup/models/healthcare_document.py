from odoo import api, models


class HealthcareDocument(models.Model):
    _inherit = 'healthcare.document'

    CHANGES_TOLD = frozenset({'patient_id', 'kind', 'status', 'date'})

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._workflow_happened('document_added')
        return documents
