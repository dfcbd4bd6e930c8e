from odoo import api, fields, models
from odoo.tools import format_duration

from ..definition.convert import columns_of, write_out
from ..definition.tables import TRIGGERS

KINDS = [
    ('date', "A date comes near, or has passed"),
    ('anniversary', "A birthday or a day of the year"),
    ('event', "Something happens"),
    ('segment', "A patient enters or leaves a segment"),
    ('cycle', "The last visit is too long ago"),
    ('hook', "A call from outside, or by hand"),
]
#: Festivals of the moon's calendar, which fall on another day each year.
HOLIDAYS = [
    ('lunar_new_year', "Lunar New Year"),
    ('tet', "Tết"),
    ('tomb_sweeping', "Tomb Sweeping Day"),
    ('dragon_boat', "Dragon Boat Festival"),
    ('mid_autumn', "Mid-Autumn Festival"),
    ('double_ninth', "Double Ninth Festival"),
    ('hung_kings', "Hùng Kings' Commemoration Day"),
]
MONTHS = [
    ('1', "January"),
    ('2', "February"),
    ('3', "March"),
    ('4', "April"),
    ('5', "May"),
    ('6', "June"),
    ('7', "July"),
    ('8', "August"),
    ('9', "September"),
    ('10', "October"),
    ('11', "November"),
    ('12', "December"),
]


