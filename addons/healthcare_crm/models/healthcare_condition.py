from odoo import fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareCondition(models.Model):
    """An illness, a pregnancy or another state of health of a patient (FHIR Condition)."""

    _name = 'healthcare.condition'
    _description = "Health Condition"
    _inherit = ['healthcare.patient.record']
    _order = 'onset_date desc, id desc'

    code = fields.Char(groups=GROUP_CLINICAL, help="ICD-10, for example E11.9.")
    name = fields.Char(required=True, groups=GROUP_CLINICAL)
    clinical_status = fields.Selection(
        [
            ('active', "Active"),
            ('recurrence', "Recurrence"),
            ('relapse', "Relapse"),
            ('inactive', "Inactive"),
            ('remission', "Remission"),
            ('resolved', "Resolved"),
        ],
        string="Status",
        required=True,
        default='active',
        groups=GROUP_CLINICAL,
    )
    stage = fields.Char(groups=GROUP_CLINICAL, help="How far it has come, for example Stage 3.")
    onset_date = fields.Date(
        string="Since",
        default=fields.Date.context_today,
        groups=GROUP_CLINICAL,
    )
    expected_end_date = fields.Date(
        string="Expected Until",
        groups=GROUP_CLINICAL,
        help="When it will end by itself: the due date of a pregnancy.",
    )
    abatement_date = fields.Date(string="Ended On", groups=GROUP_CLINICAL)

    _patient_idx = models.Index('(patient_id, code)')
    _code_idx = models.Index('(code, clinical_status)')
    _expected_end_idx = models.Index('(expected_end_date) WHERE expected_end_date IS NOT NULL')

    _abatement_after_onset = models.Constraint(
        'CHECK (abatement_date >= onset_date)',
        "A condition cannot end before it began.",
    )
    _expected_end_after_onset = models.Constraint(
        'CHECK (expected_end_date >= onset_date)',
        "A condition cannot be expected to end before it began.",
    )
