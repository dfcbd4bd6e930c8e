from odoo import api, fields, models
from odoo.tools import LazyTranslate, format_duration

from .. import gallery
from ..definition.convert import columns_of, read_in, write_out
from ..definition.references import Ids, Names
from ..definition.tables import STEPS, WAYS
from ..engine.graph import Problem
from ..engine.steps import STEP_KINDS
from .healthcare_care_task import ROLES, TASK_TYPES
from .healthcare_workflow_edge import OUTCOMES, SCORE_BOUNDS, WAY

_lt = LazyTranslate(__name__)

KINDS = [
    ('message', "Send a message"),
    ('care_task', "Give a task to staff"),
    ('survey', "Ask by a survey"),
    ('action', "Run an action"),
    ('wait', "Wait"),
    ('branch', "Branch on a condition"),
    ('split', "Split by lot"),
    ('join', "Bring paths together"),
    ('goto', "Go back, a few times"),
    ('workflow', "Start another workflow"),
    ('end', "End"),
]
PRIORITIES = [('0', "Normal"), ('1', "High"), ('2', "Urgent")]
#: What one more outcome of the administrator's own is called, by kind of step.
OWN_WAYS = {
    'branch': _lt("A new way"),
    'split': _lt("A new way"),
    'survey': _lt("Certain answers"),
    'message': _lt("A certain reply"),
    'care_task': _lt("An outcome of your own"),
}
#: The outcome a step after this one most likely continues from.
USUAL_OUTCOME = {
    'message': 'suppressed',
    'survey': 'no_answer',
    'care_task': 'no_answer',
    'branch': 'otherwise',
    'split': WAY,
    'goto': 'again',
}


