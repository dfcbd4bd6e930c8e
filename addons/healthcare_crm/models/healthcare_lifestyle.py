from odoo import fields, models

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL


class HealthcareLifestyle(models.Model):
    """How a patient lives, as they said on a day: the newest one counts (FHIR Observation of the
    category social-history).

    Value set of ``status``: observation-status.
    """

    _name = 'healthcare.lifestyle'
    _description = "Lifestyle"
    _inherit = ['healthcare.patient.record']
    _order = 'date desc, id desc'
    _rec_name = 'date'

    date = fields.Date(
        string="Asked On",
        required=True,
        default=fields.Date.context_today,
        groups=GROUP_CLINICAL,
    )
    smoking = fields.Selection(
        [('never', "Never smoked"), ('former', "Has stopped smoking"), ('current', "Smokes")],
        groups=GROUP_CLINICAL,
    )
    cigarettes_per_day = fields.Integer(
        string="Cigarettes a Day", aggregator='avg', groups=GROUP_CLINICAL
    )
    alcohol = fields.Selection(
        [
            ('none', "No alcohol"),
            ('occasional', "Now and then"),
            ('regular', "Regularly"),
            ('heavy', "A lot"),
        ],
        groups=GROUP_CLINICAL,
    )
    exercise = fields.Selection(
        [('none', "No exercise"), ('some', "Some"), ('regular', "Regular")],
        groups=GROUP_CLINICAL,
    )
    diet = fields.Char(groups=GROUP_CLINICAL, help="For example vegetarian.", **sealed('diet'))
    diet_sealed = sealed_column()
    sleep_hours = fields.Float(
        string="Hours of Sleep", digits=(16, 1), aggregator='avg', groups=GROUP_CLINICAL
    )
    status = fields.Selection(
        [('final', "As the patient said"), ('entered-in-error', "Entered in error")],
        required=True,
        default='final',
        groups=GROUP_CLINICAL,
    )
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, date)')

    _cigarettes_possible = models.Constraint(
        'CHECK (cigarettes_per_day BETWEEN 0 AND 200)',
        "Cigarettes a day lie between 0 and 200.",
    )
    _sleep_possible = models.Constraint(
        'CHECK (sleep_hours BETWEEN 0 AND 24)',
        "Hours of sleep lie between 0 and 24.",
    )
