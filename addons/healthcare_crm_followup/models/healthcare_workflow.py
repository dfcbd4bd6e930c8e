import json
import logging
from ast import literal_eval

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from ..channels import CHANNEL_ADAPTERS
from ..engine import dispatch, enroll, graph, simulate, sql, tick
from ..engine.steps import STEP_KINDS
from .healthcare_workflow_step import UNITS

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)

#: problem code of the engine -> what to tell an administrator; ``%(detail)s`` is filled in
PROBLEMS = {
    'unknown_schema': _lt("The definition is of an unknown form (%(detail)s)."),
    'no_trigger': _lt("Choose what starts the workflow."),
    'unknown_trigger': _lt("Choose what starts the workflow."),
    'no_event': _lt("Choose what has to happen."),
    'unknown_reentry': _lt("Choose how often a patient may be enrolled."),
    'no_goal': _lt("Say when the goal is reached."),
    'unknown_priority': _lt("Choose how much its messages matter."),
    'no_field': _lt("Choose the date that starts the workflow."),
    'no_amount': _lt("Enter how long."),
    'unknown_unit': _lt("Choose minutes, hours, days, weeks or months."),
    'no_day': _lt("Choose a day of the calendar; %(detail)s is none."),
    'unknown_holiday': _lt("Choose a festival."),
    'bad_time': _lt("Enter the time as hours and minutes, such as 09:00."),
    'unknown_feb29': _lt("Choose what 29 February is in a year without one."),
    'no_model': _lt("Choose what repeats: visits, for example."),
    'no_segment': _lt("Choose a segment."),
    'unknown_change': _lt("Choose whether the patient enters or leaves the segment."),
    'no_steps': _lt("Add a first step."),
    'no_start': _lt("Choose the first step."),
    'unknown_step': _lt("This kind of step is not known (%(detail)s)."),
    'unknown_outcome': _lt(
        "This step cannot end like that. Choose another outcome under What Happens Next."
    ),
    'unknown_target': _lt("It leads to a step that does not exist."),
    'loop': _lt('It leads back to "%(detail)s" in a circle.'),
    'unreachable': _lt("No step leads here. Choose a step under Comes After."),
    'unknown_end': _lt("Choose what this end means."),
    'no_ways': _lt("Add a condition under What Happens Next."),
    'no_condition': _lt("A way of this branch has no condition."),
    'no_purpose': _lt("Choose the purpose the patient must have agreed to."),
    'no_channel': _lt("Choose the channel to try first."),
    'no_template': _lt("Choose a template."),
    'no_template_for': _lt("Choose a template for the channel %(detail)s."),
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
        "The template has no text in %(detail)s; those patients would get English."
    ),
}


