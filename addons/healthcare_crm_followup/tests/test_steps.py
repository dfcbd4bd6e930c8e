"""The kinds of steps by themselves: what they decide, without a database."""

import unittest
from collections import Counter
from datetime import datetime
from types import SimpleNamespace

from ..engine.effects.rounds import rounds
from ..engine.steps import STEP_KINDS
from ..engine.steps.split import lot

NOW = datetime(2030, 1, 7, 1, 0)  # a Monday, 9:00 in Taipei


def problems(kind, **values):
    """Return (path, code) of what is wrong with the settings of a step."""
    return [found[:2] for found in STEP_KINDS[kind].validate(values)]


def step(kind, **values):
    """Return a step of its JSON form."""
    return STEP_KINDS[kind].from_json('s', values)


def row(**values):
    """Return a row that has just arrived, unless told otherwise."""
    return SimpleNamespace(**{'woken': None, 'loops': None, 'patient_id': 1, 'visit': 1} | values)


def scene(**values):
    return SimpleNamespace(
        **{'now': NOW, 'workflow_id': 7, 'graph': SimpleNamespace(tz='Asia/Taipei')} | values
    )


class TestSplit(unittest.TestCase):
    ways = [
        {'outcome': 'way1', 'name': "Short", 'weight': 3},
        {'outcome': 'way2', 'name': "Long", 'weight': 1},
    ]

    def arms(self, patients=20_000, workflow_id=7, **values):
        split = step('split', **{'ways': self.ways} | values)
        return {one: split.arm_of(workflow_id, one) for one in range(patients)}

    def test_weights_and_the_hold_out_share_patients_out(self):
        counts = Counter(self.arms(holdout=20).values())
        self.assertAlmostEqual(counts['holdout'] / 20_000, 0.20, delta=0.01)
        self.assertAlmostEqual(counts['way1'] / 20_000, 0.60, delta=0.015)
        self.assertAlmostEqual(counts['way2'] / 20_000, 0.20, delta=0.01)

    def test_a_lot_never_changes(self):
        # the very numbers: another hash would move patients who are under way
        self.assertEqual(
            [round(lot(7, 's12', one), 6) for one in (1, 2, 4711)], [0.034641, 0.484507, 0.775765]
        )

    def test_another_percentage_moves_nobody_between_ways(self):
        little, much = self.arms(holdout=5), self.arms(holdout=50)
        moved = [one for one in little if much[one] not in (little[one], 'holdout')]
        self.assertEqual(moved, [])

    def test_the_lots_of_two_splits_have_nothing_to_do_with_each_other(self):
        first, second = self.arms(), self.arms(workflow_id=8)
        same = sum(first[one] == second[one] for one in first) / len(first)
        self.assertAlmostEqual(same, 0.75**2 + 0.25**2, delta=0.015)

    def test_the_lot_is_the_workflows_own_and_the_arm_is_kept(self):
        rows = [row(patient_id=one) for one in range(200)]
        results = step('split', ways=self.ways).run(rows, scene(workflow_id=8))
        drawn = {result.row.patient_id: result.outcome for result in results}
        self.assertEqual(drawn, self.arms(200, workflow_id=8))
        self.assertTrue(all(result.arm == result.outcome for result in results))

    def test_problems(self):
        self.assertEqual(problems('split'), [('ways', 'no_ways')])
        self.assertEqual(problems('split', ways=self.ways, holdout=10), [])
        twice = [self.ways[0], self.ways[0] | {'weight': 0}]
        self.assertEqual(
            problems('split', ways=twice, holdout=100),
            [
                ('ways/1/outcome', 'bad_outcome'),
                ('ways/1/weight', 'no_weight'),
                ('holdout', 'bad_percent'),
            ],
        )


class TestGoto(unittest.TestCase):
    def test_it_counts_and_stops(self):
        goto = step('goto', limit=2)
        loops, outcomes = {'other': 5}, []
        for _pass in range(3):
            (result,) = goto.run([row(loops=loops)], scene())
            outcomes.append(result.outcome)
            loops = result.loops or loops
        self.assertEqual(outcomes, ['again', 'again', 'limit'])
        self.assertEqual(loops, {'other': 5, 's': 2})

    def test_problems(self):
        for limit in (None, 0, -1, True, 1.5):
            self.assertEqual(problems('goto', limit=limit), [('limit', 'no_limit')])
        self.assertEqual(problems('goto', limit=1), [])


class TestJoin(unittest.TestCase):
    def test_it_holds_who_arrives_and_lets_go_who_is_woken(self):
        join = step('join', mode='first')
        held, gone = join.run([row(), row(woken='joined')], scene())
        self.assertEqual((held.outcome, held.awaits), (None, 'join'))
        self.assertEqual(gone.outcome, 'done')

    def test_problems(self):
        self.assertEqual(problems('join'), [])
        self.assertEqual(problems('join', mode='some'), [('mode', 'unknown_mode')])