class HealthcareWorkflowTrigger(models.Model):
    """One of the things that start a workflow, as the administrator edits it."""

    _name = 'healthcare.workflow.trigger'
    _description = "Workflow Trigger"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('workflow_id',)
    _order = 'sequence, id'
    _rec_name = 'summary'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, ondelete='cascade', index=True
    )
    sequence = fields.Integer(default=10)
    key = fields.Char(help="Names the trigger in versions, logs and exports; it never changes.")
    kind = fields.Selection(KINDS, required=True, default='date', string="Starts When")
    subject_model = fields.Selection(related='workflow_id.subject_model')
    summary = fields.Char(compute='_compute_summary', string="Starts")

    # how far from a date; before or after it
    amount = fields.Integer(default=24, string="How Long")
    unit = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_unit(),
        default='hours',
        required=True,
    )
    direction = fields.Selection(
        [('before', "before"), ('after', "after")], default='before', required=True
    )
    field_name = fields.Char(string="Date", default='start')
    field_choices = fields.Json(compute='_compute_field_choices')

    # anniversary
    anniversary_of = fields.Selection(
        [
            ('field', "A date of the patient's"),
            ('day', "A day of the year"),
            ('holiday', "A festival"),
        ],
        default='field',
        required=True,
        string="Each Year On",
    )
    month = fields.Selection(MONTHS, default='1', required=True)
    day = fields.Integer(default=1)
    holiday = fields.Selection(HOLIDAYS, string="Festival")
    country_code = fields.Char(string="As In The Country", help="Two letters, e.g. TW.")
    at_time = fields.Float(default=9, string="At")
    feb29 = fields.Selection(
        [('before', "28 February"), ('after', "1 March")],
        default='before',
        required=True,
        string="Born on 29 February",
        help="The day in a year without a 29 February.",
    )

    # event
    event = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_event(),
        string="What Happens",
    )
    event_fields = fields.Char(
        string="Only If These Changed", help="Technical names of fields, divided by commas."
    )
    has_delay = fields.Boolean(string="Wait First")

    # segment
    segment_id = fields.Many2one('healthcare.segment', string="Segment", ondelete='restrict')
    segment_change = fields.Selection(
        [('enters', "A patient enters it"), ('leaves', "A patient leaves it")],
        default='enters',
        required=True,
        string="When",
    )

    # cycle
    cycle_model = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_subject_model(),
        string="Last",
        default='calendar.event',
    )
    domain = fields.Char(string="Only Those That", help="Which records count.")
    cycle_direction = fields.Selection(
        [('before', "before"), ('after', "after")], default='after', required=True
    )

    # hook
    hook_code = fields.Char(
        string="Name", help="What the caller gives, where a workflow has several of these."
    )

    _key_uniq = models.UniqueIndex(
        '(workflow_id, key) WHERE key IS NOT NULL', "There is such a trigger already."
    )

    @api.model_create_multi
    def create(self, vals_list):
        triggers = super().create(vals_list)
        for trigger in triggers:
            trigger.key = trigger.key or f't{trigger.id}'
        return triggers

    @api.onchange('kind')
    def _onchange_kind(self):
        """Propose what is usual for the kind."""
        if self.kind == 'date':
            dates = [name for name, _label in self.field_choices or ()]
            if self.field_name not in dates:
                self.field_name = dates[0] if dates else False
            self.update({'amount': 24, 'unit': 'hours'})
        elif self.kind == 'anniversary':
            self.update({'field_name': 'birth_date', 'amount': 0})
        elif self.kind == 'cycle':
            self.update({'field_name': 'stop', 'amount': 6, 'unit': 'months'})
        elif self.kind == 'event':
            self.update({'amount': 1, 'unit': 'hours'})

    @api.depends('kind', 'subject_model', 'cycle_model')
    @api.depends_context('lang')
    def _compute_field_choices(self):
        workflows = self.env['healthcare.workflow']
        for trigger in self:
            model = trigger._get_dated_model()
            trigger.field_choices = workflows._get_date_choices(model)

    def _get_dated_model(self):
        """Return the model that has the trigger's date."""
        self.ensure_one()
        if self.kind == 'anniversary':
            return 'res.partner'
        return self.cycle_model if self.kind == 'cycle' else self.subject_model

    def _to_json(self, refs):
        """Return the trigger's part of the workflow's definition."""
        self.ensure_one()
        return {'kind': self.kind, **write_out(TRIGGERS.get(self.kind, ()), self, refs)}

    def _label(self, name):
        """Return the label of the selection field ``name`` in the reader's language."""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], '')

    @api.depends(
        lambda self: [
            'kind',
            'subject_model',
            *sorted({name for slots in TRIGGERS.values() for name in columns_of(slots)}),
        ]
    )
    @api.depends_context('lang')
    def _compute_summary(self):
        for trigger in self:
            trigger.summary = trigger._get_summary()

    def _get_summary(self):
        """Return what starts the workflow, in one line."""
        self.ensure_one()
        _ = self.env._
        distance = self.workflow_id._get_distance(self.amount, self.unit)
        date = dict(self.field_choices or ()).get(self.field_name, self.field_name or '…')
        match self.kind:
            case 'date' | 'anniversary' if not self.amount:
                return _("On the day: %s", self._get_day(date))
            case 'date':
                return _(
                    "%(distance)s %(direction)s %(date)s",
                    distance=distance,
                    direction=self._label('direction'),
                    date=date,
                )
            case 'anniversary':
                return _(
                    "%(days)s days %(direction)s %(date)s, at %(time)s",
                    days=self.amount,
                    direction=self._label('direction'),
                    date=self._get_day(date),
                    time=format_duration(self.at_time),
                )
            case 'event' if self.has_delay:
                return _(
                    "%(distance)s after: %(event)s", distance=distance, event=self._label('event')
                )
            case 'event':
                return self._label('event')
            case 'segment':
                return _(
                    "%(change)s: %(segment)s",
                    change=self._label('segment_change'),
                    segment=self.segment_id.name or '…',
                )
            case 'cycle':
                if self.cycle_direction == 'before':
                    return _("%(distance)s before the last %(date)s", distance=distance, date=date)
                return _("%(distance)s after the last %(date)s", distance=distance, date=date)
            case _:
                return self._label('kind')

    def _get_day(self, date):
        """Return the day of an anniversary in words; ``date`` is the name of a field."""
        if self.kind == 'anniversary' and self.anniversary_of == 'day':
            return self.env._("%(day)s %(month)s", day=self.day, month=self._label('month'))
        if self.kind == 'anniversary' and self.anniversary_of == 'holiday':
            return self._label('holiday')
        return date
