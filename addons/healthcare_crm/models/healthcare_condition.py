from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL


class HealthcareCondition(models.Model):
    """An illness, a pregnancy or another state of health of a patient (FHIR Condition).

    Value sets: ``clinical_status`` condition-clinical, ``verification_status``
    condition-ver-status, ``severity`` condition-severity, ``course`` the courses of SNOMED CT that
    matter here.
    """

    _name = 'healthcare.condition'
    _description = "Health Condition"
    _inherit = ['healthcare.patient.record']
    _order = 'onset_date desc, id desc'
    _status_field = 'verification_status'
    _code_list = 'code_id'
    _as_recorded = ('name', 'course')

    code_id = fields.Many2one(
        'healthcare.condition.code',
        string="Condition Code",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    code = fields.Char(
        compute='_compute_code',
        store=True,
        readonly=False,
        precompute=True,
        groups=GROUP_CLINICAL,
        help="ICD-10, for example E11.9.",
    )
    name = fields.Char(
        compute='_compute_name',
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        groups=GROUP_CLINICAL,
    )
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
    verification_status = fields.Selection(
        [
            ('provisional', "Provisional"),
            ('confirmed', "Confirmed"),
            ('refuted', "Ruled out"),
            ('entered-in-error', "Entered in error"),
        ],
        string="Certainty",
        required=True,
        default='confirmed',
        groups=GROUP_CLINICAL,
    )
    course = fields.Selection(
        [('acute', "Acute"), ('chronic', "Chronic")],
        compute='_compute_course',
        store=True,
        readonly=False,
        precompute=True,
        groups=GROUP_CLINICAL,
    )
    severity = fields.Selection(
        [('mild', "Mild"), ('moderate', "Moderate"), ('severe', "Severe")],
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
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, code)')
    _code_idx = models.Index('(code, clinical_status) INCLUDE (patient_id, verification_status)')
    _expected_end_idx = models.Index('(expected_end_date) WHERE expected_end_date IS NOT NULL')

    _abatement_after_onset = models.Constraint(
        'CHECK (abatement_date >= onset_date)',
        "A condition cannot end before it began.",
    )
    _expected_end_after_onset = models.Constraint(
        'CHECK (expected_end_date >= onset_date)',
        "A condition cannot be expected to end before it began.",
    )

    # one method each: what is computed together is not computed when one of it is given
    @api.depends('code_id')
    def _compute_code(self):
        for condition in self:
            condition.code = condition.code_id.code or condition.code

    @api.depends('code_id')
    def _compute_name(self):
        for condition in self:
            condition.name = condition.code_id.name or condition.name

    @api.depends('code_id')
    def _compute_course(self):
        for condition in self:
            condition.course = 'chronic' if condition.code_id.chronic else condition.course