class HealthcareWorkflowStep(models.Model):
    """One step of a workflow as the administrator edits it (FHIR PlanDefinition.action).

    Publishing compiles the steps into the JSON of a version; what runs is that, never these rows.
    """

    _name = 'healthcare.workflow.step'
    _description = "Workflow Step"
    _inherit = ['healthcare.own.clinic']
    _owned_by = ('workflow_id',)
    _order = 'sequence, id'

    workflow_id = fields.Many2one(
        'healthcare.workflow', required=True, ondelete='cascade', index=True
    )
    sequence = fields.Integer(default=lambda self: self._default_sequence())
    # where it stands on the canvas; not part of the definition
    x = fields.Integer()
    y = fields.Integer()
    placed = fields.Boolean(help="Somebody or the canvas gave it a place.")
    key = fields.Char(help="Names the step in versions, logs and exports; it never changes.")
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
    channel_1 = fields.Selection('_selection_channel', string="First Try", default='email')
    channel_2 = fields.Selection('_selection_channel', string="Then")
    channel_3 = fields.Selection('_selection_channel', string="Then Try")
    channel_4 = fields.Selection('_selection_channel', string="Fourth")
    channel_5 = fields.Selection('_selection_channel', string="Fifth")
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
        [
            ('send', "Send it anyway"),
            ('skip', "Do not send it"),
            ('staff', "Hand it to staff"),
        ],
        default='send',
        required=True,
        string="When Its Moment Has Passed",
        help="As for an appointment made on the same day.",
    )
    late_hours = fields.Float(default=20, string="At Most This Many Hours Late")
    answer_hours = fields.Integer(
        default=24,
        string="Wait For An Answer (Hours)",
        help="Only where an arrow leaves on what becomes of the message: delivered, opened, "
        "answered, failed.",
    )

    # care task
    task_type = fields.Selection(TASK_TYPES, default='call', string="Task")
    role = fields.Selection(ROLES, default='reception', string="For")
    user_id = fields.Many2one('res.users', string="Person", help="Empty: anyone of that role.")
    instruction = fields.Text(translate=True, help="What to say or do.")
    window_hours = fields.Float(default=8, string="To Be Done Within (Hours)")
    priority = fields.Selection(PRIORITIES, default='0')
    for_practitioner = fields.Boolean(
        string="For The Patient's Practitioner",
        help="Who sees the patient at the appointment, else the patient's own practitioner.",
    )
    escalates = fields.Boolean(
        string="Escalate", help="When nobody has done it in time, it becomes somebody else's."
    )
    escalate_hours = fields.Float(default=4, string="After Being Late For (Hours)")
    escalate_role = fields.Selection(ROLES, string="Then For")
    escalate_user_id = fields.Many2one('res.users', string="Then For The Person")
    escalate_priority = fields.Selection(PRIORITIES, default='1', string="With Priority")

    # survey
    survey_id = fields.Many2one('survey.survey', string="Survey", ondelete='restrict')
    ready_survey = fields.Char(
        compute='_compute_ready_survey', inverse='_inverse_ready_survey', string="From the Gallery"
    )
    ready_survey_choices = fields.Json(compute='_compute_ready_survey')
    survey_days = fields.Integer(default=7, string="Wait For Answers (Days)")
    flag_bounds = fields.Selection(
        SCORE_BOUNDS,
        string="Red Flag On",
        help="Besides the answers that are marked in the survey: a nurse gets an urgent task.",
    )
    flag_min = fields.Float(string="From Points")
    flag_max = fields.Float(string="To Points")

    # action
    action_id = fields.Many2one(
        'ir.actions.server',
        string="Action",
        ondelete='restrict',
        domain="[('model_name', '=', action_on == 'patient' and 'res.partner' or subject_model)]",
    )
    action_on = fields.Selection(
        [('subject', "What the workflow is about"), ('patient', "The patient")],
        default='subject',
        required=True,
        string="On",
    )

    # wait
    wait_for = fields.Selection(
        [
            ('duration', "For a while"),
            ('date', "Until a date"),
            ('window', "Until a time of the week"),
            ('event', "Until something happens"),
        ],
        default='duration',
        required=True,
    )
    wait_amount = fields.Integer(default=1)
    wait_unit = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_unit(),
        default='days',
        required=True,
    )
    wait_field = fields.Char(string="Date", default='start')
    wait_field_choices = fields.Json(compute='_compute_wait_field_choices')
    wait_event = fields.Selection(
        selection=lambda self: self.env['healthcare.workflow']._selection_event(), string="Until"
    )
    mon = fields.Boolean(default=True)
    tue = fields.Boolean(default=True)
    wed = fields.Boolean(default=True)
    thu = fields.Boolean(default=True)
    fri = fields.Boolean(default=True)
    sat = fields.Boolean()
    sun = fields.Boolean()
    wait_from = fields.Float(default=9, string="From")
    wait_to = fields.Float(default=18, string="To")
    wait_direction = fields.Selection([('before', "before"), ('after', "after")], default='before')

    # split, join, go-to, another workflow
    holdout = fields.Float(
        string="Leave Out (%)",
        help="So many patients of a hundred get none of the ways, to compare with.",
    )
    join_mode = fields.Selection(
        [('all', "All paths have arrived"), ('first', "The first path has arrived")],
        default='all',
        required=True,
        string="Go On When",
    )
    goto_limit = fields.Integer(default=3, string="How Many Times")
    sub_workflow_id = fields.Many2one(
        'healthcare.workflow',
        string="Workflow to Start",
        ondelete='restrict',
        domain="[('id', '!=', workflow_id)]",
    )
    sub_waits = fields.Boolean(default=True, string="Wait For Its End")

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
    after_outcome = fields.Char(
        string="On This Outcome", compute='_compute_after', inverse='_inverse_after'
    )
    usual_outcome = fields.Char(compute='_compute_usual_outcome')
    after_outcomes = fields.Json(compute='_compute_after_outcomes')
    after_label = fields.Char(compute='_compute_after_outcomes', string="When It Ends With")
    summary = fields.Char(compute='_compute_summary', string="What It Does")

    _key_uniq = models.UniqueIndex(
        '(workflow_id, key) WHERE key IS NOT NULL', "There is such a step already."
    )

    @api.model
    def _selection_channel(self):
        """Return the channels a message can be written for."""
        templates = self.env['healthcare.message.template']
        return [
            ('preferred', self.env._("The patient's preferred channel")),
            *templates._fields['channel']._description_selection(self.env),
        ]

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        for step in steps:
            if not step.key:
                step.key = f's{step.id}'
        return steps

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
            defaults['after_outcome'] = last._get_usual_outcome()
        return defaults

    @api.depends('kind', 'wait_for')
    def _compute_usual_outcome(self):
        """Propose an outcome for a new arrow: a way of its own, where the step is made of ways."""
        for step in self:
            if step.kind in ('branch', 'split', 'survey'):
                step.usual_outcome = WAY
            else:
                choices = step._get_outcome_choices()
                step.usual_outcome = choices[0][0] if choices else False

    @api.onchange('kind')
    def _onchange_kind(self):
        """Propose what is usual for the kind, in a step that is new."""
        if self._origin:
            return
        self._propose_words()
        self._propose_outcome()

    def _propose_words(self):
        """Propose the purpose and the template of a reminder only where there is an appointment."""
        reminder = self.default_get(['template_ids', 'purpose_id'])
        templates = self.new(reminder).template_ids._origin
        reminds = self.kind != 'survey' and self.subject_model == 'calendar.event'
        if not reminds:
            self.template_ids = self.template_ids._origin - templates
        elif not self.template_ids:
            self.template_ids = templates
        if self.kind == 'survey':
            self.purpose_id = self.env.ref(
                'healthcare_crm.consent_purpose_survey', raise_if_not_found=False
            )
        elif self.kind in ('message', 'care_task'):
            self.purpose_id = reminder.get('purpose_id') if reminds else False

    def _propose_outcome(self):
        """Go on from the outcome that such a step usually follows: only messages and tasks are for
        those whom the message before did not reach."""
        usual = self.after_id._get_usual_outcome()
        if usual == 'suppressed' and self.kind not in ('message', 'care_task'):
            usual = 'sent'
        self.after_outcome = usual

    @api.depends('subject_model')
    @api.depends_context('lang')
    def _compute_wait_field_choices(self):
        workflows = self.env['healthcare.workflow']
        for step in self:
            step.wait_field_choices = workflows._get_date_choices(step.subject_model)

    @api.depends_context('lang')
    def _compute_ready_survey(self):
        lang = self.env.lang or 'en_US'
        titles = {
            code: gallery.said(step['survey']['title'], lang)
            for code, step in gallery.surveys().items()
        }
        self.ready_survey = False
        self.ready_survey_choices = sorted(titles.items(), key=lambda choice: choice[1])

    def _inverse_ready_survey(self):
        """Take over the survey, and the words and channels that the gallery asks it with."""
        for step in self.filtered('ready_survey'):
            refs = Names(self.env, step.workflow_id.company_id)
            ready = gallery.surveys()[step.ready_survey]
            step.write(read_in(STEPS['survey'], ready, step, refs, ''))
        self.invalidate_recordset(['ready_survey'])

    # ------------------------------------------------------------ arrows

    def _way_codes(self):
        """Return {edge: outcome} of the step's own ways, in order.

        One that has no code yet gets the next free one; see :meth:`_keep_way_codes`.
        """
        self.ensure_one()
        ways = self._sorted_edges().filtered(lambda edge: edge.outcome == WAY)
        taken = set(ways.mapped('code'))
        prefix = WAYS[self.kind][1] if self.kind in WAYS else WAY
        free = (f'{prefix}{number}' for number in range(1, 2 * len(ways) + 1))
        unused = (code for code in free if code not in taken)
        return {edge: edge.code or next(unused) for edge in ways}

    def _keep_way_codes(self):
        """Store the outcome of each way: it must not change when ways are sorted or removed."""
        for step in self:
            for edge, code in step._way_codes().items():
                if not edge.code:
                    edge.code = code

    def _sorted_edges(self):
        """Return the arrows in order, also those that are not saved yet."""
        return self.edge_ids.sorted('sequence')

    def _get_outcome_choices(self, values=None):
        """Return [code, label] of what can come of the step, its own ways by name.

        :param values: the step's part of the definition, where it is known already
        """
        labels = {code: self.env._(label) for code, label in OUTCOMES.items()}
        if not self:
            return []
        names = {
            code: edge.name or self.env._("Way %s", number)
            for number, (edge, code) in enumerate(self._way_codes().items(), start=1)
        }
        kind = STEP_KINDS.get(self.kind)
        codes = kind.outcomes(values or self._to_json(Ids(self.env))) if kind else ()
        return [[code, names.get(code) or labels.get(code, code)] for code in codes]

    def _get_own_way_label(self):
        """Return what one more way of the step is called."""
        return self.env._(OWN_WAYS[self.kind])

    def _get_usual_outcome(self):
        """Return the outcome from which one more step most likely goes on."""
        codes = [code for code, _label in self._get_outcome_choices()]
        usual = USUAL_OUTCOME.get(self.kind)
        return usual if usual in (*codes, WAY) else next(iter(codes), False)

    @api.depends('incoming_ids.step_id', 'incoming_ids.outcome', 'incoming_ids.code')
    def _compute_after(self):
        for step in self:
            first = step.incoming_ids[:1]
            step.after_id = first.step_id
            step.after_outcome = first.code if first.outcome == WAY else first.outcome

    def _inverse_after(self):
        """Move the arrow that is shown to where the administrator says it begins."""
        wanted = [(step, step.after_id, step.after_outcome) for step in self]
        for step, after, outcome in wanted:
            shown = step.incoming_ids[:1]
            code = shown.code if shown.outcome == WAY else shown.outcome
            if (shown.step_id, code) == (after, outcome) or (after and not outcome):
                continue
            if shown.outcome == WAY:
                shown.target_id = False  # its condition stays
            else:
                shown.unlink()
            if after:
                after._lead_to(step, outcome)

    def _lead_to(self, target, outcome):
        """Draw an arrow to ``target``, on a way without one if there is one for ``outcome``."""
        self.ensure_one()
        free = self.edge_ids.filtered(
            lambda edge: (
                edge.outcome == WAY and not edge.target_id and outcome in (WAY, edge.code)
            )
        )[:1]
        if free:
            free.target_id = target
        else:
            self.env['healthcare.workflow.edge'].create(
                {
                    'step_id': self.id,
                    'outcome': outcome,
                    'target_id': target.id,
                    'sequence': max(self.edge_ids.mapped('sequence'), default=0) + 10,
                }
            )

    @api.onchange('after_id')
    def _onchange_after_id(self):
        if self.after_outcome not in [code for code, _label in self.after_outcomes or ()]:
            self._propose_outcome()

    @api.depends('after_id', 'after_outcome', 'incoming_ids')
    @api.depends_context('lang')
    def _compute_after_outcomes(self):
        for step in self:
            choices = step.after_id._get_outcome_choices()
            if step.after_id.kind in WAYS:
                choices.append([WAY, step.after_id._get_own_way_label()])
            step.after_outcomes = choices
            step.after_label = dict(choices).get(step.after_outcome, step.after_outcome)
            more = len(step.incoming_ids) - 1
            if more > 0:
                step.after_label = self.env._(
                    "%(outcome)s (+%(number)s more)", outcome=step.after_label, number=more
                )

    @api.depends(
        lambda self: [
            'kind',
            'edge_ids',
            'wait_for',
            'survey_id.title',
            *sorted({name for slots in STEPS.values() for name in columns_of(slots)}),
        ]
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
        codes = self._way_codes()
        ways = ', '.join(
            edge.name or _("Way %s", number) for number, edge in enumerate(codes, start=1)
        )
        match self.kind:
            case 'message':
                return _("Try in this order: %(channels)s", channels=self._get_channel_words())
            case 'survey':
                return _(
                    "%(survey)s, within %(days)s days",
                    # sudo: whoever may read a workflow may read which survey it asks
                    survey=self.survey_id.sudo().title or '…',
                    days=self.survey_days,
                )
            case 'care_task':
                return _(
                    "%(task)s, by %(role)s within %(hours)s hours",
                    task=self._label('task_type'),
                    role=self._get_assignee_words(),
                    hours=f'{self.window_hours:g}',
                )
            case 'action':
                # sudo: as for surveys
                return self.action_id.sudo().name or '…'
            case 'wait':
                return self._get_wait_summary()
            case 'branch':
                return _("%s, or otherwise", ways or '…')
            case 'split' if self.holdout:
                return _(
                    "%(ways)s; %(percent)s %% left out",
                    ways=ways,
                    percent=f'{self.holdout:g}',
                )
            case 'split':
                return ways or '…'
            case 'join':
                return self._label('join_mode')
            case 'goto':
                return _("%s times at most", self.goto_limit)
            case 'workflow':
                return self.sub_workflow_id.name or '…'
            case _:
                return self._label('meaning')

    def _get_channel_words(self):
        names = [f'channel_{place}' for place in range(1, 6)]
        return ', '.join(self._label(name) for name in names if self[name])

    def _get_assignee_words(self):
        if self.for_practitioner:
            return self.env._("the patient's practitioner")
        return self.user_id.name or self._label('role')

    def _get_wait_summary(self):
        """Return how long a wait is, in one line."""
        _ = self.env._
        distance = self.workflow_id._get_distance(self.wait_amount, self.wait_unit)
        match self.wait_for:
            case 'duration':
                return distance
            case 'date':
                return _(
                    "%(distance)s %(direction)s %(date)s",
                    distance=distance,
                    direction=self._label('wait_direction'),
                    date=dict(self.wait_field_choices or ()).get(
                        self.wait_field, self.wait_field or '…'
                    ),
                )
            case 'window':
                return _(
                    "Until the next time between %(start)s and %(end)s",
                    start=format_duration(self.wait_from),
                    end=format_duration(self.wait_to),
                )
            case _:
                return _(
                    "Until: %(event)s, %(distance)s at most",
                    event=self._label('wait_event') or '…',
                    distance=distance,
                )

    # ------------------------------------------------------------ definition

    def _to_json(self, refs):
        """Return the step's part of the workflow's definition (see ``engine/graph.py``).

        :param refs: how it speaks of other records, see :mod:`..definition.references`
        """
        self.ensure_one()
        codes = self._way_codes()
        values = {'kind': self.kind, 'name': self.name} | write_out(
            STEPS.get(self.kind, ()), self, refs
        )
        if self.kind in WAYS and codes:
            key, _prefix, slots = WAYS[self.kind]
            values[key] = [
                ({'name': code} if refs.frozen else {})
                | {'outcome': code, **write_out(slots, edge, refs)}
                for edge, code in codes.items()
            ]
        following = {}
        for edge in self._sorted_edges():
            if edge.target_id.key:
                following.setdefault(codes.get(edge, edge.outcome), []).append(edge.target_id.key)
        values['next'] = {
            outcome: targets[0] if len(targets) == 1 else targets
            for outcome, targets in following.items()
        }
        return values

    def _get_record_problems(self, path, values):
        """Yield what is wrong with the records the step refers to.

        :param values: the step's part of the definition
        """
        self.ensure_one()
        purpose = self.purpose_id
        if self.kind in ('message', 'survey', 'care_task') and purpose and not purpose.active:
            yield Problem(f'{path}/purpose', 'archived_purpose', purpose.name)
        # patients of a language without words get those of another: better than nothing, but told
        names = {template.channel: template.name for template in self.template_ids._origin}
        for channel, texts in (values.get('templates') or {}).items():
            missing = [
                name
                for code, name in self.env['res.lang'].get_installed()
                if code not in texts['body']
            ]
            if missing:
                yield Problem(
                    f'{path}/templates/{channel}',
                    'missing_language',
                    f'{", ".join(missing)} ({names[channel]})',
                    'warning',
                )
