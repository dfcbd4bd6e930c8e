import base64
import json
from datetime import timedelta
from urllib.parse import quote as url_quote

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL, LazyTranslate

from ..channels import CHANNEL_ADAPTERS
from ..definition.convert import (
    Slot,
    Words,
    columns_of,
    read_in,
    translated,
    write_out,
    write_texts,
)
from ..definition.references import Ids, Names
from ..definition.tables import EXIT, STEPS, TRIGGERS, WAYS, WORKFLOW
from ..engine import clock, dispatch, document, enroll, graph, simulate, sql, tick
from ..engine.steps import STEP_KINDS
from ..engine.subjects import SUBJECTS, has_patient, subject_of
from ..engine.triggers import TRIGGER_KINDS
from .healthcare_workflow_edge import WAY
from .healthcare_workflow_event import CLINICAL_HAPPENINGS, HAPPENINGS

_lt = LazyTranslate(__name__)

#: After so long a worker that found nothing to do looks whether the others are done.
IN_OTHER_HANDS = timedelta(minutes=1)
#: units a duration can have, in the words of an administrator
UNITS = {
    'minutes': _lt("minutes"),
    'hours': _lt("hours"),
    'days': _lt("days"),
    'weeks': _lt("weeks"),
    'months': _lt("months"),
    'working_days': _lt("working days"),
}
ONE_UNIT = {
    'minutes': _lt("minute"),
    'hours': _lt("hour"),
    'days': _lt("day"),
    'weeks': _lt("week"),
    'months': _lt("month"),
    'working_days': _lt("working day"),
}
#: whom a reminder concerns; the default start is one
ENTRY_OF_REMINDERS = "[('appointment_status', '=', 'booked')]"
#: what the dates of an appointment are called where they start something
DATE_LABELS = {
    ('calendar.event', 'start'): _lt("the appointment starts"),
    ('calendar.event', 'stop'): _lt("the appointment ends"),
}
#: dates that say nothing of the patient
TECHNICAL_DATES = {'write_date', 'message_last_post', 'activity_date_deadline', 'last_update'}
#: problem code of the engine -> what to tell an administrator; ``%(detail)s`` is filled in
PROBLEMS = {
    'unknown_schema': _lt("The definition is of an unknown form (%(detail)s)."),
    'no_trigger': _lt("Add what starts the workflow, under Starts."),
    'unknown_trigger': _lt("Choose what starts the workflow."),
    'no_field': _lt("Choose the date."),
    'no_amount': _lt("Enter how long."),
    'unknown_unit': _lt("Choose minutes, hours, days, weeks, months or working days."),
    'no_event': _lt("Choose what has to happen."),
    'no_segment': _lt("Choose a segment."),
    'no_day': _lt("Choose a day of the calendar; %(detail)s is none."),
    'unknown_holiday': _lt("Choose a festival."),
    'bad_time': _lt("Enter the time as hours and minutes, such as 09:00."),
    'unknown_feb29': _lt("Choose what 29 February is in a year without one."),
    'no_model': _lt("Choose what repeats: visits, for example."),
    'unknown_change': _lt("Choose whether the patient enters or leaves the segment."),
    'unknown_reentry': _lt("Choose how often a patient may come."),
    'unknown_priority': _lt("Choose how much it matters."),
    'no_goal': _lt("Say what the goal is: a condition, or something that happens."),
    'no_steps': _lt("Add a first step."),
    'no_start': _lt("Choose the first step."),
    'unknown_step': _lt("This kind of step is not known (%(detail)s)."),
    'unknown_outcome': _lt(
        "This step cannot end like that. Choose another outcome under What Happens Next: "
        "%(detail)s."
    ),
    'unknown_target': _lt("It leads to a step that does not exist."),
    'loop': _lt('It leads back to "%(detail)s" in a circle.'),
    'unreachable': _lt("No step leads here. Choose a step under Comes After."),
    'unknown_end': _lt("Choose what this end means."),
    'no_ways': _lt("Add a way under What Happens Next."),
    'no_condition': _lt("Enter a condition."),
    'no_purpose': _lt("Choose the purpose the patient must have agreed to."),
    'archived_purpose': _lt("The purpose %(detail)s is in the archive. Choose another one."),
    'no_channel': _lt("Choose the channel to try first."),
    'no_template': _lt("Write its words, or choose some."),
    'no_template_for': _lt("Write the words for the channel %(detail)s, or choose some."),
    'unknown_policy': _lt("Choose what happens when the moment has passed."),
    'no_keywords': _lt('Enter a keyword for the reply "%(detail)s".'),
    'no_role': _lt("Choose who does the task."),
    'no_window': _lt("Enter within how many hours the task is to be done."),
    'bad_condition': _lt("The condition cannot be read: %(detail)s"),
    'no_weight': _lt("Enter a weight of more than nothing."),
    'bad_percent': _lt("Enter a percentage from 0 to 99."),
    'bad_outcome': _lt('Two of its outcomes are the same: "%(detail)s".'),
    'no_limit': _lt("Enter how often it may lead back, at least once."),
    'unknown_mode': _lt("Choose whether to wait for all paths or for the first."),
    'no_weekday': _lt("Choose a weekday."),
    'no_time': _lt("Enter from when to when."),
    'no_survey': _lt("Choose a survey."),
    'no_survey_link': _lt(
        "The text for the channel %(detail)s has no {survey_link}: patients cannot answer."
    ),
    'empty_survey': _lt("The survey %(detail)s is in the archive or asks nothing."),
    'no_score': _lt("Enter from which score to which, or choose an answer."),
    'survey_login': _lt('The survey "%(detail)s" asks for a login, which patients do not have.'),
    'survey_public': _lt(
        'Anyone with the link may answer the survey "%(detail)s". Choose "Invited people only".'
    ),
    'survey_no_score': _lt('The survey "%(detail)s" gives no scores.'),
    'survey_other_answer': _lt('The answer of "%(detail)s" is not one of this survey.'),
    'no_action': _lt("Choose what is to be done."),
    'unknown_target_record': _lt("Choose on what it is to be done."),
    'action_gone': _lt("The action does not exist any more."),
    'action_model': _lt("The action is for something else (%(detail)s)."),
    'action_groups': _lt("You may not run this action; it is for %(detail)s."),
    'action_code': _lt(
        'The action "%(detail)s" runs Python code, and a system administrator has to be the last '
        "who changed it."
    ),
    'no_workflow': _lt("Choose the workflow to start."),
    'workflow_not_running': _lt("The workflow %(detail)s is not running. Publish it first."),
    'workflow_model': _lt("The workflow %(detail)s is about something else."),
    'workflow_circle': _lt("The workflow %(detail)s leads back to this one."),
    'workflow_depth': _lt("Workflows start each other more than %(detail)s deep."),
    'missing_language': _lt(
        "There are no words in %(detail)s yet: those patients get those of another language."
    ),
    'changed_condition': _lt(
        "It looks at health records that you may not see. That is allowed only while Starts, "
        "Only If, Leaves Early, Goal and the ways of branches are as they came from the gallery."
    ),
    'unknown_field': _lt('There is no date "%(detail)s".'),
    'unknown_change_field': _lt("Changes are only noticed of %(detail)s."),
}
#: what is said of a problem without a sentence of its own, as an addon's
UNNAMED_PROBLEM = _lt("Something is wrong here: %(code)s %(detail)s")
#: what a rule about the whole workflow is called where its problem is told
RULES = {
    'entry': _lt("Only If"),
    'exits': _lt("Leaves Early"),
    'goal': _lt("Goal"),
    'guards': _lt("Guard Rails"),
    'reentry': _lt("How Often"),
}
#: what an exchange document says besides the definition
DOCUMENT = [Slot('name', 'name'), Slot('description', 'description')]
#: Written by the system only: which version runs, from when on, and where the draft came from.
ENGINE_FIELDS = ('version_id', 'first_event_id', 'gallery_code')


