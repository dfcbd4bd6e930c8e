from odoo import fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareImmunization(models.Model):
    """A vaccination, and when the next dose is due (FHIR Immunization).

    Value set of ``status``: immunization-status.
    """

    _name = 'healthcare.immunization'
    _description = "Vaccination"
    _inherit = ['healthcare.patient.record']
    _order = 'date desc, id desc'

    vaccine_code = fields.Char(
        required=True,
        groups=GROUP_CLINICAL,
        help="One word by which workflows know the vaccine, for example influenza.",
    )
    name = fields.Char(string="Vaccine", required=True, groups=GROUP_CLINICAL)
    date = fields.Date(required=True, default=fields.Date.context_today, groups=GROUP_CLINICAL)
    status = fields.Selection(
        [
            ('completed', "Given"),
            ('not-done', "Not given"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='completed',
        groups=GROUP_CLINICAL,
    )
    next_due_date = fields.Date(string="Next Dose Due", groups=GROUP_CLINICAL)

    _patient_idx = models.Index('(patient_id, vaccine_code, date)')
    _vaccine_idx = models.Index('(vaccine_code, date) INCLUDE (patient_id, status)')
    _next_due_idx = models.Index('(next_due_date) WHERE next_due_date IS NOT NULL')

    _next_due_after_date = models.Constraint(
        'CHECK (next_due_date > date)',
        "The next dose must be due after this one.",
    )
