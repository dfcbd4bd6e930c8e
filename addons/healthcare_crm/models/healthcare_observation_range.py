from odoo import fields, models

from ..clinical.ranges import Range


class HealthcareObservationRange(models.Model):
    """Where a value usually lies for patients of a sex and an age (FHIR
    ObservationDefinition.qualifiedInterval)."""

    _name = 'healthcare.observation.range'
    _description = "Reference Range"
    _order = 'type_id, gender, age_from, id'

    type_id = fields.Many2one(
        'healthcare.observation.type',
        string="Observation Type",
        required=True,
        index=True,
        ondelete='cascade',
    )
    gender = fields.Selection(
        [('any', "Any"), ('male', "Male"), ('female', "Female")],
        string="Sex",
        required=True,
        default='any',
    )
    age_from = fields.Float(string="From Age", digits=(16, 1), help="In years.")
    age_to = fields.Float(
        string="Under Age",
        digits=(16, 1),
        help="In years: the first age it is not for any more. 0: for any age.",
    )
    low = fields.Float(digits=(16, 3), help="A value below it is low. 0: there is no such limit.")
    high = fields.Float(digits=(16, 3), help="A value above it is high. 0: there is no such limit.")
    critical_low = fields.Float(
        digits=(16, 3),
        help="A value below it endangers the patient. 0: there is no such limit.",
    )
    critical_high = fields.Float(
        digits=(16, 3),
        help="A value above it endangers the patient. 0: there is no such limit.",
    )

    _ages_in_order = models.Constraint(
        'CHECK (age_to = 0 OR age_to > age_from)', "The age must end after it begins."
    )
    _low_under_high = models.Constraint(
        'CHECK (low = 0 OR high = 0 OR low < high)', "The low limit must be under the high one."
    )
    _critical_outside = models.Constraint(
        'CHECK ((critical_low = 0 OR low = 0 OR critical_low <= low)'
        ' AND (critical_high = 0 OR high = 0 OR critical_high >= high))',
        "A critical limit cannot lie within the usual range.",
    )

    def _as_range(self):
        """Return it as a :class:`~..clinical.ranges.Range`."""
        return Range(*(self[name] for name in Range._fields))
