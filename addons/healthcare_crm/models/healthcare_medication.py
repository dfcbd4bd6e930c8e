from datetime import timedelta

from odoo import api, fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareMedication(models.Model):
    """A medicine a patient takes, and how long the supply lasts (FHIR MedicationStatement)."""

    _name = 'healthcare.medication'
    _description = "Medication"
    _inherit = ['healthcare.patient.record']
    _order = 'start_date desc, id desc'

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
