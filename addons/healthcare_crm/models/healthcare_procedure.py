from odoo import fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareProcedure(models.Model):
    """Something done to a patient: an operation, a treatment (FHIR Procedure)."""

    _name = 'healthcare.procedure'
    _description = "Procedure"
    _inherit = ['healthcare.patient.record']
    _order = 'performed_at desc, id desc'

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
    outcome = fields.Text(groups=GROUP_CLINICAL)

    _patient_idx = models.Index('(patient_id, code)')
    _code_idx = models.Index('(code, status)')
    _performed_at_idx = models.Index('(performed_at) WHERE performed_at IS NOT NULL')

    _completed_when = models.Constraint(
        "CHECK (status != 'completed' OR performed_at IS NOT NULL)",
        "A completed procedure needs the date it was done.",
    )
