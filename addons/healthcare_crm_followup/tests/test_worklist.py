from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged

from ..models.healthcare_care_task_worklist import count_word
from .common import NOW
from .test_care_tasks import CareTaskCase

HOUR = timedelta(hours=1)


class WorklistCase(CareTaskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['healthcare.care.task'].search([]).unlink()
        cls.lead = new_test_user(
            cls.env,
            'test_lead',
            groups='healthcare_crm.group_nurse,healthcare_crm_followup.group_team_lead',
            tz='Asia/Taipei',
        )
        cls.desk = new_test_user(cls.env, 'test_desk', groups='healthcare_crm.group_call_desk')

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def task(self, user=None, **values):
        given = {'window_start': self.now - HOUR, 'window_end': self.now + HOUR}
        return super().task(user, **given | values)

    def worklist(self, user, task_id=None, without=(), **view):
        """Return what the worklist of ``user`` shows."""
        tasks = self.env['healthcare.care.task'].with_user(user)
        return tasks.worklist_load(view, task_id, without)

    def shown(self, user, **view):
        """Return the ids of the queue of ``user``."""
        return [row['id'] for row in self.worklist(user, **view)['tasks']]


@tagged('post_install', '-at_install')
class TestQueue(WorklistCase):
    def test_the_more_urgent_come_first_then_those_due_sooner(self):
        calm = self.task(window_end=self.now + 3 * HOUR)
        soon = self.task()
        endless = self.task(window_end=False)
        urgent = self.task(priority='2', window_end=self.now + 9 * HOUR)
        self.assertEqual(
            self.shown(self.lan, scope='team'), [urgent.id, soon.id, calm.id, endless.id]
        )

    def test_tabs_and_their_counts(self):
        mine, colleagues, free = self.task(self.lan), self.task(self.minh), self.task()
        self.task(role='call_desk')
        found = self.worklist(self.lan)
        self.assertEqual(
            {one['code']: one['count'] for one in found['scopes']},
            {'mine': '1', 'team': '3', 'unassigned': '1'},
        )
        self.assertEqual(found['scope'], 'mine')
        self.assertEqual([row['id'] for row in found['tasks']], mine.ids)
        self.assertEqual(self.shown(self.lan, scope='unassigned'), free.ids)
        self.assertEqual(self.worklist(self.hoa)['scope'], 'team', "who has nothing helps others")
        self.assertIn(colleagues.id, self.shown(self.hoa))
        self.assertEqual(
            [one['code'] for one in self.worklist(self.lead)['scopes']],
            ['mine', 'team', 'unassigned', 'all'],
        )
        self.assertEqual(len(self.shown(self.lead, scope='all')), 4)
        self.assertEqual(self.worklist(self.lan, scope='all')['scope'], 'mine')

    def test_an_administrator_has_no_team(self):
        administrator = new_test_user(
            self.env, 'test_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        self.task()
        found = self.worklist(administrator)
        self.assertEqual([one['code'] for one in found['scopes']], ['mine', 'unassigned', 'all'])
        self.assertEqual(len(found['tasks']), 1)

    def test_counts_beyond_a_thousand_are_not_counted(self):
        self.assertEqual(count_word(999), '999')
        self.assertEqual(count_word(1000), '999+')

    def test_overdue_is_said_in_words(self):
        self.task(window_end=self.now - HOUR)
        (row,) = self.worklist(self.lan)['tasks']
        self.assertTrue(row['is_overdue'])
        self.assertIn("Overdue since", row['due'])

    def test_what_comes_next_is_told_when_there_is_nothing(self):
        later = self.task(window_start=self.now + HOUR, window_end=self.now + 2 * HOUR)
        found = self.worklist(self.lan, task_id='next')
        self.assertEqual((found['tasks'], found['card']), ([], None))
        self.assertEqual([row['id'] for row in found['later']], later.ids)
        self.assertIn("From", found['later'][0]['due'])

    def test_search_and_filters(self):
        binh = self.task(patient_id=self.patient("Binh Tran").id)
        check = self.task(task_type='check')
        self.assertEqual(self.shown(self.lan, search="binh"), binh.ids)
        self.assertEqual(self.shown(self.lan, search=binh.patient_id.patient_number), binh.ids)
        binh.patient_id.phone = '0987 123 456'
        self.assertEqual(self.shown(self.lan, search="0987-123"), binh.ids)
        check.name = "Look at the wound"
        self.assertEqual(self.shown(self.lan, search="wound"), check.ids)
        self.assertEqual(self.shown(self.lan, type='check'), check.ids)
        self.assertEqual(self.shown(self.lan, role='call_desk'), [])
        self.assertEqual(self.shown(self.lan, workflow=1), [])

    def test_few_queries_whatever_the_number_of_tasks(self):
        # fields.Datetime keeps no microseconds: what is made now may be due in a moment
        for number in range(30):
            self.task(patient_id=self.patient(f"Patient {number}").id, user=self.minh)
        tasks = self.env['healthcare.care.task'].with_user(self.lan)
        # as the page asks
        tasks = tasks.with_context(lang='en_US', tz='Asia/Taipei')
        # before the commit the audit asks whom tasks and contacts are about, and what was opened
        audit = 3
        for search, most in (('', 8), ('patient', 9)):
            view = {'scope': 'team', 'search': search}
            self.env.invalidate_all()
            tasks.worklist_load(view)
            self.env.invalidate_all()
            with self.assertQueryCount(most + audit):
                self.assertEqual(len(tasks.worklist_load(view)['tasks']), 30)

    def test_those_without_a_role_see_nothing(self):
        marketing = new_test_user(self.env, 'test_mkt', groups='healthcare_crm.group_marketing')
        employee = new_test_user(self.env, 'test_emp', groups='base.group_user')
        for user in (marketing, employee):
            with self.assertRaises(AccessError):
                self.worklist(user)

    def test_tasks_of_another_clinic_are_not_shown(self):
        other = self.env['res.company'].create({'name': "Elsewhere"})
        self.task(company_id=other.id)
        self.assertEqual(self.shown(self.lan, scope='team'), [])


@tagged('post_install', '-at_install')
class TestHolding(WorklistCase):
    def opened(self, user, task_id='next', **kwargs):
        card = self.worklist(user, task_id, scope='team', **kwargs)['card']
        self.env.invalidate_all()
        return card and card['id']

    def test_two_people_get_two_tasks(self):
        first, second = self.task(priority='1'), self.task()
        self.assertEqual(self.opened(self.lan), first.id)
        self.assertEqual(self.opened(self.minh), second.id)
        self.assertFalse(self.opened(self.hoa))
        self.assertEqual(self.opened(self.lan), first.id, "one keeps what one has")

    def test_who_has_it_is_told(self):
        task = self.task()
        self.opened(self.lan)
        card = self.worklist(self.minh, task.id, scope='team')['card']
        self.assertEqual((card['holder'], card['can_work']), (self.lan.name, False))
        with self.assertRaises(UserError):
            task.with_user(self.minh).worklist_finish('reached')
        task.with_user(self.lan).worklist_finish('reached')
        self.assertFalse(task.held_by_id)

    def test_released_when_left(self):
        first, second = self.task(priority='1'), self.task()
        self.opened(self.lan)
        self.opened(self.lan, second.id)
        self.assertEqual(self.opened(self.minh), first.id, "opening another one leaves the first")
        second.with_user(self.minh).worklist_release()
        self.assertEqual(second.held_by_id, self.lan, "one releases one's own only")
        second.with_user(self.lan).worklist_release()
        self.assertFalse(second.held_by_id)

    def test_who_went_away_holds_nothing_after_three_minutes(self):
        task = self.task()
        self.opened(self.lan)
        task.sudo().held_until = self.now - timedelta(seconds=1)
        self.assertEqual(self.opened(self.minh), task.id)

    def test_what_is_about_to_end_stays_held(self):
        first, second = self.task(priority='1'), self.task()
        self.opened(self.lan)
        self.assertEqual(self.opened(self.lan, without=first.ids), second.id)
        self.assertEqual(first.held_by_id, self.lan)

    def test_nobody_forges_a_hold(self):
        task = self.task()
        for name in ('held_by_id', 'held_until', 'attempts'):
            with self.assertRaises(AccessError):
                task.with_user(self.lan).write({name: False})

    def test_a_row_that_another_transaction_takes_is_passed_over(self):
        tasks = self.env['healthcare.care.task']
        # two real transactions need rows that both see: made, and taken away, outside this one
        with db_connect(self.env.cr.dbname).cursor() as maker:
            maker.execute("SELECT id FROM res_partner WHERE is_patient ORDER BY id LIMIT 1")
            (patient_id,) = maker.fetchone()
            maker.execute(
                """INSERT INTO healthcare_care_task (name, patient_id, task_type, role, priority,
                          state) SELECT 'Locked', %s, 'call', 'nurse', '0', 'requested'
                     FROM generate_series(1, 2) RETURNING id""",
                [patient_id],
            )
            first, second = (row[0] for row in maker.fetchall())
            maker.commit()
            try:
                with (
                    db_connect(self.env.cr.dbname).cursor() as one,
                    db_connect(self.env.cr.dbname).cursor() as other,
                ):
                    taken = [
                        tasks.with_env(self.env(cr=cursor, user=user, su=False))
                        .browse([first, second])
                        ._hold(self.now)
                        .id
                        for cursor, user in (
                            (one, self.env.ref('base.user_admin')),
                            (other, self.env.ref('base.user_root')),
                        )
                    ]
                    self.assertEqual(taken, [first, second])
                    one.rollback()
                    other.rollback()
            finally:
                maker.execute('DELETE FROM healthcare_care_task WHERE id IN %s', [(first, second)])
                maker.commit()


@tagged('post_install', '-at_install')
class TestCard(WorklistCase):
    def card(self, task, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.worklist(user or self.lan, task.id, scope='team')['card']

    def test_what_a_caller_has_to_know(self):
        mother = self.env['res.partner'].create({'name': "Mrs Lin", 'phone': '+886 911 111 111'})
        child = self.patient(
            "Lin Xiaoming",
            birth_date=fields.Date.today() - timedelta(days=3000),
            guardian_id=mother.id,
            lang='zh_TW',
            contact_blocked=True,
        )
        visit = self.appointment(child, self.now + timedelta(days=1))
        task = self.task(
            patient_id=child.id,
            appointment_id=visit.id,
            instruction="Ask {patient_name} to come to {clinic}",
        )
        task.with_context(lang='zh_TW').instruction = "請{patient_name}到{clinic}"
        card = self.card(task)
        self.assertEqual((card['patient'], card['age']), ("Lin Xiaoming", 8))
        self.assertEqual(card['phone'], mother.phone)
        self.assertEqual(card['call_whom'], "Mrs Lin")
        self.assertEqual(
            [alert['icon'] for alert in card['alerts']], ['fa-ban', 'fa-child', 'fa-language']
        )
        self.assertEqual(
            [one['text'] for one in card['script']],
            ["請Lin Xiaoming到Test Clinic", "Ask Lin Xiaoming to come to Test Clinic"],
        )
        self.assertTrue(card['appointment']['is_coming'])
        self.assertEqual(card['appointment']['status'], "Booked")

    def test_a_script_in_one_language_is_shown_once(self):
        card = self.card(self.task(instruction="Say hello"))
        self.assertEqual(card['script'], [{'lang': '', 'text': "Say hello"}])

    def outcomes(self, task):
        return {one['key']: one['code'] for one in self.card(task)['outcomes']}

    def test_outcomes_have_keys_that_stay_the_same(self):
        own = [{'outcome': f'outcome{n}', 'name': f"Own {n}"} for n in range(1, 3)]
        visit = self.appointment(self.patient(), self.now + timedelta(days=1))
        about_visit = self.task(appointment_id=visit.id, own_outcomes=own)
        self.assertEqual(
            self.outcomes(about_visit),
            {
                '1': 'confirmed',
                '2': 'rescheduled',
                '3': 'cancelled',
                '4': 'no_answer',
                '5': 'wrong_number',
                '6': 'outcome1',
                '7': 'outcome2',
            },
        )
        self.assertEqual(
            self.outcomes(self.task()), {'1': 'reached', '4': 'no_answer', '5': 'wrong_number'}
        )
        self.assertEqual(self.outcomes(self.task(task_type='check')), {'1': 'reached'})

    def test_a_visit_that_was_is_not_confirmed(self):
        visit = self.appointment(self.patient(), self.now - timedelta(days=1))
        self.assertEqual(self.outcomes(self.task(appointment_id=visit.id))['1'], 'reached')

    def test_what_was_tried_before(self):
        patient = self.patient()
        self.workflow()
        task = self.task(patient_id=patient.id)
        self.env['healthcare.communication'].create(
            {'patient_id': patient.id, 'channel': 'sms', 'status': 'sent'}
        )
        self.assertIn("sent", self.card(task)['before'][0]['text'])

    def test_quality_reads_but_does_not_work(self):
        quality = new_test_user(self.env, 'test_qual', groups='healthcare_crm.group_quality')
        task = self.task()
        card = self.card(task, quality)
        self.assertFalse(card['can_work'])
        self.assertFalse(task.held_by_id)

    def test_few_queries(self):
        visit = self.appointment(self.patient(), self.now + timedelta(days=1))
        task = self.task(
            appointment_id=visit.id, patient_id=visit.patient_id.id, instruction="{clinic_phone}"
        )
        self.card(task)
        self.env.invalidate_all()
        with self.assertQueryCount(75):
            self.worklist(self.lan, task.id, scope='team')


@tagged('post_install', '-at_install')
class TestCallBack(WorklistCase):
    def at(self, hour):
        """Let it be ``hour`` o'clock at the clinic, on a Monday in 2030."""
        moment = datetime(2030, 1, 7, hour) - timedelta(hours=8)
        self.enterContext(patch.object(fields.Datetime, 'now', staticmethod(lambda *_args: moment)))
        return moment

    def later(self, task):
        card = self.worklist(self.lan, task.id, scope='team')['card']
        return [one['code'] for one in card['later']]

    def test_moments_are_of_the_clinics_day(self):
        task = self.task()
        moment = self.at(10)
        self.assertEqual(self.later(task), ['hour', 'afternoon', 'morning'])
        self.assertEqual(task._later_moments(moment)['afternoon'], datetime(2030, 1, 7, 6))
        self.assertEqual(task._later_moments(moment)['morning'], datetime(2030, 1, 8, 1))
        self.at(15)
        self.assertEqual(self.later(task), ['hour', 'morning'])

    def test_the_task_stays_open_and_counts_attempts(self):
        task = self.task(self.lan)
        self.worklist(self.lan, task.id)
        task.with_user(self.lan).worklist_postpone('hour')
        self.assertEqual((task.state, task.attempts, task.user_id), ('requested', 1, self.lan))
        self.assertAlmostEqual(task.window_start, self.now + HOUR, delta=timedelta(minutes=1))
        self.assertEqual(task.window_end - task.window_start, HOUR)
        self.assertFalse(task.held_by_id)
        self.assertEqual(self.shown(self.lan), [])

    def test_day_and_time_are_the_clinics(self):
        self.at(10)
        task = self.task()
        task.with_user(self.lan).worklist_postpone('at', '2030-01-09T15:30')
        self.assertEqual(task.window_start, datetime(2030, 1, 9, 7, 30))

    def test_not_in_the_past_nor_after_the_appointment(self):
        now = self.at(10)
        visit = self.appointment(self.patient(), now + timedelta(hours=3))
        task = self.task(appointment_id=visit.id).with_user(self.lan)
        for code, at in (('morning', None), ('at', '2030-01-06T10:00'), ('at', 'soon'), ('', None)):
            with self.subTest(code=code, at=at), self.assertRaises(UserError):
                task.worklist_postpone(code, at)
        task.worklist_postpone('hour')

    def test_the_workflow_waits_as_much_longer(self):
        patient = self.patient()
        visit = self.appointment(patient)
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}
                },
                'start': 't',
                'steps': {
                    't': {
                        'kind': 'care_task',
                        'name': "Call",
                        'role': 'nurse',
                        'hours': 1,
                        'next': {'timeout': 'e'},
                    },
                    'e': {'kind': 'end', 'name': "Late"},
                },
            },
            NOW,
        )
        start = visit.start - timedelta(days=1)
        self.go(start)
        task = self.tasks(patient)
        self.enterContext(
            patch.object(fields.Datetime, 'now', staticmethod(lambda *_args: start + HOUR / 2))
        )
        task.with_user(self.lan).worklist_postpone('hour')
        self.go(start + HOUR * 2)
        self.assertEqual(task.state, 'requested', "its time would have been up")
        self.go(start + HOUR * 3)
        self.assertEqual(task.state, 'failed')


