import json
from datetime import timedelta
from pathlib import Path

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

    A case: {description, steps, patients, clock, expected}, and perhaps triggers and guards.
    ``clock`` holds moments as hours relative to each appointment ("-24h"), or "outcomes", when
    staff finish the open tasks with each patient's ``outcome``, or "answer:…", when every message
    gets that answer. ``expected`` tells, per patient, the ledger [channel, status, reason], the log
    lines, the states of tasks, and how the enrollment stands.
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

    def definition(self, case):
        """Return the full definition of a case: texts and the reminder purpose are filled in."""
        for step in case['steps'].values():
            if step['kind'] == 'message':
                step |= {'purpose': self.reminder.id, 'templates': TEXTS}
            elif step.get('purpose') == 'reminder':
                step['purpose'] = self.reminder.id
        return {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': case.get('triggers')
            or {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
            'entry': [],
            'guards': case.get('guards') or {},
            'start': next(iter(case['steps'])),
            'steps': case['steps'],
        }

    def check(self, case):
        patients, outcomes, visits = {}, {}, {}
        for name, values in case['patients'].items():
            appointment = values.pop('appointment', {})
            outcomes[name] = values.pop('outcome', None)
            patients[name] = self.patient(
                name, **{'consents': (), 'email': 'someone@example.org'} | values
            )
            visits[name] = self.appointment(patients[name], START, **appointment)
        self.publish(self.definition(case))
        for moment in case['clock']:
            if moment == 'outcomes':
                for name, outcome in outcomes.items():
                    self.tasks(patients[name])._complete(outcome)
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

    def seen_ledger(self, patient):
        return [[row.channel, row.status, row.reason or None] for row in self.ledger(patient)]

    def seen_log(self, patient):
        return [
            ' '.join(filter(None, (line.step_key, line.kind, line.outcome, line.reason)))
            for line in patient.enrollment_ids.log_ids.sorted('id')
        ]

    def seen_tasks(self, patient):
        return self.tasks(patient).mapped('state')

    def seen_state(self, patient):
        return patient.enrollment_ids.state

    def seen_exit_reason(self, patient):
        return patient.enrollment_ids.exit_reason
