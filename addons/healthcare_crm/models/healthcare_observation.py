from odoo import fields, models

from ..sensitive import GROUP_CLINICAL


class HealthcareObservation(models.Model):
    """A value that was measured or tested (FHIR Observation)."""

    _name = 'healthcare.observation'
    _description = "Observation"
    _inherit = ['healthcare.patient.record']
    _order = 'date desc, id desc'

    code = fields.Char(groups=GROUP_CLINICAL, help="LOINC, for example 4548-4.")
    name = fields.Char(required=True, groups=GROUP_CLINICAL)
    value = fields.Float(groups=GROUP_CLINICAL, aggregator='avg')
    unit = fields.Char(groups=GROUP_CLINICAL)
    date = fields.Datetime(required=True, default=fields.Datetime.now, groups=GROUP_CLINICAL)
    status = fields.Selection(
        [
            ('registered', "No result yet"),
            ('preliminary', "Preliminary"),
            ('final', "Final"),
            ('amended', "Amended"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='final',
        groups=GROUP_CLINICAL,
    )

    _patient_idx = models.Index('(patient_id, code, date)')
    _code_idx = models.Index('(code, date)')