@tagged('post_install', '-at_install')
class TestGivingWork(WorklistCase):
    def test_to_me_to_a_colleague_and_back(self):
        task = self.task()
        mine = task.with_user(self.lan)
        self.worklist(self.lan, task.id, scope='team')
        mine.worklist_assign(self.lan.id)
        self.assertEqual((task.user_id, task.state), (self.lan, 'in-progress'))
        self.assertEqual(task.held_by_id, self.lan)
        mine.worklist_assign(self.minh.id)
        self.assertEqual((task.user_id, task.state), (self.minh, 'requested'))
        self.assertFalse(task.held_by_id)
        mine.worklist_assign(False)
        self.assertFalse(task.user_id)

    def test_not_to_somebody_who_does_no_tasks(self):
        outsider = new_test_user(self.env, 'test_outsider', groups='base.group_user')
        with self.assertRaises(UserError):
            self.task().with_user(self.lan).worklist_assign(outsider.id)

    def test_colleagues_and_who_is_away(self):
        self.away(self.minh)
        found = {
            one['id']: one['is_away']
            for one in self.env['healthcare.care.task'].with_user(self.lan).worklist_colleagues()
        }
        self.assertEqual((found[self.hoa.id], found[self.minh.id]), (False, True))

    def test_several_at_once_in_few_queries(self):
        few = self.task(self.minh) | self.task(self.minh)
        many = self.env['healthcare.care.task'].union(*(self.task(self.minh) for _ in range(20)))
        few.with_user(self.lead).worklist_assign(self.hoa.id)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(25):
            self.assertEqual(many.with_user(self.lead).worklist_assign(self.hoa.id), 20)
            self.env.flush_all()
        self.assertEqual(many.user_id, self.hoa)

    def test_workload(self):
        self.task(self.minh, window_end=self.now - HOUR)
        self.task(self.minh)
        done = self.task(self.minh)
        done.with_user(self.minh)._complete('reached')
        self.task()
        self.away(self.hoa, self.minh, first=2, last=3)
        self.env.flush_all()
        load = self.env['healthcare.care.task'].with_user(self.lead).workload_load()
        people = {one['id']: one for one in load['people']}
        minh = people[self.minh.id]
        self.assertEqual((minh['open'], minh['overdue'], minh['done']), (2, 1, 1))
        self.assertAlmostEqual(minh['hours'], 1, delta=0.2)
        self.assertIn(self.minh.name, people[self.hoa.id]['absence'])
        self.assertEqual([(one['role'], one['open']) for one in load['unassigned']], [('nurse', 1)])
        tasks = self.env['healthcare.care.task'].with_user(self.lead)
        self.assertEqual(len(tasks.workload_tasks(self.minh.id)), 2)
        self.assertEqual(len(tasks.workload_tasks(False, 'nurse')), 1)

    def test_the_workload_takes_few_queries(self):
        for user in (self.minh, self.hoa, self.lan):
            self.task(user)
            self.task(user, window_end=self.now - HOUR)
        self.away(self.hoa, self.minh, first=2, last=3)
        tasks = self.env['healthcare.care.task'].with_user(self.lead)
        tasks = tasks.with_context(lang='en_US', tz='Asia/Taipei')
        for call in (tasks.workload_load, lambda: tasks.workload_tasks(self.minh.id)):
            self.env.invalidate_all()
            call()
            self.env.invalidate_all()
            with self.assertQueryCount(10):
                call()

    def test_workload_is_for_leads(self):
        tasks = self.env['healthcare.care.task'].with_user(self.lan)
        for call in (tasks.workload_load, lambda: tasks.workload_tasks(self.minh.id)):
            with self.assertRaises(AccessError):
                call()

    def test_a_lead_enters_the_absence_of_others(self):
        task = self.task(self.minh)
        self.env['healthcare.absence'].with_user(self.lead).create(
            {
                'user_id': self.minh.id,
                'substitute_id': self.hoa.id,
                'date_from': self.today_of(self.minh),
                'date_to': self.today_of(self.minh),
            }
        )
        task.invalidate_recordset()
        (row,) = self.worklist(self.hoa)['tasks']
        self.assertEqual((row['user'], row['instead_of']), (self.hoa.name, self.minh.name))