class TestWait(unittest.TestCase):
    office = {'weekdays': [0, 1, 2, 3, 4], 'from': '09:00', 'to': '17:00'}

    def park(self, now=NOW, **values):
        (result,) = step('wait', **values).run([row()], scene(now=now))
        return result.outcome, result.until

    def test_who_arrives_in_office_hours_does_not_wait(self):
        self.assertEqual(self.park(until=self.office)[0], 'done')
        last = datetime(2030, 1, 7, 8, 59)
        self.assertEqual(self.park(last, until=self.office)[0], 'done')

    def test_others_wait_for_them_on_the_wall_clock_of_the_clinic(self):
        friday = datetime(2030, 1, 11, 9, 0)  # 17:00 in Taipei: closed
        self.assertEqual(self.park(friday, until=self.office), (None, datetime(2030, 1, 14, 1, 0)))
        early = datetime(2030, 1, 6, 23, 0)  # 7:00 on Monday
        self.assertEqual(self.park(early, until=self.office), (None, datetime(2030, 1, 7, 1, 0)))

    def test_an_event_or_its_time_out(self):
        wait = step('wait', event='appointment_booked', amount=2, unit='days')
        clock = scene(shift=lambda moment, amount, unit: (moment, amount, unit))
        happened, late, parked = wait.run(
            [row(), row(woken='appointment_booked'), row(woken='due')], clock
        )
        self.assertEqual(parked.awaits, 'appointment_booked')
        self.assertEqual(parked.until, (NOW, 2, 'days'))
        self.assertEqual((happened.outcome, late.outcome), ('happened', 'timeout'))
        self.assertEqual(STEP_KINDS['wait'].outcomes({'event': 'x'}), ('happened', 'timeout'))

    def test_problems(self):
        self.assertEqual(problems('wait', amount=1, unit='working_days'), [])
        self.assertEqual(problems('wait', field='start', amount=-1, unit='days'), [])
        self.assertEqual(problems('wait', until=self.office), [])
        self.assertEqual(
            problems('wait', amount=0, unit='moons'),
            [('amount', 'no_amount'), ('unit', 'unknown_unit')],
        )
        self.assertEqual(
            problems('wait', until={'weekdays': [7], 'from': '25:00'}),
            [
                ('until/weekdays', 'no_weekday'),
                ('until/from', 'no_time'),
                ('until/to', 'no_time'),
            ],
        )


class TestSurvey(unittest.TestCase):
    message = {
        'purpose': 1,
        'channels': ['email'],
        'templates': {'email': {'subject': {'en_US': "Hi"}, 'body': {'en_US': '{survey_link}'}}},
        'survey': 12,
    }
    ways = [
        {'outcome': 'way1', 'name': "Pain", 'score': {'min': 10, 'max': 19}},
        {'outcome': 'way2', 'name': "Wants a call", 'answer': 87},
    ]

    def test_red_flag_first_then_ways_in_order_then_answered(self):
        survey = step('survey', **self.message, ways=self.ways, red_flag={'min': 20})
        for score, chosen, flagged, outcome in (
            (0, set(), False, 'answered'),
            (10, set(), False, 'way1'),
            (19, {87}, False, 'way1'),
            (9, {87}, False, 'way2'),
            (20, {87}, False, 'red_flag'),
            (10, {87}, True, 'red_flag'),
        ):
            with self.subTest(score=score, chosen=chosen, flagged=flagged):
                self.assertEqual(survey.outcome_of(score, chosen, flagged), outcome)

    def test_problems(self):
        self.assertEqual(problems('survey', **self.message, ways=self.ways), [])
        self.assertIn(('survey', 'no_survey'), problems('survey', **self.message | {'survey': 0}))
        self.assertIn(('purpose', 'no_purpose'), problems('survey', survey=1))
        ways = [{'outcome': 'way1', 'name': "?"}, {'outcome': 'answered', 'answer': 1}]
        self.assertEqual(
            problems('survey', **self.message, ways=ways, red_flag={'min': 5, 'max': 1}, days=-1),
            [
                ('ways/1/outcome', 'bad_outcome'),
                ('ways/0', 'no_score'),
                ('red_flag', 'no_score'),
                ('days', 'no_amount'),
            ],
        )


class TestCareTask(unittest.TestCase):
    def test_problems(self):
        sound = {'role': 'nurse', 'hours': 4}
        self.assertEqual(problems('care_task', **sound), [])
        self.assertEqual(problems('care_task', practitioner=True, hours=4), [])
        self.assertEqual(problems('care_task', hours=4), [('role', 'no_role')])
        self.assertEqual(
            problems(
                'care_task',
                **sound,
                priority='9',
                outcomes=[{'outcome': 'reached', 'name': "Mine"}],
                escalate={'priority': 'x'},
            ),
            [
                ('priority', 'unknown_priority'),
                ('outcomes/0/outcome', 'bad_outcome'),
                ('escalate/hours', 'no_window'),
                ('escalate/priority', 'unknown_priority'),
            ],
        )
        self.assertEqual(problems('care_task', **sound, escalate={'hours': 0}), [])


class TestOthers(unittest.TestCase):
    def test_problems(self):
        self.assertEqual(problems('action'), [('action', 'no_action')])
        self.assertEqual(problems('action', action=1, on='moon'), [('on', 'unknown_target_record')])
        self.assertEqual(problems('workflow'), [('workflow', 'no_workflow')])

    def test_rounds_take_each_once(self):
        self.assertEqual(rounds('abcab', lambda one: one), [['a', 'b', 'c'], ['a', 'b']])
        self.assertEqual(rounds('', len), [])
