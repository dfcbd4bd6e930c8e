import json
from datetime import timedelta
from pathlib import Path

from odoo.fields import Command
from odoo.tests import tagged

from ..engine.steps import STEP_KINDS
from .common import NOW, FollowupCase

CASES = Path(__file__).parent / 'cases'
TEXTS = {
    'email': {'subject': {'en_US': "Hello"}, 'body': {'en_US': "Hello {patient_name}"}},
    'sms': {'body': {'en_US': "Hello {patient_name}"}},
}
START = NOW + timedelta(days=3)


@tagged('post_install', '-at_install')
class TestCases(FollowupCase):
    """Runs ``cases/*.json``, one file per kind of step; a new case needs no code.

    A case: {description, steps, patients, clock, expected}, and where it needs them {subject,
    triggers, guards, entry, reentry, workflows, surveys, actions}.

    ``workflows``, ``surveys`` and ``actions`` are what steps may name, by their keys:
    {name: {subject, steps, …}}, {title: [{"title", "answers": [{"value", "score", "red_flag"}]}]}
    and {name: values of the server action}, whose ``model`` and ``field`` are names.

    ``clock`` holds moments as hours relative to each appointment ("-24h"); "outcomes", when staff
    finish the open tasks with each patient's ``outcome``; "answer:…", when every message gets that
    answer; and what happens in between, each for
    patients by name: {"changes": {name: values of the appointment}}, {"happens": {name: code}},
    {"answers": {name: the answers chosen in the survey}}.

    ``expected`` tells, per patient, the ledger [channel, status, reason], the log lines, the states
    of tasks, urgent ones [role, note], how the enrollment stands (of several workflows:
    "states"), and the location of the appointment, for actions to write.
    """

    def test_cases(self):
        for path in sorted(CASES.glob('*.json')):
            for case in json.loads(path.read_text()):
                with (
                    self.subTest(kind=path.stem, case=case['description']),
                    self.env.cr.savepoint(),
                ):
                    self.check(case)
                    # the next case starts from a clean board
                    self.env['healthcare.workflow'].search([]).action_archive()

    def test_every_kind_of_step_has_its_cases(self):
        self.assertEqual({path.stem for path in CASES.glob('*.json')}, set(STEP_KINDS))

    # ------------------------------------------------------------ setting up

    def definition(self, case):
        """Return the full definition of a case: texts and the reminder purpose are filled in, names
        become ids."""
        for step in case['steps'].values():
            if step['kind'] in ('message', 'survey'):
                step |= {'purpose': self.reminder.id, 'templates': TEXTS}
            elif step.get('purpose') == 'reminder':
                step['purpose'] = self.reminder.id
            for kind, known in self.named.items():
                if kind in step:
                    step[kind] = known[step[kind]].id
            for way in step.get('ways', ()):
                if 'answer' in way:
                    way['answer'] = self.answer(way['answer']).id
        return {
            'schema': 1,
            'subject': case.get('subject', 'calendar.event'),
            'tz': 'Asia/Taipei',
            'triggers': case.get('triggers')
            or {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
            'guards': case.get('guards') or {},
            'entry': case.get('entry', []),
            'reentry': case.get('reentry', {}),
            'start': next(iter(case['steps'])),
            'steps': case['steps'],
        }

    def answer(self, value):
        """Return the answer called ``value`` of the case's surveys."""
        return next(
            answer
            for survey in self.named['survey'].values()
            for answer in survey.question_ids.suggested_answer_ids
            if answer.value == value
        )

    def survey(self, title, questions):
        """Return a survey for invited people with questions of one choice each."""
        return self.env['survey.survey'].create(
            {
                'title': title,
                'access_mode': 'token',
                'scoring_type': 'scoring_without_answers',
                'question_and_page_ids': [
                    Command.create(
                        {
                            'title': question['title'],
                            'question_type': 'simple_choice',
                            'suggested_answer_ids': [
                                Command.create(
                                    {
                                        'value': answer['value'],
                                        'answer_score': answer.get('score', 0),
                                        'is_red_flag': answer.get('red_flag', False),
                                    }
                                )
                                for answer in question['answers']
                            ],
                        }
                    )
                    for question in questions
                ],
            }
        )

    def action(self, name, model, field=None, **values):
        """Return a server action on ``model``, which may update its ``field``."""
        return self.env['ir.actions.server'].create(
            {
                'name': name,
                'model_id': self.env['ir.model']._get_id(model),
                'update_path': field,
                **values,
            }
        )

    def prepare(self, case):
        """Make what the case's steps refer to by name, and publish its workflows."""
        self.named = {'survey': {}, 'action': {}, 'workflow': {}}
        for title, questions in case.get('surveys', {}).items():
            self.named['survey'][title] = self.survey(title, questions)
        for name, values in case.get('actions', {}).items():
            self.named['action'][name] = self.action(name, **values)
        for name, other in case.get('workflows', {}).items():
            self.named['workflow'][name] = self.publish(self.definition(other))
            self.named['workflow'][name].name = name
        self.publish(self.definition(case)).name = "Main"

    # ------------------------------------------------------------ playing

    def check(self, case):
        patients, outcomes, visits = {}, {}, {}
        for name, values in case['patients'].items():
            appointment = values.pop('appointment', {})
            outcomes[name] = values.pop('outcome', None)
            patients[name] = self.patient(
                name, **{'consents': (), 'email': 'someone@example.org'} | values
            )
            visits[name] = self.appointment(patients[name], START, **appointment)
        self.prepare(case)
        for moment in case['clock']:
            if moment == 'outcomes':
                for name, outcome in outcomes.items():
                    self.tasks(patients[name])._complete(outcome)
            elif isinstance(moment, dict):
                for what, by_name in moment.items():
                    for name, value in by_name.items():
                        getattr(self, f'play_{what}')(visits[name], value)
            elif moment.startswith('answer:'):
                sent = self.ledger(self.env['res.partner'].union(*patients.values()))
                event = self.env['healthcare.workflow.event']
                event._answered(sent, moment.removeprefix('answer:'))
            else:
                self.go(START + timedelta(hours=float(moment.rstrip('h'))))
        for name, expected in case['expected'].items():
            for what, value in expected.items():
                self.assertEqual(
                    getattr(self, f'seen_{what}')(patients[name]), value, f'{name}: {what}'
                )

    def play_changes(self, visit, values):
        visit.write(values)

    def play_happens(self, visit, code):
        self.env['healthcare.workflow.event']._happened(code, visit)

    def play_answers(self, visit, chosen):
        """Answer as the survey's page does."""
        answers = self.env['survey.user_input'].search(
            [('partner_id', '=', visit.patient_id.id)], order='id desc', limit=1
        )
        answers._mark_in_progress()
        for answer in map(self.answer, chosen):
            answers._save_lines(answer.question_id, answer.id)
        answers._mark_done()

    # ------------------------------------------------------------ looking

    def seen_ledger(self, patient):
        return [[row.channel, row.status, row.reason or None] for row in self.ledger(patient)]

    def seen_log(self, patient):
        return [
            ' '.join(filter(None, (line.step_key, line.kind, line.outcome, line.reason)))
            for line in patient.enrollment_ids.log_ids.sorted('id')
        ]

    def seen_tasks(self, patient):
        return self.tasks(patient).mapped('state')

    def seen_urgent(self, patient):
        tasks = self.tasks(patient).filtered(lambda task: task.priority == '2')
        return [[task.role, task.note or task.name] for task in tasks]

    def seen_state(self, patient):
        return patient.enrollment_ids.state

    def seen_states(self, patient):
        return {one.workflow_id.name: one.state for one in patient.enrollment_ids}

    def seen_exit_reason(self, patient):
        return patient.enrollment_ids.exit_reason

    def seen_location(self, patient):
        return self.env['calendar.event'].search([('patient_id', '=', patient.id)]).location
