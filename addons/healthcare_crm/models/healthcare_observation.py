import math

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..clinical.ranges import interpret
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_CLINICAL

#: a value of these was not measured, or not on this patient
WITHOUT_VALUE = ('registered', 'entered-in-error')


class HealthcareObservation(models.Model):
    """A value that was measured or tested (FHIR Observation).

    Value sets: ``status`` observation-status, ``interpretation`` v3-ObservationInterpretation.
    """

    _name = 'healthcare.observation'
    _description = "Observation"
    _inherit = ['healthcare.patient.record']
    _order = 'date desc, id desc'
    _code_list = 'type_id'
    _as_recorded = ('name',)

    type_id = fields.Many2one(
        'healthcare.observation.type',
        string="Observation Type",
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
        help="LOINC, for example 4548-4.",
    )
    name = fields.Char(
        compute='_compute_name',
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        groups=GROUP_CLINICAL,
    )
    value = fields.Float(groups=GROUP_CLINICAL, aggregator='avg')
    unit = fields.Char(
        compute='_compute_unit',
        store=True,
        readonly=False,
        precompute=True,
        groups=GROUP_CLINICAL,
    )
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
    range_low = fields.Float(
        string="Usual From",
        compute='_compute_range_low',
        store=True,
        readonly=False,
        aggregator=None,
        groups=GROUP_CLINICAL,
        help="That of the patient's sex and age, or what the laboratory says. 0: no such limit.",
    )
    range_high = fields.Float(
        string="Usual To",
        compute='_compute_range_high',
        store=True,
        readonly=False,
        aggregator=None,
        groups=GROUP_CLINICAL,
        help="That of the patient's sex and age, or what the laboratory says. 0: no such limit.",
    )
    range_text = fields.Char(string="Usual", compute='_compute_range_text', groups=GROUP_CLINICAL)
    interpretation = fields.Selection(
        [
            ('N', "✓ Normal"),
            ('L', "↓ Low"),
            ('H', "↑ High"),
            ('LL', "⇊ Critically low"),
            ('HH', "⇈ Critically high"),
        ],
        compute='_compute_interpretation',
        store=True,
        groups=GROUP_CLINICAL,
    )
    note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
    note_sealed = sealed_column()

    _patient_idx = models.Index('(patient_id, code, date)')
    _code_idx = models.Index('(code, date) INCLUDE (patient_id, status, value)')
    _abnormal_idx = models.Index("(date) WHERE interpretation IN ('L', 'H', 'LL', 'HH')")

    # one method each: what is computed together is not computed when one of it is given
    @api.depends('type_id')
    def _compute_code(self):
        for observation in self:
            observation.code = observation.type_id.code or observation.code

    @api.depends('type_id')
    def _compute_name(self):
        for observation in self:
            observation.name = observation.type_id.name or observation.name

    @api.depends('type_id')
    def _compute_unit(self):
        for observation in self:
            kind = observation.type_id
            observation.unit = kind.unit if kind else observation.unit

    # what is usual when a value is judged stays with it: later ranges judge later values
    @api.depends('type_id', 'date', 'patient_id.birth_date', 'patient_id.gender')
    def _compute_range_low(self):
        for observation in self:
            usual = observation._get_range()
            observation.range_low = usual.low if usual else 0

    @api.depends('type_id', 'date', 'patient_id.birth_date', 'patient_id.gender')
    def _compute_range_high(self):
        for observation in self:
            usual = observation._get_range()
            observation.range_high = usual.high if usual else 0

    @api.depends('type_id', 'value', 'status', 'range_low', 'range_high')
    def _compute_interpretation(self):
        for observation in self:
            if not observation._has_value():
                observation.interpretation = False
                continue
            usual = observation._get_range()
            observation.interpretation = interpret(
                observation.value,
                observation.range_low,
                observation.range_high,
                usual.critical_low if usual else 0,
                usual.critical_high if usual else 0,
            )

    @api.depends('type_id', 'range_low', 'range_high')
    def _compute_range_text(self):
        for observation in self:
            low, high = (
                (one or None) and observation._format(one)
                for one in (observation.range_low, observation.range_high)
            )
            if low and high:
                observation.range_text = f'{low} – {high}'
            else:
                observation.range_text = (low and f'≥ {low}') or (high and f'≤ {high}') or ''

    def _get_range(self):
        """Return the :class:`~..clinical.ranges.Range` of the patient at the time, or ``None``."""
        self.ensure_one()
        if not self.type_id:
            return None
        patient = self.patient_id
        age = None
        if patient.birth_date and self.date:
            age = max((self.date.date() - patient.birth_date).days, 0) / 365.25
        return self.type_id._get_range(patient.gender, age)

    def _has_value(self):
        """Return whether it says how much; 0 where nobody can have 0 says that nothing was
        entered."""
        if self.status in WITHOUT_VALUE:
            return False
        return bool(self.value) or not self.type_id or self.type_id.possible_low <= 0

    def _format(self, value):
        """Return a value as it is shown, without its unit."""
        return self.type_id._format(value) if self.type_id else f'{value:g}'

    @api.constrains('type_id', 'value', 'unit', 'status')
    def _check_value(self):
        for observation in self.filtered(lambda one: one._has_value()):
            kind, value = observation.type_id, observation.value
            if not math.isfinite(value):
                raise ValidationError(self.env._("%s needs a number.", observation.name))
            if not kind:
                continue
            if (observation.unit or '') != (kind.unit or ''):
                raise ValidationError(
                    self.env._(
                        "%(name)s is recorded in %(expected)s, not in %(unit)s. Convert the "
                        "value, or choose the type of observation that has this unit.",
                        name=kind.name,
                        expected=kind.unit or self.env._("no unit"),
                        unit=observation.unit or self.env._("no unit"),
                    )
                )
            above = kind.possible_high and value > kind.possible_high
            if above or value < kind.possible_low:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot be %(value)s %(unit)s: it lies between %(low)s and "
                        "%(high)s. Check the number.",
                        name=kind.name,
                        value=f'{value:g}',
                        unit=kind.unit or '',
                        low=f'{kind.possible_low:g}',
                        high=f'{kind.possible_high:g}' if kind.possible_high else '∞',
                    )
                )
