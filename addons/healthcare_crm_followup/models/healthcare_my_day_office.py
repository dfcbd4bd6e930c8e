from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from .healthcare_care_task import OPEN_STATES
from .healthcare_care_task_worklist import count_word
from .healthcare_my_day import block
from .healthcare_my_day_desk import SHOWN

#: weeks a trend goes back
WEEKS = 8


class HealthcareMyDay(models.AbstractModel):
    """The days of those who look after workflows, quality and marketing."""

    _inherit = 'healthcare.my.day'

    # ------------------------------------------------------------ clinic administrator

    @block('setup', 'clinic_administrator')
    @api.model
    def _block_setup(self):
        """How far the clinic came with the setup assistant."""
        setup = self.env['healthcare.setup'].progress()
        done = sum(is_done for _name, is_done in setup['steps'])
        steps = [] if setup['over'] else setup['steps']
        return {
            'title': self.env._("Setting up"),
            'icon': 'fa-rocket',
            'count': f'{done}/{len(setup["steps"])}',
            'checks': [{'text': name, 'is_done': is_done} for name, is_done in steps],
            'empty': {'text': self.env._("The clinic is set up.")},
            'more': {
                'name': self.env._("Setup assistant"),
                'action': {
                    'type': 'ir.actions.client',
                    'tag': 'healthcare_setup',
                    'name': self.env._("Setup"),
                },
            },
        }

    @block('workflows', 'clinic_administrator')
    @api.model
    def _block_workflows(self):
        """Whether the workflows run, and what stands still."""
        workflows = self.env['healthcare.workflow']
        states = dict(workflows._read_group([], ['state'], ['__count']))
        tokens = self.env['healthcare.workflow.token']
        incidents = self._count(tokens, [('state', '=', 'incident')])
        action = 'healthcare_crm_followup.healthcare_workflow_action'
        return {
            'title': self.env._("Workflows"),
            'icon': 'fa-sitemap',
            'figures': [
                self._figure(
                    self.env._("Running"),
                    states.get('published', 0),
                    'fa-play-circle',
                    'success',
                    action,
                ),
                self._figure(
                    self.env._("Paused"),
                    states.get('paused', 0),
                    'fa-pause-circle',
                    'warning' if states.get('paused') else 'secondary',
                    action,
                ),
                self._figure(
                    self.env._("Drafts"), states.get('draft', 0), 'fa-pencil', 'secondary', action
                ),
                self._figure(
                    self.env._("Incidents"),
                    count_word(incidents),
                    'fa-exclamation-triangle',
                    'danger' if incidents else 'secondary',
                    'healthcare_crm_followup.healthcare_workflow_incident_action',
                ),
            ],
        }

    @block('messages', 'clinic_administrator')
    @api.model
    def _block_messages(self):
        """What has not left, and what failed since yesterday."""
        ledger = self.env['healthcare.communication']
        waiting = {
            status: self._count(
                ledger, Domain('status', '=', status) & Domain('direction', '=', 'out')
            )
            for status in ('queued', 'held', 'unknown')
        }
        failed = Domain('status', '=', 'failed') & Domain('date', '>=', self._midnight(1))
        failures = self._count(ledger, failed)
        queue = 'healthcare_crm_followup.healthcare_communication_action_outgoing'
        return {
            'title': self.env._("Messages"),
            'icon': 'fa-envelope-o',
            'figures': [
                self._figure(
                    self.env._("To be sent"),
                    count_word(waiting['queued']),
                    'fa-clock-o',
                    'secondary',
                    queue,
                ),
                self._figure(
                    self.env._("On hold"),
                    count_word(waiting['held']),
                    'fa-hand-paper-o',
                    'warning' if waiting['held'] else 'secondary',
                    queue,
                ),
                self._figure(
                    self.env._("Not known whether sent"),
                    count_word(waiting['unknown']),
                    'fa-question-circle',
                    'warning' if waiting['unknown'] else 'secondary',
                    queue,
                ),
                self._figure(
                    self.env._("Failed since yesterday"),
                    count_word(failures),
                    'fa-exclamation-triangle',
                    'danger' if failures else 'secondary',
                    self._open_list(
                        self.env._("Failed since yesterday"), 'healthcare.communication', failed
                    ),
                ),
            ],
        }

    @block('workload', 'clinic_administrator')
    @api.model
    def _block_workload(self):
        """Who has how much to do."""
        tasks = self.env['healthcare.care.task']
        counted, overdue = Counter(), Counter()
        for person_id, _role, count, late in tasks._count_open(fields.Datetime.now()):
            counted[person_id] += count
            overdue[person_id] += late
        most = counted.most_common(SHOWN)
        people = self.env['res.users'].browse(one for one, _count in most if one)
        names = {person.id: person.name for person in people}
        return {
            'title': self.env._("Workload"),
            'icon': 'fa-users',
            'rows': [
                {
                    'id': person_id or 0,
                    'title': names.get(person_id) or self.env._("Unassigned"),
                    'text': '',
                    'badges': [
                        self._badge(self.env._("%s open", count), 'fa-tasks'),
                        *(
                            [
                                self._badge(
                                    self.env._("%s overdue", overdue[person_id]),
                                    'fa-exclamation-triangle',
                                    'danger',
                                )
                            ]
                            if overdue[person_id]
                            else []
                        ),
                    ],
                    'action': 'healthcare_crm_followup.healthcare_workload_action',
                }
                for person_id, count in most
            ],
            'empty': self._empty(self.env._("No care task is open.")),
            'more': {
                'name': self.env._("Hand over"),
                'action': 'healthcare_crm_followup.healthcare_workload_action',
            },
        }

    # ------------------------------------------------------------ marketing

    @block('marketing_workflows', 'marketing')
    @api.model
    def _block_marketing_workflows(self):
        """Workflows that send news and offers, with the figures of the last 30 days."""
        workflows = self.env['healthcare.workflow'].search(
            [('step_ids.purpose_id.code', '=', 'marketing')], limit=SHOWN
        )
        totals = {}
        for version, outcome, total in self.env['healthcare.workflow.stat']._read_group(
            [
                ('version_id.workflow_id', 'in', workflows.ids),
                ('date', '>=', fields.Date.today() - timedelta(days=30)),
            ],
            ['version_id', 'outcome'],
            ['total:sum'],
        ):
            key = (version.workflow_id, outcome.split('/')[0])
            totals[key] = totals.get(key, 0) + total
        states = dict(workflows._fields['state']._description_selection(self.env))
        icons = {
            'published': ('fa-play-circle', 'success'),
            'paused': ('fa-pause-circle', 'warning'),
        }
        return {
            'title': self.env._("Marketing workflows"),
            'icon': 'fa-bullhorn',
            'rows': [
                {
                    'id': one.id,
                    'title': one.name,
                    'text': one._say_opaque()
                    or self.env._(
                        "Last 30 days: %(sent)s sent, %(kept)s not sent",
                        sent=totals.get((one, 'sent'), 0),
                        kept=totals.get((one, 'suppressed'), 0),
                    ),
                    'badges': [
                        self._badge(states[one.state], *icons.get(one.state, ('fa-pencil',)))
                    ],
                    'action': self._open_record(one),
                }
                for one in workflows
            ],
            'empty': self._empty(
                self.env._(
                    "No workflow sends news and offers. An administrator adds one from the gallery."
                )
            ),
        }

    @block('segments', 'marketing')
    @api.model
    def _block_segments(self):
        """The largest segments: how many, not who."""
        segments = self.env['healthcare.segment'].search([('active', '=', True)])
        segments = segments.sorted('patient_count', reverse=True)[:SHOWN]
        return {
            'title': self.env._("Segments"),
            'icon': 'fa-pie-chart',
            'rows': [
                {
                    'id': one.id,
                    'title': one.name,
                    'text': self.env._("As of %s", self._moment(one.refreshed_at))
                    if one.refreshed_at
                    else self.env._("Being counted"),
                    'badges': [self._badge(one.group_size, 'fa-users')],
                    'action': self._open_record(one),
                }
                for one in segments
            ],
            'empty': self._empty(
                self.env._("Patients who have something in common make a segment."),
                self.env._("Segments"),
                'healthcare_crm.healthcare_segment_action',
            ),
            'more': {
                'name': self.env._("All"),
                'action': 'healthcare_crm.healthcare_segment_action',
            },
        }

    # ------------------------------------------------------------ quality

    @block('satisfaction', 'quality')
    @api.model
    def _block_satisfaction(self):
        """The average score of surveys, week by week."""
        # sudo: numbers of the user's clinics only; whose answers they are is not read
        found = self.env.execute_query(
            SQL(
                """
                SELECT date_trunc('week', answers.end_datetime)::date, avg(
                       answers.scoring_percentage), count(*)
                  FROM survey_user_input AS answers
                  JOIN survey_survey AS survey ON survey.id = answers.survey_id
                  JOIN res_partner AS patient ON patient.id = answers.partner_id
                 WHERE answers.state = 'done' AND answers.end_datetime >= %s
                   AND survey.scoring_type != 'no_scoring' AND patient.is_patient
                   AND NOT COALESCE(answers.test_entry, FALSE)
                   AND (patient.company_id IS NULL OR patient.company_id IN %s)
                 GROUP BY 1 ORDER BY 1
                """,
                self._midnight(7 * WEEKS),
                tuple(self._clinic_ids()),
            )
        )
        return {
            'title': self.env._("Satisfaction"),
            'icon': 'fa-smile-o',
            'bars': [
                {
                    'label': format_date(self.env, week, date_format='MMMd'),
                    'value': round(score or 0),
                    'text': self.env._(
                        "%(score)s %% of %(count)s answers", score=round(score or 0), count=count
                    ),
                }
                for week, score, count in found
            ],
            'empty': self._empty(
                self.env._("No survey with a score was answered in the last eight weeks.")
            ),
        }

    @api.model
    def _clinic_ids(self):
        """Return the ids of the clinics the user works in, with their branches."""
        # sudo: which branches a clinic has is no secret to those who work there
        clinics = self.env['res.company'].sudo()
        return clinics.search([('id', 'child_of', self.env.companies.ids)]).ids

    @block('complaints', 'quality')
    @api.model
    def _block_complaints(self):
        """What patients are unhappy about and nobody has seen to."""
        tasks = self._flagged_tasks(Domain.TRUE)
        about = self.env['healthcare.workflow'].search(
            [('trigger_ids.event', '=', 'complaint_received')]
        )
        if about:
            tasks |= tasks.search(
                Domain('state', 'in', OPEN_STATES)
                & Domain('enrollment_id.workflow_id', 'in', about.ids),
                limit=SHOWN,
            )
        return {
            'title': self.env._("Complaints and red flags to see to"),
            'icon': 'fa-commenting-o',
            **self._task_rows(tasks),
            'empty': self._empty(
                self.env._("None is open. Red flags in surveys and complaints appear here.")
            ),
        }
