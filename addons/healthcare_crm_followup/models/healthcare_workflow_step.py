from ast import literal_eval

from odoo import api, fields, models

from odoo.addons.healthcare_crm.models.healthcare_communication import CHANNELS

from ..engine.steps import STEP_KINDS
from .healthcare_care_task import ROLES, TASK_TYPES

KINDS = [
    ('message', "Send a message"),
    ('care_task', "Give a task to staff"),
    ('wait', "Wait"),
    ('branch', "Branch on a condition"),
    ('end', "End"),
]
UNITS = [
    ('minutes', "minutes"),
    ('hours', "hours"),
    ('days', "days"),
    ('weeks', "weeks"),
    ('months', "months"),
]
TRIED_CHANNELS = [('preferred', "The patient's preferred channel")] + [
    channel for channel in CHANNELS if channel[0] in ('email', 'sms')
]
#: The outcome a step after this one most likely continues from.
USUAL_OUTCOME = {
    'message': 'suppressed',
    'care_task': 'no_answer',
    'wait': 'done',
    'branch': 'otherwise',
}


class HealthcareWorkflowStep(models.Model):
    """One step of a workflow as the administrator edits it (FHIR PlanDefinition.action).

    Publishing compiles the steps into the JSON of a version; what runs is that, never these rows.
    """

    _name = 'healthcare.workflow.step'
    _description = "Workflow Step"
    _order = 'sequence, id'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, ondelete='cascade', index=True
    )
    sequence = fields.Integer(default=lambda self: self._default_sequence())
    key = fields.Char(
        compute='_compute_key',
        help="Names the step in versions, logs and exports; it never changes.",
    )
    name = fields.Char(required=True)
    kind = fields.Selection(KINDS, required=True, default='message')
    subject_model = fields.Selection(related='workflow_id.subject_model')

    # message and call
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose',
        string="Purpose",
        default=lambda self: self.env.ref(
            'healthcare_crm.consent_purpose_reminder', raise_if_not_found=False
        ),
        help="The patient must have agreed to be contacted for this, on the channel used.",
    )
    channel_1 = fields.Selection(TRIED_CHANNELS, string="First Try", default='email')
    channel_2 = fields.Selection(TRIED_CHANNELS, string="Then")
    channel_3 = fields.Selection(TRIED_CHANNELS, string="Then Try")
    template_ids = fields.Many2many(
        'healthcare.message.template',
        string="Templates",
        default=lambda self: self.env.ref(
            'healthcare_crm_followup.message_template_reminder_email',
            raise_if_not_found=False,
        ),
        help="One for each channel.",
    )
    late_policy = fields.Selection(
        [('send', "Send it anyway"), ('skip', "Do not send it")],
        default='send',
        required=True,
        string="When Its Moment Has Passed",
        help="As for an appointment made on the same day.",
    )
    late_hours = fields.Integer(default=20, string="At Most This Many Hours Late")

    # care task
    task_type = fields.Selection(TASK_TYPES, default='call', string="Task")
    role = fields.Selection(ROLES, default='reception', string="For")
    user_id = fields.Many2one('res.users', string="Person", help="Empty: anyone of that role.")
    instruction = fields.Text(translate=True, help="What to say or do.")
    window_hours = fields.Float(default=8, string="To Be Done Within (Hours)")
    priority = fields.Selection([('0', "Normal"), ('1', "High"), ('2', "Urgent")], default='0')

    # wait
    wait_for = fields.Selection(
        [
            ('duration', "For a while"),
            ('start', "Until the appointment"),
            ('stop', "Until the visit's end"),
        ],
        default='duration',
        required=True,
    )
    wait_amount = fields.Integer(default=1)
    wait_unit = fields.Selection(UNITS, default='days')
    wait_direction = fields.Selection([('before', "before"), ('after', "after")], default='before')

    # end
    meaning = fields.Selection(
        [
            ('neutral', "Just the end"),
            ('goal', "The goal was reached"),
            ('exit', "The patient dropped out"),
        ],
        default='neutral',
        required=True,
    )

    edge_ids = fields.One2many(
        'healthcare.workflow.edge', 'step_id', string="What Happens Next", copy=False
    )
    incoming_ids = fields.One2many(
        'healthcare.workflow.edge', 'target_id', string="Arrows Leading Here", copy=False
    )
    after_id = fields.Many2one(
        'healthcare.workflow.step',
        string="Comes After",
        compute='_compute_after',
        inverse='_inverse_after',
        domain="[('workflow_id', '=', workflow_id), ('id', '!=', id)]",
    )
    after_outcome = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow.edge']
        ._fields['outcome']
        ._description_selection(self.env),
        string="On This Outcome",
        compute='_compute_after',
        inverse='_inverse_after',
    )
    after_outcomes = fields.Json(compute='_compute_after_outcomes')
    summary = fields.Char(compute='_compute_summary', string="What It Does")

    def _default_sequence(self):
        """Return a place after the last step of the workflow."""
        last = self._default_last()
        return last.sequence + 10 if last else 10

    def _default_last(self):
        workflow_id = self.env.context.get('default_workflow_id')
        if not workflow_id:
            return self.browse()
        return self.search(
            [('workflow_id', '=', workflow_id)], order='sequence desc, id desc', limit=1
        )

    @api.model
    def default_get(self, fields_list):
        """Propose to go on from the last step, on the outcome that usually needs one more step."""
        defaults = super().default_get(fields_list)
        last = self._default_last()
        if last and 'after_id' in fields_list:
            defaults['after_id'] = last.id
            defaults['after_outcome'] = USUAL_OUTCOME.get(last.kind)
        return defaults

    def _compute_key(self):
        # the origin: a form that is not saved yet works on copies without a number
        for step in self:
            step.key = f's{step._origin.id}' if step._origin else ''

    @api.depends('incoming_ids.step_id', 'incoming_ids.outcome')
    def _compute_after(self):
        for step in self:
            first = step.incoming_ids[:1]
            step.after_id = first.step_id
            step.after_outcome = first.outcome

    def _inverse_after(self):
        """Move the arrow that is shown to where the administrator says it begins."""
        wanted = [(step, step.after_id, step.after_outcome) for step in self]
        for step, after, outcome in wanted:
            shown = step.incoming_ids[:1]
            if (shown.step_id, shown.outcome) == (after, outcome) or (after and not outcome):
                continue
            if shown.outcome == 'way':
                shown.target_id = False  # its condition stays
            else:
                shown.unlink()
            if not after:
                continue
            edge = after.edge_ids.filtered(
                lambda edge, outcome=outcome: (
                    edge.outcome == outcome and not (outcome == 'way' and edge.target_id)
                )
            )[:1]
            if edge:
                edge.target_id = step
            else:
                self.env['healthcare.workflow.edge'].create(
                    {'step_id': after.id, 'outcome': outcome, 'target_id': step.id}
                )

    @api.onchange('after_id')
    def _onchange_after_id(self):
        if self.after_outcome not in (self.after_outcomes or []):
            self.after_outcome = USUAL_OUTCOME.get(self.after_id.kind)

    @api.depends('after_id')
    def _compute_after_outcomes(self):
        for step in self:
            step.after_outcomes = self._get_outcomes(step.after_id.kind)

    @api.model
    def _get_outcomes(self, kind):
        """Return what can come of a step of this kind, as codes."""
        if kind == 'branch':
            return ['way', 'otherwise']
        return list(STEP_KINDS[kind].outcomes({})) if kind in STEP_KINDS else []

    @api.depends(
        'kind',
        'channel_1',
        'channel_2',
        'channel_3',
        'task_type',
        'role',
        'window_hours',
        'wait_for',
        'wait_amount',
        'wait_unit',
        'wait_direction',
        'meaning',
        'edge_ids',
    )
    @api.depends_context('lang')
    def _compute_summary(self):
        for step in self:
            step.summary = step._get_summary()

    def _label(self, name):
        """Return the label of the selection field ``name`` in the reader's language."""
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], '')

    def _get_summary(self):
        """Return what the step does, in one line."""
        self.ensure_one()
        _ = self.env._
        match self.kind:
            case 'message':
                names = ('channel_1', 'channel_2', 'channel_3')
                return _(
                    "Try in this order: %(channels)s",
                    channels=', '.join(self._label(name) for name in names if self[name]),
                )
            case 'care_task':
                return _(
                    "%(task)s, by %(role)s within %(hours)s hours",
                    task=self._label('task_type'),
                    role=self.user_id.name or self._label('role'),
                    hours=f'{self.window_hours:g}',
                )
            case 'wait' if self.wait_for == 'duration':
                return _(
                    "%(amount)s %(unit)s", amount=self.wait_amount, unit=self._label('wait_unit')
                )
            case 'wait':
                return _(
                    "%(until)s, %(amount)s %(unit)s %(direction)s",
                    until=self._label('wait_for'),
                    amount=self.wait_amount,
                    unit=self._label('wait_unit'),
                    direction=self._label('wait_direction'),
                )
            case 'branch':
                ways = len(self.edge_ids.filtered(lambda edge: edge.outcome == 'way'))
                return _("%s ways, and otherwise", ways)
            case _:
                return self._label('meaning')

    # ------------------------------------------------------------ definition

    def _to_json(self):
        """Return the step's part of the workflow's definition (see ``engine/graph.py``)."""
        self.ensure_one()
        ways = self.edge_ids.filtered(lambda edge: edge.outcome == 'way')
        codes = {edge: f'way{number}' for number, edge in enumerate(ways, start=1)}
        values = {
            'kind': self.kind,
            'name': self.name,
            'next': {
                codes.get(edge, edge.outcome): edge.target_id.key
                for edge in self.edge_ids
                if edge.target_id
            },
        }
        return values | getattr(self, f'_{self.kind}_to_json')(codes)

    def _message_to_json(self, _ways):
        return {
            'purpose': self.purpose_id._origin.id or None,
            'channels': [
                channel for channel in (self.channel_1, self.channel_2, self.channel_3) if channel
            ],
            'templates': {
                template.channel: template._get_texts() for template in self.template_ids._origin
            },
            'late': {'policy': self.late_policy, 'minutes': self.late_hours * 60},
        }

    def _care_task_to_json(self, _ways):
        translations = self.get_field_translations('instruction')[0] if self.instruction else []
        return {
            'type': self.task_type,
            'purpose': self.purpose_id._origin.id or None,
            'role': self.role or None,
            'user': self.user_id._origin.id or None,
            'instruction': {line['lang']: line['value'] for line in translations if line['value']},
            'hours': self.window_hours,
            'priority': self.priority,
        }

    def _wait_to_json(self, _ways):
        on_date = self.wait_for != 'duration'
        sign = -1 if on_date and self.wait_direction == 'before' else 1
        return {
            'amount': sign * self.wait_amount,
            'unit': self.wait_unit,
            'field': self.wait_for if on_date else None,
        }

    def _branch_to_json(self, ways):
        return {
            'ways': [
                {'outcome': code, 'name': edge.domain or '', 'domain': _as_domain(edge.domain)}
                for edge, code in ways.items()
            ]
        }

    def _end_to_json(self, _ways):
        return {'as': self.meaning}


def _as_domain(text):
    """Return the stored text of a domain as a list; an unreadable one as no condition, which is a
    problem."""
    try:
        return literal_eval(text or '[]')
    except (SyntaxError, TypeError, ValueError):
        return []