class HealthcareWorkflow(models.Model):
    """What happens to patients next, as an administrator describes it (FHIR PlanDefinition).

    The steps here are a draft. Publishing freezes them into a version; enrollments run on the
    version they started with.
    """

    _name = 'healthcare.workflow'
    _description = "Workflow"
    _inherit = ['mail.thread']
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
    subject_model = fields.Selection(
        [('calendar.event', "Appointments"), ('res.partner', "Patients")],
        required=True,
        default='calendar.event',
        string="About",
    )
    trigger_kind = fields.Selection(
        [('date', "A date")], required=True, default='date', string="Starts On"
    )
    trigger_amount = fields.Integer(default=24, string="How Long")
    trigger_unit = fields.Selection(UNITS, default='hours', required=True)
    trigger_direction = fields.Selection(
        [('before', "before"), ('after', "after")],
        default='before',
        required=True,
    )
    trigger_field = fields.Selection(
        [('start', "the appointment starts"), ('stop', "the appointment ends")],
        default='start',
        required=True,
    )
    entry_domain = fields.Char(
        string="Only If",
        default="[('appointment_status', '=', 'booked')]",
        help="Checked when the appointment is booked and again when the moment has come.",
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
                    {
                        'step_id': twins[edge.step_id].id,
                        'target_id': twins[edge.target_id].id if edge.target_id else False,
                        'outcome': edge.outcome,
                        'domain': edge.domain,
                        'sequence': edge.sequence,
                    }
                    for edge in workflow.step_ids.edge_ids
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

    def _to_definition(self):
        """Return the draft as the JSON document of ``engine/graph.py``."""
        self.ensure_one()
        steps = self.step_ids.sorted(lambda step: (step.sequence, step.id or 0))
        sign = -1 if self.trigger_direction == 'before' else 1
        return {
            'schema': graph.SCHEMA,
            'subject': self.subject_model,
            'tz': self.company_id.resource_calendar_id.tz or 'UTC',
            'triggers': {
                't1': {
                    'kind': self.trigger_kind,
                    'field': self.trigger_field,
                    'amount': sign * self.trigger_amount,
                    'unit': self.trigger_unit,
                }
            },
            'entry': self._get_entry(),
            'start': steps[:1].key or None,
            'steps': {step.key: step._to_json() for step in steps if step.key},
        }

    def _get_entry(self):
        """Return the entry conditions as a list, with the clinic's own company."""
        conditions = literal_eval(self.entry_domain or '[]')
        clinics = self.env['res.company'].sudo().search([('id', 'child_of', self.company_id.ids)])
        return [*conditions, ('company_id', 'in', [False, *clinics.ids])]

    def _get_problems(self):
        """Return the draft's problems as :class:`~..engine.graph.Problem`, the engine's and our
        own."""
        self.ensure_one()
        try:
            definition = self._to_definition()
        except (SyntaxError, TypeError, ValueError) as error:
            return [graph.Problem('entry', 'bad_condition', str(error))]
        found = graph.problems(definition)
        domains = [('entry', definition['entry'])] + [
            (f'steps/{key}/ways', way['domain'])
            for key, step in definition['steps'].items()
            for way in step.get('ways', ())
            if 'domain' in way
        ]
        for path, domain in domains:
            try:
                # not sudo: a condition may only look at what its author may look at
                with self.env.cr.savepoint(flush=False):
                    self.env[self.subject_model].search(domain, limit=1)
            except Exception as error:  # whatever a domain can raise: names, operators, access
                found.append(graph.Problem(path, 'bad_condition', str(error)))
        for key, step in definition['steps'].items():
            kind = STEP_KINDS.get(step['kind'])
            for at, code, detail, *level in kind.check(step, definition, self) if kind else ():
                found.append(graph.Problem(f'steps/{key}/{at}', code, detail, *level))
        for step in self.step_ids.filtered(lambda step: step.kind == 'message'):
            for template in step.template_ids._origin:
                missing = template._get_missing_languages()
                if missing:
                    found.append(
                        graph.Problem(
                            f'steps/{step.key}/templates',
                            'missing_language',
                            ', '.join(missing.mapped('name')),
                            'warning',
                        )
                    )
        return found

    def _describe(self, problem):
        """Return a problem as a sentence that begins with the step's name."""
        sentence = self.env._(PROBLEMS[problem.code])
        sentence %= {'detail': problem.detail}
        parts = problem.path.split('/')
        if parts[0] == 'steps' and len(parts) > 1:
            step = self.step_ids.filtered(lambda step: step.key == parts[1])
            return f'{step.name}: {sentence}' if step else sentence
        return sentence

    @api.depends(
        'subject_model',
        'trigger_kind',
        'trigger_amount',
        'trigger_unit',
        'trigger_direction',
        'trigger_field',
        'entry_domain',
        'company_id',
        'version_id',
        'step_ids.kind',
        'step_ids.name',
        'step_ids.sequence',
        'step_ids.template_ids',
        'step_ids.purpose_id',
        'step_ids.channel_1',
        'step_ids.channel_2',
        'step_ids.channel_3',
        'step_ids.role',
        'step_ids.window_hours',
        'step_ids.wait_amount',
        'step_ids.wait_unit',
        'step_ids.edge_ids.target_id',
        'step_ids.edge_ids.outcome',
        'step_ids.edge_ids.domain',
    )
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
                and workflow.version_id.checksum
                != graph.checksum(_plain(workflow._to_definition()))
            )

    # ------------------------------------------------------------ life

    def action_preview(self):
        """Show whom the draft would reach if it were published now."""
        self.ensure_one()
        self._check_publishable()
        return self.env['healthcare.workflow.preview']._open(self)

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
        definition = _plain(self._to_definition())
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

    def action_add_step(self):
        """Open the dialog of a new step."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("New Step"),
            'res_model': 'healthcare.workflow.step',
            'views': [(False, 'form')],
            'target': 'new',
            'context': {'default_workflow_id': self.id},
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
        commit = self.env['ir.cron']._commit_progress
        ran = tick.run(
            self.env, fields.Datetime.now(), commit, len(self._get_crons('_cron_tick')) or 1
        )
        if ran:
            self._wake_dispatch()
        due = tick.next_due(self.env)
        if due:
            self._wake_crons(at=max(due, fields.Datetime.now()))

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
        due, as the crons would have done."""
        self._run_engine(min(fields.Datetime.now(), until), commit)
        while (due := tick.next_due(self.env)) and due < until:
            self._run_engine(due, commit)
        self._run_engine(until, commit)

    @api.model
    def _cron_sweep(self):
        """Enroll those who began to meet the conditions without anything happening to the subject
        itself."""
        now = fields.Datetime.now()
        for workflow in self.search([('state', '=', 'published'), ('version_id', '!=', False)]):
            sql.retried(
                self.env,
                tick.isolated,
                self.env,
                workflow,
                enroll.reconcile,
                workflow.version_id,
                now,
            )
            self.env['ir.cron']._commit_progress(1)

    def _preview(self, now):
        """Return what publishing at ``now`` would mean, see :func:`~..engine.simulate.preview`."""
        self.ensure_one()
        # sudo: counting over all patients; only numbers leave this method
        return simulate.preview(self.sudo().env, _plain(self._to_definition()), now)


def _plain(definition):
    """Return the definition as it comes back from the database: tuples are lists there."""
    return json.loads(json.dumps(definition))
