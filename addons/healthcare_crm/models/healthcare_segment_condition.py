from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..segmenting import ACCESS, GROUPS, KINDS


class HealthcareSegmentCondition(models.Model):
    """One ready-made condition of a segment: a kind, and what that kind has to know.

    Whoever may not read what it asks about may not read the condition either: together with who
    is in the segment it would tell.
    """

    _name = 'healthcare.segment.condition'
    _description = "Condition of a Segment"
    _order = 'sequence, id'
    _rec_name = 'sentence'

    segment_id = fields.Many2one(
        'healthcare.segment',
        required=True,
        ondelete='cascade',
        index=True,
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        selection=lambda self: [(code, self.env._(kind.label)) for code, kind in KINDS.items()],
        string="Criterion",
        required=True,
    )
    access = fields.Selection(
        [('user', "Everybody"), ('staff', "Staff"), ('clinical', "Clinical staff")],
        string="Read By",
        compute='_compute_access',
        store=True,
        precompute=True,
    )
    negative = fields.Boolean(string="The Opposite", help="Those who do not meet it.")
    number_from = fields.Integer(string="At Least")
    number_to = fields.Integer(string="At Most")
    amount_from = fields.Float(string="Lowest")
    amount_to = fields.Float(string="Highest")
    text = fields.Char(string="What")
    options = fields.Json(string="One Of")
    timeframe = fields.Selection(
        [
            ('ever', "At any time"),
            ('last', "In the last"),
            ('since', "Since a day"),
            ('yearly', "Since a day of every year"),
        ],
        string="When",
        default='ever',
        required=True,
    )
    period = fields.Integer(default=12)
    period_unit = fields.Selection(
        [('day', "Days"), ('week', "Weeks"), ('month', "Months"), ('year', "Years")],
        string="Unit",
        default='month',
        required=True,
    )
    date = fields.Date(string="Since")
    # what was archived is still asked: without it, the condition would be about everybody
    practitioner_ids = fields.Many2many(
        'healthcare.practitioner', string="Practitioners", context={'active_test': False}
    )
    specialty_ids = fields.Many2many(
        'healthcare.specialty', string="Specialties", context={'active_test': False}
    )
    service_ids = fields.Many2many(
        'healthcare.service', string="Services", context={'active_test': False}
    )
    source_ids = fields.Many2many('utm.source', string="Sources")
    tag_ids = fields.Many2many(
        'res.partner.category', string="Tags", context={'active_test': False}
    )
    state_ids = fields.Many2many('res.country.state', string="States")
    country_ids = fields.Many2many('res.country', string="Countries")
    purpose_id = fields.Many2one('healthcare.consent.purpose', string="Purpose")
    segment_ids = fields.Many2many(
        'healthcare.segment',
        relation='healthcare_segment_condition_segment_rel',
        string="Segments",
        context={'active_test': False},
    )
    # what the form shows
    parameters = fields.Json(compute='_compute_parameters')
    choices = fields.Json(compute='_compute_parameters')
    single = fields.Boolean(compute='_compute_parameters', string="Only One")
    unit = fields.Char(compute='_compute_parameters', string="Counted In")
    placeholder = fields.Char(compute='_compute_parameters')
    sentence = fields.Char(string="Patients", compute='_compute_sentence')

    @api.depends('kind')
    def _compute_access(self):
        for condition in self:
            condition.access = KINDS[condition.kind].access if condition.kind else 'clinical'

    @api.depends('kind')
    @api.depends_context('lang')
    def _compute_parameters(self):
        for condition in self:
            kind = KINDS.get(condition.kind)
            condition.parameters = list(kind.parameters) if kind else []
            condition.single = bool(kind and kind.single)
            offered = kind and kind.is_offered(self.env)
            condition.choices = kind.choices(self.env) if offered else []
            condition.unit = kind and kind.unit and self.env._(kind.unit)
            condition.placeholder = kind and kind.placeholder and self.env._(kind.placeholder)

    @api.depends(lambda self: self._get_parameter_fields())
    @api.depends_context('lang')
    def _compute_sentence(self):
        for condition in self:
            condition.sentence = condition._get_sentence()

    @api.model
    def _get_parameter_fields(self):
        """Return the names of the fields that say what is asked."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and name not in ('id', 'segment_id', 'sequence', 'access', *models.MAGIC_COLUMNS)
        ]

    def _get_sentence(self):
        """Return the condition in words; while something is missing, what it is about."""
        self.ensure_one()
        kind = KINDS.get(self.kind)
        if not kind:
            return ''
        if not kind.is_offered(self.env) or self._get_missing():
            return self.env._("%(kind)s: not complete", kind=self.env._(kind.label))
        return kind.sentence(self, self.env)

    def _get_missing(self):
        """Return the name of a field that is still to be filled in; ``None`` if none is."""
        kind = KINDS[self.kind]
        if missing := kind.missing(self):
            return missing
        if 'timeframe' not in kind.parameters:
            return None
        if self.timeframe == 'last' and self.period < 1:
            return 'period'
        if self.timeframe in ('since', 'yearly') and not self.date:
            return 'date'
        return None

    @api.constrains(lambda self: [*self._get_parameter_fields(), 'segment_id'])
    def _check_parameters(self):
        for condition in self:
            kind = KINDS[condition.kind]
            label = self.env._(kind.label)
            if not kind.is_offered(self.env):
                raise ValidationError(
                    self.env._("“%s” cannot be asked in this database.", label),
                )
            if missing := condition._get_missing():
                field = self._fields[missing].get_description(self.env, ['string'])['string']
                raise ValidationError(
                    self.env._(
                        "The condition “%(condition)s” is not complete. Fill in: %(field)s.",
                        condition=label,
                        field=field,
                    )
                )
            condition._check_values(kind, label)
        self.segment_id._check_author()

    def _check_values(self, kind, label):
        """Refuse what cannot mean anything."""
        backwards = (self.number_to and self.number_from > self.number_to) or (
            self.amount_to and self.amount_from > self.amount_to
        )
        negative = min(self.number_from, self.number_to, self.amount_from, self.amount_to) < 0
        too_large = max(self.number_from, self.number_to, self.period) > 1_000_000
        options = self.options or []
        known = {code for code, _label in kind.choices(self.env)}
        if (
            backwards
            or (negative and self.kind != 'observation')
            or too_large
            or not isinstance(options, list)
            or not known.issuperset(options)
        ):
            raise ValidationError(
                self.env._(
                    "The condition “%s” cannot be met by anybody: look at its values again.",
                    label,
                )
            )

    def _get_domain(self, scope):
        """Return the patients who meet the condition.

        :raise AccessError: it asks for what the user of ``scope`` may not read
        """
        self.ensure_one()
        domain = KINDS[self.kind].domain(self, scope)
        return ~domain if self.negative else domain

    def _is_readable(self, env):
        """Say whether the user of ``env`` may know what is asked."""
        return env.su or env.user.has_group(ACCESS[self.access])

    @api.model_create_multi
    def create(self, vals_list):
        """Have the patients looked up anew."""
        conditions = super().create(vals_list)
        conditions.segment_id._asks_otherwise()
        return conditions

    def write(self, vals):
        """Have the patients looked up anew."""
        result = super().write(vals)
        if vals.keys() - {'sequence'}:
            self.segment_id._asks_otherwise()
        return result

    def unlink(self):
        """Have the patients looked up anew."""
        segments = self.segment_id
        result = super().unlink()
        segments.exists()._asks_otherwise()
        return result

    @api.model
    def get_menu(self):
        """Return the kinds this user may ask about, under their headings, as the form offers them.

        :rtype: list[dict]
        """
        self.check_access('read')
        user = self.env.user
        return [
            {
                'name': code,
                'label': self.env._(label),
                'icon': icon,
                'kinds': [
                    {
                        'kind': kind.code,
                        'label': self.env._(kind.label),
                        'context': {
                            f'default_{name}': value
                            for name, value in ({'kind': kind.code} | kind.defaults).items()
                        },
                    }
                    for kind in KINDS.values()
                    if kind.group == code
                    and user.has_group(ACCESS[kind.access])
                    and kind.is_offered(self.env)
                ],
            }
            for code, (label, icon) in GROUPS.items()
        ]
