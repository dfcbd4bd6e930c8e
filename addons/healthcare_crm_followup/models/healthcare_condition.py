from odoo import models


class HealthcareCondition(models.Model):
    _inherit = 'healthcare.condition'

    CHANGES_TOLD = frozenset(
        {
            'patient_id',
            'code',
            'clinical_status',
            'stage',
            'onset_date',
            'expected_end_date',
            'abatement_date',
        }
    )

    def _workflow_happened(self, code, payload=None):
        """Tell a new stage by a name of its own: workflows that follow a treatment end at it, and
        begin again."""
        result = super()._workflow_happened(code, payload)
        if 'stage' in (payload or {}).get('fields', ()):
            super()._workflow_happened('stage_changed')
        return result
