from datetime import timedelta

from odoo.tests import tagged

from ..engine.simulate import preview, simulate
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
TEXTS = {
    'email': {'subject': {'en_US': "Hello"}, 'body': {'en_US': "Hello {patient_name}"}},
}


@tagged('post_install', '-at_install')
class TestSimulate(FollowupCase):
    """A clock that is put forward plays a workflow on real patients, and leaves no trace."""

    def definition(self, **changes):
        """Return: remind a day before, call who has no e-mail, thank a day after the visit."""
        message = {'kind': 'message', 'purpose': self.reminder.id, 'templates': TEXTS}
        message |= {'channels': ['email'], 'late': {'policy': 'send', 'minutes': 600}}
        return {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}},
            'guards': {'quiet': None},
            'start': 'remind',
            'steps': {
                'remind': message
                | {'name': "Remind", 'next': {'sent': 'wait', 'suppressed': ['call', 'wait']}},
                'call': {
                    'kind': 'care_task',
                    'name': "Call",
                    'role': 'reception',
                    'hours': 4,
                    'next': {'confirmed': 'goal'},
                },
                'goal': {'kind': 'end', 'name': "Comes", 'as': 'goal'},
                'wait': {
                    'kind': 'wait',
                    'name': "A day after",
                    'field': 'stop',
                    'amount': 1,
                    'unit': 'days',
                    'next': {'done': 'thank'},
                },
                'thank': message | {'name': "Thank", 'next': {}},
            },
        } | changes

    def seen(self, lines):
        """Return [(days from now, patient, step, outcome)] of simulated lines."""
        partners = self.env['res.partner']
        return [
            (
                (line.moment - NOW) / DAY,
                partners.browse(line.row.patient_id).name,
                line.row.step_key,
                'waits' if line.result.is_parked else line.result.outcome,
            )
            for line in lines
        ]

    def play(self, **steps):
        """Return what a simulation sees of ``steps``, as (step, outcome); the first begins."""
        self.appointment(self.patient(), NOW + 3 * DAY)
        definition = self.definition(start=next(iter(steps)), steps=steps)
        lines = simulate(self.env, definition, NOW, NOW + 10 * DAY)
        return [(key, outcome) for _moment, _name, key, outcome in self.seen(lines)]

    def test_a_path_that_another_stopped_at_the_same_moment_takes_no_step(self):
        message = self.definition()['steps']['thank']
        self.assertEqual(
            self.play(
                begin=message | {'next': {'sent': ['join', 'other']}},
                join={'kind': 'join', 'name': "J", 'mode': 'first', 'next': {}},
                other=message | {'next': {'sent': 'join'}},
            ),
            [('begin', 'sent'), ('join', 'waits'), ('join', 'done')],
        )

    def test_two_paths_may_come_to_the_goal_at_the_same_moment(self):
        message = self.definition()['steps']['thank']
        self.assertEqual(
            self.play(
                begin=message | {'next': {'sent': ['one', 'two']}},
                one=message | {'next': {'sent': 'goal'}},
                two=message | {'next': {'sent': 'goal'}},
                goal={'kind': 'end', 'name': "G", 'as': 'goal'},
            ),
            [('begin', 'sent'), ('one', 'sent'), ('two', 'sent'), *[('goal', 'goal')] * 2],
        )

    def test_every_step_comes_at_its_moment(self):
        start = NOW + 3 * DAY
        self.appointment(self.patient("Written"), start)
        self.appointment(self.patient("Called", email=False), start + DAY)
        lines = simulate(self.env, self.definition(), NOW, NOW + 10 * DAY)
        half_an_hour = timedelta(minutes=30) / DAY
        self.assertEqual(
            self.seen(lines),
            [
                (2, "Written", 'remind', 'sent'),
                (2, "Written", 'wait', 'waits'),
                (3, "Called", 'remind', 'suppressed'),
                (3, "Called", 'call', 'waits'),
                (3, "Called", 'wait', 'waits'),
                # nobody has called yet
                (3 + 4 / 24, "Called", 'call', 'waits'),
                (4 + half_an_hour, "Written", 'wait', 'done'),
                (4 + half_an_hour, "Written", 'thank', 'sent'),
                (5 + half_an_hour, "Called", 'wait', 'done'),
                (5 + half_an_hour, "Called", 'thank', 'suppressed'),
            ],
        )

    def test_an_answer_that_is_assumed_is_followed(self):
        self.appointment(self.patient("Called", email=False), NOW + 3 * DAY)
        lines = simulate(
            self.env, self.definition(), NOW, NOW + 10 * DAY, answers={'call': 'confirmed'}
        )
        self.assertEqual(self.seen(lines)[-1], (2, "Called", 'goal', 'goal'))

    def test_nothing_comes_after_the_end_of_the_period(self):
        self.appointment(self.patient(), NOW + 3 * DAY)
        self.assertEqual(simulate(self.env, self.definition(), NOW, NOW + DAY), [])

    def test_chosen_subjects_begin_at_once(self):
        chosen = self.appointment(self.patient("Chosen"), NOW + 9 * DAY)
        self.appointment(self.patient("Not chosen"), NOW + 9 * DAY)
        lines = simulate(self.env, self.definition(), NOW, NOW + DAY, subject_ids=chosen.ids)
        self.assertEqual(
            self.seen(lines),
            [(0, "Chosen", 'remind', 'sent'), (0, "Chosen", 'wait', 'waits')],
        )

    def test_conditions_are_read_at_the_simulated_moment(self):
        ways = [{'outcome': 'way1', 'name': "Soon", 'domain': [['start', '<', '+2d']]}]
        steps = {
            'wait': {
                'kind': 'wait',
                'name': "Wait",
                'amount': 5,
                'unit': 'days',
                'next': {'done': 'soon'},
            },
            'soon': {'kind': 'branch', 'name': "Soon?", 'ways': ways, 'next': {}},
        }
        visit = self.appointment(self.patient(), NOW + 6 * DAY)
        definition = self.definition(steps=steps, start='soon')
        later = self.definition(steps=steps, start='wait')
        now_lines = simulate(self.env, definition, NOW, NOW + DAY, visit.ids)
        later_lines = simulate(self.env, later, NOW, NOW + 6 * DAY, visit.ids)
        self.assertEqual(now_lines[-1].result.outcome, 'otherwise')
        self.assertEqual(later_lines[-1].result.outcome, 'way1')

    def test_the_preview_counts_who_enters_now_and_within_thirty_days(self):
        for number in range(3):
            self.appointment(self.patient(f"Patient {number}"), NOW + (20 + 10 * number) * DAY)
        self.appointment(self.patient("Past"), NOW - DAY)
        found = preview(self.env, self.definition(), NOW)
        self.assertEqual((found['entering'], found['reached']), (3, 2))
        self.assertEqual(found['steps']['remind', 'sent', 'email'], 2)

    def test_no_table_changes_and_nothing_is_sent(self):
        for number in range(5):
            self.appointment(
                self.patient(
                    f"Patient {number}", email=f'p{number}@example.org' if number % 2 else False
                ),
                NOW + (3 + number) * DAY,
            )
        self.env.flush_all()
        before = self.checksums()
        lines = simulate(
            self.env, self.definition(), NOW, NOW + 30 * DAY, answers={'call': 'no_answer'}
        )
        preview(self.env, self.definition(), NOW)
        self.env.flush_all()
        self.assertTrue(lines)
        self.assertEqual(self.checksums(), before)
        self.assertFalse(self.sent)
        # the sums do tell: of one value of one row
        self.practitioner.name = "Dr Wu"
        self.env.flush_all()
        self.assertNotEqual(self.checksums(), before)

    def checksums(self):
        """Return {table: checksum over all its rows} of every table in the database."""
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
        )
        sums = {}
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT count(*), sum(hashtext(one::text)::bigint) FROM "{table}" AS one'
            )
            sums[table] = self.env.cr.fetchone()
        return sums
