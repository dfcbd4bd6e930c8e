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