class HealthcareWorkflow(models.Model):
    """What happens to patients next, as an administrator describes it (FHIR PlanDefinition).

    The steps here are a draft. Publishing freezes them into a version; enrollments run on the
    version they started with.
    """

    _name = 'healthcare.workflow'
    _description = "Workflow"
    _inherit = ['mail.thread', 'healthcare.own.clinic']
    _order = 'name, id'

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        default=lambda self: self.env.company,
        required=True,
    )
    state = fields.Selection(
        [('draft', "Draft"), ('published', "Running"), ('paused', "Paused")],
        required=True,
        default='draft',
        copy=False,
        tracking=True,
    )
    description = fields.Text(translate=True, help="What it is for, for colleagues.")
    subject_model = fields.Selection(
        '_selection_subject_model', required=True, default='calendar.event', string="About"
    )
    trigger_ids = fields.One2many(
        'healthcare.workflow.trigger',
        'workflow_id',
        string="Starts",
        copy=True,
        default=lambda self: [Command.create({})],
    )
    trigger_summary = fields.Char(compute='_compute_trigger_summary', string="Starts When")
    entry_domain = fields.Char(
        string="Only If",
        default=ENTRY_OF_REMINDERS,
        help="Checked when the patient would enter and again when the first step is due.",
    )
    can_filter = fields.Boolean(compute='_compute_can_filter')
    reentry_per = fields.Selection(
        [
            ('episode', "Once for each of them"),
            ('patient', "Once at a time for each patient"),
            ('once', "Once ever for each patient"),
            ('any', "As often as it starts"),
        ],
        default='episode',
        required=True,
        string="How Often",
        help="Each of them: each appointment, or whatever the workflow is about.",
    )
    reentry_days = fields.Integer(string="Not Again Within (Days)")
    exit_ids = fields.One2many(
        'healthcare.workflow.exit', 'workflow_id', string="Leaves Early", copy=True
    )
    has_goal = fields.Boolean(string="Has a Goal")
    goal_domain = fields.Char(string="Reached When")
    goal_event = fields.Selection('_selection_event', string="Or When This Happens")
    goal_days = fields.Integer(
        default=30, string="Within (Days)", help="Counted from the day the patient entered."
    )
    quiet = fields.Selection(
        [('company', "As the clinic's"), ('own', "Its own"), ('none', "None")],
        default='company',
        required=True,
        string="Quiet Hours",
    )
    quiet_from = fields.Float(default=21)
    quiet_to = fields.Float(default=8)
    quiet_holidays = fields.Boolean(default=True, string="Quiet On Public Holidays")
    caps = fields.Boolean(
        default=True,
        string="Limit How Often",
        help="Off for messages that matter for care: they go out also to a patient who has had "
        "enough messages for now.",
    )
    message_priority = fields.Selection(
        [('0', "Low"), ('1', "Normal"), ('2', "High"), ('3', "Critical")],
        default='1',
        required=True,
        string="Priority",
        help="Who has to give way when a patient would get too many messages.",
    )
    sibling_group = fields.Char(
        string="One at a Time With",
        help="Workflows with the same word here are siblings: a patient is in one of them at a "
        "time.",
    )
    step_ids = fields.One2many('healthcare.workflow.step', 'workflow_id', string="Steps", copy=True)
    version_id = fields.Many2one(
        'healthcare.workflow.version', string="Running Version", copy=False, readonly=True
    )
    version_ids = fields.One2many('healthcare.workflow.version', 'workflow_id', string="Versions")
    first_event_id = fields.Integer(
        copy=False,
        help="The last event before the first publication: what came before is history.",
    )
    problem_html = fields.Html(compute='_compute_problems', string="To Be Mended", sanitize=False)
    has_errors = fields.Boolean(compute='_compute_problems')
    has_changes = fields.Boolean(compute='_compute_problems', string="Changed Since Publishing")
    waiting_count = fields.Integer(compute='_compute_counts', string="Under Way")
    done_count = fields.Integer(compute='_compute_counts', string="Finished")
    incident_count = fields.Integer(compute='_compute_counts', string="Incidents")
    export_file = fields.Binary(
        compute='_compute_export_file', groups='healthcare_crm.group_clinic_administrator'
    )

    def _has_field_access(self, field, operation):
        """Let nobody run another version than the one that was published."""
        if operation == 'write' and field.name in ENGINE_FIELDS and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

    @api.model
    def _selection_subject_model(self):
        """Return what a workflow can be about: what the engine knows, and whatever else leads to a
        patient."""
        labels = {
            'calendar.event': self.env._("Appointments"),
            'res.partner': self.env._("Patients"),
        }
        models_with_patient = {
            name
            for name, model in self.env.registry.items()
            if model._auto
            and not model._transient
            and not name.startswith('healthcare.workflow')
            and has_patient(self.env, name)
        }
        others = sorted(
            (name, self.env['ir.model']._get(name).name)
            for name in models_with_patient | set(SUBJECTS)
            if name in self.env and name not in labels
        )
        return [*labels.items(), *others]

    @api.model
    def _selection_event(self):
        """Return the happenings a workflow can listen to."""
        return [(code, self.env._(label)) for code, label in HAPPENINGS.items()]

    @api.model
    def _selection_unit(self):
        """Return the units of a duration."""
        return [(unit, self.env._(UNITS[unit])) for unit in clock.UNITS]

    @api.model
    def _get_distance(self, amount, unit):
        """Return an amount of time in words."""
        words = ONE_UNIT if amount == 1 else UNITS
        return self.env._(
            "%(amount)s %(unit)s", amount=amount, unit=self.env._(words[unit]) if unit else ''
        )

    @api.model
    def _get_date_choices(self, model):
        """Return [name, label] of the dates of ``model`` this user may see."""
        if not model or model not in self.env:
            return []
        named = [
            [name, self.env._(label)] for (of, name), label in DATE_LABELS.items() if of == model
        ]
        known = {name for name, _label in named} | TECHNICAL_DATES
        described = self.env[model].fields_get(attributes=['type', 'string', 'store'])
        return named + sorted(
            (
                [name, values['string']]
                for name, values in described.items()
                if values['type'] in ('date', 'datetime') and values['store'] and name not in known
            ),
            key=lambda choice: choice[1],
        )

    @api.depends('subject_model')
    @api.depends_context('uid')
    def _compute_can_filter(self):
        """Say whether this user may look at what the workflow is about, and so set conditions."""
        for workflow in self:
            model = self.env.get(workflow.subject_model)
            workflow.can_filter = model is not None and model.has_access('read')

    @api.depends('trigger_ids.summary')
    def _compute_trigger_summary(self):
        for workflow in self:
            workflow.trigger_summary = ' · '.join(
                filter(None, workflow.trigger_ids.mapped('summary'))
            )

    def copy_data(self, default=None):
        """Copy under another name; arrows between steps are drawn again by :meth:`copy`."""
        return [
            values | {'name': self.env._("%s (copy)", workflow.name)}
            for workflow, values in zip(self, super().copy_data(default), strict=True)
        ]

    def copy(self, default=None):
        """Copy workflows with their steps and the arrows between them."""
        copies = super().copy(default)
        for workflow, copied in zip(self, copies, strict=True):
            twins = dict(zip(workflow.step_ids, copied.step_ids, strict=True))
            self.env['healthcare.workflow.edge'].create(
                [
                    values
                    | {
                        'step_id': twins[edge.step_id].id,
                        'target_id': twins[edge.target_id].id if edge.target_id else False,
                    }
                    for edge, values in zip(
                        workflow.step_ids.edge_ids,
                        workflow.step_ids.edge_ids.copy_data(),
                        strict=True,
                    )
                ]
            )
        return copies

    def _compute_counts(self):
        enrollments = self.env['healthcare.workflow.enrollment']
        counts = {
            (workflow, state): count
            for workflow, state, count in enrollments._read_group(
                [('workflow_id', 'in', self.ids)],
                ['workflow_id', 'state'],
                ['__count'],
            )
        }
        # sudo: how many incidents there are is for the administrator, the tokens are the engine's
        incidents = dict(
            self.env['healthcare.workflow.token']
            .sudo()
            ._read_group(
                [('version_id.workflow_id', 'in', self.ids), ('state', '=', 'incident')],
                ['version_id'],
                ['__count'],
            )
        )
        for workflow in self:
            workflow.waiting_count = counts.get((workflow, 'active'), 0)
            workflow.done_count = counts.get((workflow, 'done'), 0) + counts.get(
                (workflow, 'exited'), 0
            )
            workflow.incident_count = sum(
                count for version, count in incidents.items() if version.workflow_id == workflow
            )

    # ------------------------------------------------------------ definition

    def _to_definition(self, refs=None):
        """Return the draft as the JSON document of ``engine/graph.py``.

        :param refs: how it speaks of other records, by their ids if left out; see
            :mod:`..definition.references`
        """
        self.ensure_one()
        refs = refs or Ids(self.env)
        steps = self.step_ids.sorted(lambda step: (step.sequence, step._origin.id or 0))
        definition = write_out(WORKFLOW, self, refs)
        definition['triggers'] = {
            trigger.key or f't{number}': trigger._to_json(refs)
            for number, trigger in enumerate(self.trigger_ids, start=1)
        }
        if self.exit_ids:
            definition['exits'] = [write_out(EXIT, rule, refs) for rule in self.exit_ids]
        definition['start'] = steps[:1].key or None
        definition['steps'] = {step.key: step._to_json(refs) for step in steps if step.key}
        if not refs.portable:
            definition |= {
                'schema': graph.SCHEMA,
                'tz': self.company_id.resource_calendar_id.tz or 'UTC',
                'entry': self._with_own_clinic(definition['entry']),
            }
        return definition

    def _with_own_clinic(self, conditions):
        """Return the entry conditions, for the clinic of the workflow and its branches."""
        try:
            # "|" with one condition would take the clinic for its other one
            Domain(conditions)
        except (TypeError, ValueError):
            return conditions  # it cannot be read, and will be told
        # sudo: the branches of a clinic are known to the engine, whoever edits the workflow
        clinics = self.env['res.company'].sudo().search([('id', 'child_of', self.company_id.ids)])
        path = 'company_id'
        subject = self.subject_model in self.env and subject_of(self.env, self.subject_model)
        if subject and not subject.company:
            path = f'{subject.patient}.company_id'
        return [*conditions, [path, 'in', [False, *clinics.ids]]]

    def _from_definition(self, definition, refs=None):
        """Make the draft what ``definition`` says; steps, triggers and exits are made anew.

        :param refs: how it speaks of other records, by their ids if left out
        """
        self.ensure_one()
        refs = refs or Ids(self.env)
        if not refs.portable:
            definition = definition | {'entry': self._without_own_clinic(definition)}
        self.step_ids.unlink()
        self.trigger_ids.unlink()
        self.exit_ids.unlink()
        self.write(read_in(WORKFLOW, definition, self, refs, ''))
        rules = self.env['healthcare.workflow.exit']
        rules.create(
            [
                {
                    'workflow_id': self.id,
                    'sequence': place,
                    **read_in(EXIT, rule, rules, refs, f'exits/{place}'),
                }
                for place, rule in enumerate(definition.get('exits') or ())
            ]
        )
        triggers = self.env['healthcare.workflow.trigger']
        triggers.create(
            [
                {
                    'workflow_id': self.id,
                    'sequence': place,
                    'key': key,
                    'kind': trigger['kind'],
                    **read_in(
                        TRIGGERS.get(trigger['kind'], ()),
                        trigger,
                        triggers,
                        refs,
                        f'triggers/{key}',
                    ),
                }
                for place, (key, trigger) in enumerate((definition.get('triggers') or {}).items())
            ]
        )
        self._steps_from_definition(definition, refs)

    def _without_own_clinic(self, definition):
        """Return the entry conditions without the one that :meth:`_with_own_clinic` added."""
        conditions = list(definition.get('entry') or ())
        if conditions and self._with_own_clinic(conditions[:-1]) == conditions:
            conditions.pop()
        return conditions

    def _steps_from_definition(self, definition, refs):
        """Make the steps of ``definition`` and the arrows between them."""
        steps = self.env['healthcare.workflow.step']
        start = definition.get('start')
        found = definition.get('steps') or {}
        ordered = sorted(found, key=lambda key: key != start)  # the first one comes first
        values_by_key = {
            key: read_in(STEPS.get(found[key]['kind'], ()), found[key], steps, refs, f'steps/{key}')
            for key in ordered
        }
        # the first language is English: the others follow as its translations
        made = steps.with_context(lang='en_US').create(
            [
                {
                    'workflow_id': self.id,
                    'key': key,
                    'name': found[key].get('name') or key,
                    'kind': found[key]['kind'],
                    'sequence': 10 * place,
                    **values_by_key[key],
                }
                for place, key in enumerate(ordered, start=1)
            ]
        )
        by_key = dict(zip(ordered, made.with_env(self.env), strict=True))
        for key, step in by_key.items():
            for column, value in translated(STEPS.get(step.kind, ()), found[key], steps):
                write_texts(step, column, value)
        self.env['healthcare.workflow.edge'].create(
            [
                {'step_id': by_key[key].id, **values}
                for key in ordered
                for values in self._edges_of(key, found[key], by_key, refs, values_by_key[key])
            ]
        )

    def _edges_of(self, key, values, by_key, refs, owner):
        """Yield the columns of each arrow of a step: first its own ways, then the other outcomes.

        :param owner: what the step's own columns became
        """
        edges = self.env['healthcare.workflow.edge']
        following = {
            outcome: [by_key[target].id for target in targets]
            for outcome, targets in graph.next_of(values).items()
        }
        place = 0
        if values['kind'] in WAYS:
            name, prefix, slots = WAYS[values['kind']]
            for place, way in enumerate(values.get(name) or (), start=1):
                code = way.get('outcome') or f'{prefix}{place}'
                targets = following.get(code, [])
                yield {
                    'outcome': WAY,
                    'code': code,
                    'sequence': 10 * place,
                    'target_id': targets.pop(0) if targets else False,
                    **read_in(slots, way, edges, refs, f'steps/{key}/{name}/{place - 1}', owner),
                }
        for outcome, targets in following.items():
            for target in targets:
                place += 1
                yield {'outcome': outcome, 'sequence': 10 * place, 'target_id': target}

    # ------------------------------------------------------------ exchange

    def action_export(self):
        """Download the draft as one file."""
        self.ensure_one()
        self.check_access('write')
        name = url_quote(f'{self.name}.json'.replace('/', '-'))
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/{self._name}/{self.id}/export_file/{name}?download=true',
            'target': 'self',
        }

    def _compute_export_file(self):
        for workflow in self:
            text = json.dumps(workflow._export_document(), ensure_ascii=False, indent=2)
            workflow.export_file = base64.b64encode(text.encode())

    def _export_document(self):
        """Return the draft as an exchange document, see ``docs/workflow-json.md``."""
        self.ensure_one()
        refs = Names(self.env, self.company_id)
        return {
            'format': document.FORMAT,
            'version': document.VERSION,
            **write_out(DOCUMENT, self, refs),
            'definition': self._to_definition(refs),
        }

    @api.model
    def _import_document(self, content, lenient=False, gallery_code=False):
        """Return the new draft that an exchange document describes.

        :param content: a dict, or the text of the file
        :param lenient: leave empty what speaks of records that are not here
        :param gallery_code: which workflow of the gallery it is
        :raise UserError: it is no such document, or speaks of what is not here; nothing is written
            then
        """
        with self.env.cr.savepoint():
            workflow, missing = self._take_document(content, gallery_code)
            if missing and not lenient:
                raise UserError('\n'.join(map(self._describe_missing, missing)))
        return workflow

    @api.model
    def _take_document(self, content, gallery_code=False):
        """Return the new draft of an exchange document, and a list of what is not here.

        :raise UserError: with the path to the fault; what was written by then has to be rolled back
        """
        self.check_access('create')
        company = self.env.company
        content = document.read(self.env, content, company.partner_id.lang or 'en_US')
        refs = Names(self.env, company)
        # the first language is English: the others follow as its translations
        workflow = (
            self.with_context(lang='en_US')
            .create(
                {
                    **read_in(DOCUMENT, content, self, refs, ''),
                    'company_id': company.id,
                    'trigger_ids': [],
                }
            )
            .with_env(self.env)
        )
        for column, value in translated(DOCUMENT, content, self):
            write_texts(workflow, column, value)
        # sudo: nobody writes it; it vouches for nothing but what is in the gallery's own file
        workflow.sudo().gallery_code = gallery_code
        workflow._from_definition(content['definition'], refs)
        absent = [f'{one.path}/' for one in refs.missing]
        for problem in workflow._get_document_problems():
            at = f'{problem.path}/'
            # what is missing leaves a hole, there or in what it belongs to
            if not any(at.startswith(path) or path.startswith(at) for path in absent):
                raise UserError(
                    self.env._(
                        "definition/%(path)s: %(sentence)s",
                        path=problem.path,
                        sentence=self._get_sentence(problem),
                    )
                )
        return workflow, refs.missing

    def _get_document_problems(self):
        """Yield the problems that lie in what is written, whatever else is to be done before it
        can be published."""
        definition = self._to_definition()
        yield from (one for one in graph.problems(definition) if one.level == 'error')
        yield from self._get_domain_problems(definition)
        yield from self._get_trigger_problems()
        for step in self.step_ids:
            yield from self._get_step_date_problems(step)

    @api.model
    def _describe_missing(self, missing):
        """Return the sentence about a record that a document speaks of and that is not here."""
        return self.env._(
            'definition/%(path)s: there is no %(model)s "%(value)s" here.',
            path=missing.path,
            model=self.env['ir.model']._get(missing.model).name,
            value=missing.value,
        )

    @api.onchange('subject_model', 'trigger_ids')
    def _onchange_starts(self):
        """Take back what was proposed for a reminder, once the workflow is none: nobody who did not
        come is still booked."""
        is_reminder = self.subject_model == 'calendar.event' and all(
            trigger.kind == 'date' and trigger.direction == 'before' for trigger in self.trigger_ids
        )
        if not is_reminder and self.entry_domain == ENTRY_OF_REMINDERS:
            self.entry_domain = '[]'
        dates = [name for name, _label in self._get_date_choices(self.subject_model)]
        for trigger in self.trigger_ids:
            if trigger.kind == 'date' and trigger.field_name not in dates:
                trigger.update({'kind': 'event', 'event': self._get_usual_event()})

    def _get_usual_event(self):
        """Return what mostly starts a workflow about records of this kind."""
        told = getattr(self.env[self.subject_model], 'STATUS_HAPPENINGS', None) or {}
        return next(iter(told.values()), 'created')

    # ------------------------------------------------------------ problems

    def _get_problems(self, definition=None):
        """Return the draft's problems as :class:`~..engine.graph.Problem`, the engine's and our
        own.

        :param definition: that of the draft, where it is known already
        """
        self.ensure_one()
        definition = definition or self._to_definition()
        return [
            *graph.problems(definition),
            *self._get_domain_problems(definition),
            *self._get_listening_problems(definition),
            *self._get_record_problems(definition),
            *self._get_kind_problems(definition),
        ]

    def _get_domain_problems(self, definition):
        """Yield the conditions that cannot be read, or not by this user."""
        conditions = self._get_conditions(definition)
        try:
            self._plan(conditions)
        except Exception:  # whatever a domain can raise: which one of them it was comes now
            for condition in conditions:
                yield from self._get_condition_problems(condition)

    def _get_condition_problems(self, condition):
        """Yield the problem of one condition, (path, model, domain)."""
        path = condition[0]
        try:
            self._plan([condition])
        except AccessError as error:
            code = 'changed_condition' if self.gallery_code else 'bad_condition'
            yield graph.Problem(path, code, str(error))
        except Exception as error:  # names, operators
            yield graph.Problem(path, 'bad_condition', str(error))

    def _get_listening_problems(self, definition):
        """Yield where it listens to what happens to health records that this user may not read."""
        parts = {
            'goal': definition.get('goal') or {},
            **{f'exits/{at}': one for at, one in enumerate(definition.get('exits') or ())},
            **{f'triggers/{key}': one for key, one in definition['triggers'].items()},
            **{f'steps/{key}': one for key, one in definition['steps'].items()},
        }
        for part, values in parts.items():
            model = CLINICAL_HAPPENINGS.get(values.get('event'))
            path = f'{part}/event'
            if not model or path in self._get_vetted_paths():
                continue
            # that there is such a record is all that a start about such records tells
            if part.startswith('triggers/') and model == self.subject_model:
                continue
            try:
                self.env[model].check_access('read')
            except AccessError as error:
                code = 'changed_condition' if self.gallery_code else 'bad_condition'
                yield graph.Problem(path, code, str(error))

    def _plan(self, conditions):
        """Let PostgreSQL plan the search for conditions, (path, model, domain), all in one: nothing
        is searched for while somebody types."""
        with self.env.cr.savepoint(flush=False):
            queries = [
                SQL('(%s)', self._search_allowed(path, self.env[model], domain).select())
                for path, model, domain in conditions
            ]
            if queries:
                self.env.execute_query(SQL('EXPLAIN %s', SQL(' UNION ALL ').join(queries)))

    def _search_allowed(self, path, records, domain):
        """Return the query of the condition at ``path``.

        :raise AccessError: a condition may only look at what its author may look at, unless the
            gallery ships it (decision 008)
        """
        try:
            return records._search(domain)
        except AccessError:
            if path not in self._get_vetted_paths():
                raise
            # sudo: the one condition that was looked over, which is planned and not run
            return records.sudo()._search(domain)

    def _get_conditions(self, definition):
        """Return (path, model, domain) of each condition of ``definition``."""
        subject = definition.get('subject') or self.subject_model
        domains = [
            # the condition of the clinic is ours, and not the author's to be allowed
            ('entry', subject, self._without_own_clinic(definition)),
            ('goal/domain', subject, (definition.get('goal') or {}).get('domain')),
        ]
        domains += [
            (f'exits/{index}/domain', subject, rule.get('domain'))
            for index, rule in enumerate(definition.get('exits') or ())
        ]
        domains += [
            (f'triggers/{key}/domain', trigger.get('of'), trigger.get('domain'))
            for key, trigger in definition['triggers'].items()
        ]
        domains += [
            (f'steps/{key}/ways/{index}/domain', subject, way.get('domain'))
            for key, step in definition['steps'].items()
            for index, way in enumerate(step.get('ways') or ())
        ]
        return [one for one in domains if one[2] and one[1] in self.env]

    def _get_record_problems(self, definition):
        """Yield what is wrong with the records the draft refers to."""
        yield from self._get_trigger_problems()
        for step in self.step_ids:
            values = definition['steps'].get(step.key)
            if values:
                yield from step._get_record_problems(f'steps/{step.key}', values)
            yield from self._get_step_date_problems(step)

    def _get_step_date_problems(self, step):
        """Yield the problem of a wait for a date that the subject does not have."""
        if step.kind == 'wait' and step.wait_for == 'date':
            yield from self._get_date_problems(
                f'steps/{step.key}/field', self.subject_model, step.wait_field
            )

    def _get_trigger_problems(self):
        """Yield the dates and fields that triggers ask for and nothing tells of."""
        for key, trigger in zip(self._get_trigger_keys(), self.trigger_ids, strict=True):
            yield from self._get_date_problems(
                f'triggers/{key}/{"date" if trigger.kind == "cycle" else "field"}',
                trigger._get_dated_model(),
                trigger.field_name
                if trigger.kind in ('date', 'cycle')
                or (trigger.kind == 'anniversary' and trigger.anniversary_of == 'field')
                else None,
            )
            if trigger.kind == 'event' and trigger.event == 'changed':
                told = getattr(self.env.get(self.subject_model), 'CHANGES_TOLD', frozenset())
                if set(Words().out(trigger, ('event_fields',), None)) - told:
                    yield graph.Problem(
                        f'triggers/{key}/fields', 'unknown_change_field', ', '.join(sorted(told))
                    )

    def _get_trigger_keys(self):
        """Return the keys of the triggers, also of those that are not saved yet."""
        return [
            trigger.key or f't{number}' for number, trigger in enumerate(self.trigger_ids, start=1)
        ]

    def _get_date_problems(self, path, model, name):
        """Yield the problem of a date that ``model`` does not have."""
        field = self.env[model]._fields.get(name) if name and model in self.env else None
        if not name:
            return
        if not (field and field.store and field.type in ('date', 'datetime')):
            yield graph.Problem(path, 'unknown_field', name)
        # not sudo: when something is done tells the date
        elif not self.env[model]._has_field_access(field, 'read'):
            if not self.gallery_code:
                yield graph.Problem(path, 'unknown_field', name)
            elif path not in self._get_vetted_paths():
                yield graph.Problem(path, 'changed_condition')

    def _get_kind_problems(self, definition):
        """Yield what each kind finds wrong in the database, where it looks there itself."""
        for part, kinds in (('steps', STEP_KINDS), ('triggers', TRIGGER_KINDS)):
            for key, values in definition[part].items():
                check = getattr(kinds.get(values['kind']), 'check', None)
                for at, code, detail, *level in check(values, definition, self) if check else ():
                    yield graph.Problem(f'{part}/{key}/{at}', code, detail, *level)

    def _describe(self, problem):
        """Return a problem as a sentence that begins with the step's name."""
        sentence = self._get_sentence(problem)
        parts = problem.path.split('/')
        if parts[0] == 'steps' and len(parts) > 1:
            step = self.step_ids.filtered(lambda step: step.key == parts[1])
            return f'{step.name}: {sentence}' if step else sentence
        if parts[0] == 'triggers' and len(parts) > 1:
            return f'{self.env._("Starts")}: {sentence}'
        if parts[0] in RULES:
            return f'{self.env._(RULES[parts[0]])}: {sentence}'
        return sentence

    @api.model
    def _get_sentence(self, problem):
        """Return what a problem is, without saying where."""
        sentence = self.env._(PROBLEMS.get(problem.code, UNNAMED_PROBLEM))
        return sentence % {'code': problem.code, 'detail': problem.detail}

    @api.depends(lambda self: self._get_definition_fields())
    @api.depends_context('lang')
    def _compute_problems(self):
        for workflow in self:
            found = workflow._get_problems()
            lines = Markup('').join(
                Markup('<li class="%s">%s</li>')
                % (
                    'text-danger' if problem.level == 'error' else 'text-warning-emphasis',
                    workflow._describe(problem),
                )
                for problem in found
            )
            workflow.problem_html = Markup('<ul class="mb-0">%s</ul>') % lines if found else False
            workflow.has_errors = any(problem.level == 'error' for problem in found)
            workflow.has_changes = bool(
                workflow.version_id
                and not workflow.has_errors
                and workflow.version_id.checksum != graph.checksum(workflow._get_draft())
            )

    def _get_definition_fields(self):
        """Return every field that the definition is made of, as paths from the workflow."""
        return [
            'company_id',
            'version_id',
            *columns_of(WORKFLOW),
            *(f'exit_ids.{name}' for name in columns_of(EXIT)),
            'trigger_ids.kind',
            *sorted(
                {f'trigger_ids.{name}' for kind in TRIGGERS.values() for name in columns_of(kind)}
            ),
            'step_ids.kind',
            'step_ids.name',
            'step_ids.sequence',
            *sorted({f'step_ids.{name}' for kind in STEPS.values() for name in columns_of(kind)}),
            'step_ids.edge_ids.sequence',
            'step_ids.edge_ids.outcome',
            'step_ids.edge_ids.target_id',
            *sorted(
                {
                    f'step_ids.edge_ids.{name}'
                    for _key, _prefix, slots in WAYS.values()
                    for name in columns_of(slots)
                }
            ),
        ]

    # ------------------------------------------------------------ life

    def action_publish(self):
        """Freeze the draft into a new version and start it: from now on, never on history."""
        for workflow in self:
            workflow._publish(fields.Datetime.now())
        return True

    def _check_publishable(self):
        errors = [
            self._describe(problem) for problem in self._get_problems() if problem.level == 'error'
        ]
        if errors:
            raise UserError(
                self.env._(
                    '"%(workflow)s" is not ready yet:\n%(problems)s',
                    workflow=self.name,
                    problems='\n'.join(f'• {error}' for error in errors),
                )
            )

    def _publish(self, now):
        """Publish at the moment ``now``; return how many patients were enrolled at once."""
        self.ensure_one()
        self.check_access('write')
        self._check_publishable()
        definition = self._get_draft()
        # sudo: versions and enrollments are written by the engine alone; who may edit the draft was
        # checked above, and that its author may see what its conditions look at, among the problems
        engine = self.sudo()
        if not engine.version_ids:
            engine.first_event_id = (
                engine.env['healthcare.workflow.event'].search([], order='id desc', limit=1).id
            )
        engine.version_id = engine.env['healthcare.workflow.version'].create(
            {
                'workflow_id': self.id,
                'number': max(engine.version_ids.mapped('number'), default=0) + 1,
                'graph': definition,
                'checksum': graph.checksum(definition),
                'publisher_id': self.env.uid,
                'date': now,
            }
        )
        if engine.state == 'paused':
            engine._resume(now)
        engine.state = 'published'
        engine.env.flush_all()
        count = enroll.reconcile(engine.env, engine.version_id, now)
        engine.env.invalidate_all()
        self._wake_crons()
        return count

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        if self.filtered('version_id'):
            raise UserError(
                self.env._(
                    "A workflow that has run cannot be deleted: the patients' history refers "
                    "to it. Archive it instead."
                )
            )

    def action_open_enrollments(self):
        """Show the patients of this workflow."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_followup.healthcare_workflow_enrollment_action'
        )
        return action | {
            'domain': [('workflow_id', '=', self.id)],
            'context': {'search_default_active': 1},
        }

    @api.model
    def _wake_crons(self, at=None):
        """Wake the engine's crons, now or at a moment."""
        # sudo: the engine's crons belong to the system; whoever moves an appointment may not touch
        # them, but the reminder has to move with it
        self.sudo()._trigger_crons('_cron_tick', at)

    @api.model
    def _trigger_crons(self, method, at=None):
        """Wake the crons that run ``method`` at the moment ``at``, those that sleep beyond it."""
        crons = self._get_crons(method)
        if at:
            # those of the past are gone when the job that they woke is over
            early = self.env['ir.cron.trigger'].search(
                [
                    ('cron_id', 'in', crons.ids),
                    ('call_at', '>', fields.Datetime.now()),
                    ('call_at', '<=', at),
                ]
            )
            crons -= early.cron_id
        for cron in crons:
            cron._trigger(at=at)

    @api.model
    def _get_crons(self, method, active_test=True):
        """Return the crons that run ``method``: one for each worker."""
        return (
            self.env['ir.cron']
            .with_context(active_test=active_test)
            .search(
                [('model_id.model', '=', self._name), ('code', '=', f'model.{method}()')],
                order='id',
            )
        )

    # ------------------------------------------------------------ the engine's crons

    @api.model
    def _cron_tick(self):
        """Run what is due, wake the sender, and sleep until the next moment."""
        done = 0

        def commit(number):
            nonlocal done
            done += number
            return self.env['ir.cron']._commit_progress(number)

        ran = tick.run(
            self.env, fields.Datetime.now(), commit, len(self._get_crons('_cron_tick')) or 1
        )
        if ran:
            self._wake_dispatch()
        due = tick.next_due(self.env)
        if due:
            # what is due and could not be had is in another worker's hands: no need to ask at once
            soon = fields.Datetime.now() + (timedelta() if done else IN_OTHER_HANDS)
            self._wake_crons(at=due if due > fields.Datetime.now() else soon)

    @api.model
    def _cron_dispatch(self):
        """Let the queued messages go."""
        dispatch.run(
            self.env, CHANNEL_ADAPTERS, fields.Datetime.now, self.env['ir.cron']._commit_progress
        )
        self._wake_dispatch()

    @api.model
    def _wake_dispatch(self):
        """Wake the senders when the next message is due."""
        due = dispatch.next_due(self.env, CHANNEL_ADAPTERS)
        if due:
            # sudo: as for the engine's crons
            self.sudo()._trigger_crons('_cron_dispatch', max(due, fields.Datetime.now()))

    @api.model
    def _run_engine(self, now, commit):
        """Tick and send as if it were ``now``: for rehearsals and tests."""
        tick.run(self.env, now, commit)
        dispatch.run(self.env, CHANNEL_ADAPTERS, lambda: now, commit)

    @api.model
    def _run_until(self, until, commit):
        """Let time pass: run the engine now and at every moment up to ``until`` that has something
        due, and enroll once a day who is due by the calendar, as the crons would have done."""
        now = swept = min(fields.Datetime.now(), until)
        running = self._get_running()
        running._sweep(now, commit)
        dated = running.filtered(lambda workflow: workflow._has_horizon(now))
        self._run_engine(now, commit)
        while now < until:
            tomorrow = swept + clock.DAY if dated else until
            due = tick.next_due(self.env)
            now = min(tomorrow, until, max(due, now) if due else until)
            if now == tomorrow:
                swept = now
                dated._sweep(now, commit)
            self._run_engine(now, commit)

    @api.model
    def _cron_sweep(self):
        """Enroll those who began to meet the conditions without anything happening to the subject
        itself."""
        commit = self.env['ir.cron']._commit_progress
        running = self.with_context(active_test=False).search([('state', '=', 'published')])
        # a tick that began before its workflow went on may have set tokens aside after
        sql.retried(self.env, tick.let_go, self.env, running.ids)
        # what follows may have to be begun anew
        commit()
        self._get_running()._sweep(fields.Datetime.now(), commit)
        self._wake_crons()

    @api.model
    def _get_running(self):
        """Return the workflows that enroll patients."""
        return self.search([('state', '=', 'published'), ('version_id', '!=', False)])

    def _has_horizon(self, now):
        """Say whether something starts it for which nobody is enrolled long before."""
        scene = enroll.scene_of(self.env, self.version_id, now)
        return any(trigger.horizon for trigger in scene.graph.triggers.values())

    def _sweep(self, now, commit):
        """Enroll everybody who meets the conditions of these workflows at ``now``."""
        for workflow in self:
            sql.retried(
                self.env,
                tick.isolated,
                self.env,
                workflow,
                enroll.reconcile,
                workflow.version_id,
                now,
            )
            commit(1)

    def _get_draft(self):
        """Return the definition of the draft as publishing freezes it."""
        return plain(self._to_definition())

    def _preview(self, now):
        """Return what publishing at ``now`` would mean, see :func:`~..engine.simulate.preview`."""
        self.ensure_one()
        # sudo: counting over all patients; only numbers leave this method
        return simulate.preview(self.sudo().env, self._get_draft(), now, self.id)


def plain(definition):
    """Return the definition as it comes back from the database: tuples are lists there."""
    return json.loads(json.dumps(definition))
