from datetime import timedelta

from odoo import api, fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL

#: what a treatment did for the patient
EFFECTS = [
    ('none', "No effect"),
    ('some', "Some effect"),
    ('good', "Good effect"),
    ('excellent', "Excellent effect"),
]


class HealthcareMedication(models.Model):
    """A medicine a patient takes, how long the supply lasts, and what it did (FHIR
    MedicationStatement).

    Value set of ``status``: medication-statement-status.
    """

    _name = 'healthcare.medication'
    _description = "Medication"
    _inherit = ['healthcare.patient.record']
    _order = 'start_date desc, id desc'
    _of_same_patient = ('reason_id',)

    name = fields.Char(string="Medicine", required=True, groups=GROUP_CLINICAL)
    code = fields.Char(groups=GROUP_CLINICAL, help="ATC, for example A10BA02.")
    dose = fields.Char(groups=GROUP_CLINICAL, help="For example: 500 mg, twice a day after meals.")
    status = fields.Selection(
        [
            ('active', "Active"),
            ('completed', "Completed"),
            ('on-hold', "On hold"),
            ('stopped', "Stopped"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='active',
        groups=GROUP_CLINICAL,
    )
    start_date = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        groups=GROUP_CLINICAL,
    )
    days_supply = fields.Integer(
        string="Days of Supply",
        groups=GROUP_CLINICAL,
        help="For how many days the patient has received it. 0: not known.",
    )
    supply_end_date = fields.Date(
        string="Runs Out On",
        compute='_compute_supply_end_date',
        store=True,
        groups=GROUP_CLINICAL,
        help="The first day without it.",
    )
    reason_id = fields.Many2one(
        'healthcare.condition',
        string="Taken For",
        index='btree_not_null',
        ondelete='restrict',
        domain="[('patient_id', '=', patient_id)]",
        groups=GROUP_CLINICAL,
        help="The condition it is taken for.",
    )
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Prescribed By",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    effect = fields.Selection(EFFECTS, groups=GROUP_CLINICAL)
    side_effects = fields.Text(groups=GROUP_CLINICAL, **sealed('side_effects'))
    side_effects_sealed = sealed_column()
    end_date = fields.Date(string="Until", groups=GROUP_CLINICAL)
    stop_reason = fields.Char(
        string="Why It Was Stopped", groups=GROUP_CLINICAL, **sealed('stop_reason')
    )
    stop_reason_sealed = sealed_column()
    is_renewed = fields.Boolean(
        compute='_compute_is_renewed',
        store=True,
        groups=GROUP_CLINICAL,
        help="The patient has received more of it, which lasts longer.",
    )

    _patient_idx = models.Index('(patient_id, code)')
    _code_idx = models.Index('(code, status)')
    _supply_end_idx = models.Index("(supply_end_date) WHERE status = 'active'")

    _days_supply_positive = models.Constraint(
        'CHECK (days_supply >= 0)',
        "A supply cannot be for fewer than 0 days.",
    )

    _end_after_start = models.Constraint(
        'CHECK (end_date >= start_date)',
        "A medicine cannot end before it begins.",
    )

    @api.depends('start_date', 'days_supply')
    def _compute_supply_end_date(self):
        for medication in self:
            medication.supply_end_date = (
                medication.days_supply
                and medication.start_date
                and medication.start_date + timedelta(days=medication.days_supply)
            )

    @api.depends(
        'name',
        'code',
        'supply_end_date',
        'patient_id.medication_ids.name',
        'patient_id.medication_ids.code',
        'patient_id.medication_ids.status',
        'patient_id.medication_ids.supply_end_date',
    )
    def _compute_is_renewed(self):
        for medication in self:
            medication.is_renewed = medication.supply_end_date and any(
                later.status == 'active'
                and later.supply_end_date
                and later.supply_end_date > medication.supply_end_date
                and (later.code or later.name) == (medication.code or medication.name)
                for later in medication.patient_id.medication_ids
            )
