from odoo import fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL
from .healthcare_medication import EFFECTS


class HealthcareProcedure(models.Model):
    """Something done to a patient: an operation, a treatment, here or elsewhere (FHIR Procedure).

    Value sets: ``status`` event-status, ``outcome_status`` procedure-outcome.
    """

    _name = 'healthcare.procedure'
    _description = "Procedure"
    _inherit = ['healthcare.patient.record']
    _order = 'performed_at desc, id desc'
    _of_same_patient = ('condition_id',)

    code = fields.Char(groups=GROUP_CLINICAL)
    name = fields.Char(required=True, groups=GROUP_CLINICAL)
    status = fields.Selection(
        [
            ('preparation', "In preparation"),
            ('in-progress', "In progress"),
            ('completed', "Completed"),
            ('not-done', "Not done"),
            ('stopped', "Stopped"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='preparation',
        groups=GROUP_CLINICAL,
    )
    performed_at = fields.Datetime(
        string="Date",
        groups=GROUP_CLINICAL,
        help="When it was done, or is planned.",
    )
    practitioner_id = fields.Many2one(
        'healthcare.practitioner',
        string="Practitioner",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_CLINICAL,
    )
    condition_id = fields.Many2one(
        'healthcare.condition',
        string="Done For",
        index='btree_not_null',
        ondelete='restrict',
        domain="[('patient_id', '=', patient_id)]",
        groups=GROUP_CLINICAL,
        help="The condition it is to help with.",
    )
    location = fields.Selection(
        [('here', "Here"), ('elsewhere', "Elsewhere")],
        string="Where",
        required=True,
        default='here',
        groups=GROUP_CLINICAL,
    )
    organization_id = fields.Many2one(
        'res.partner',
        string="Hospital or Clinic",
        index='btree_not_null',
        ondelete='restrict',
        domain=[('is_patient', '=', False)],
        groups=GROUP_CLINICAL,
        help="Where it was done, if not here.",
    )
    outcome_status = fields.Selection(
        [
            ('successful', "Successful"),
            ('partial', "Partly successful"),
            ('unsuccessful', "Not successful"),
        ],
        string="Result",
        groups=GROUP_CLINICAL,
    )
    outcome = fields.Text(groups=GROUP_CLINICAL, **sealed('outcome'))
    outcome_sealed = sealed_column()
    effectiveness = fields.Selection(EFFECTS, string="Effect", groups=GROUP_CLINICAL)
    side_effects = fields.Text(groups=GROUP_CLINICAL, **sealed('side_effects'))
    side_effects_sealed = sealed_column()
    next_step = fields.Text(groups=GROUP_CLINICAL, help="What to try next.", **sealed('next_step'))
    next_step_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, code)')
    _code_idx = models.Index('(code, status)')
    _performed_at_idx = models.Index('(performed_at) WHERE performed_at IS NOT NULL')

    _completed_when = models.Constraint(
        "CHECK (status != 'completed' OR performed_at IS NOT NULL)",
        "A completed procedure needs the date it was done.",
    )
