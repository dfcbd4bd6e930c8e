from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import NOW, FollowupCase


class CareTaskCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lan, cls.minh, cls.hoa = (
            new_test_user(cls.env, login, groups='healthcare_crm.group_nurse', tz='Asia/Taipei')
            for login in ('test_lan', 'test_minh', 'test_hoa')
        )

    def task(self, user=None, **values):
        """Return a task of ``user``."""
        given = {
            'name': "Call",
            'patient_id': self.patient().id,
            'role': 'nurse',
            'user_id': user.id if user else False,
        }
        return self.env['healthcare.care.task'].create(given | values)

    def today_of(self, user):
        """Return the day it is for ``user``."""
        return fields.Date.context_today(user.with_user(user))

    def away(self, user, substitute=None, first=0, last=0):
        """Let ``user`` be away from ``first`` to ``last`` days from today."""
        today = self.today_of(user)
        return self.env['healthcare.absence'].create(
            {
                'user_id': user.id,
                'substitute_id': substitute.id if substitute else False,
                'date_from': today + timedelta(days=first),
                'date_to': today + timedelta(days=last),
            }
        )


@tagged('post_install', '-at_install')
class TestAbsences(CareTaskCase):
    def test_open_tasks_go_to_the_substitute_at_once(self):
        task = self.task(self.lan)
        done = self.task(self.lan)
        done._complete('reached')
        self.away(self.lan, self.minh)
        self.assertEqual((task.user_id, task.absent_user_id), (self.minh, self.lan))
        self.assertEqual(done.user_id, self.lan)

    def test_without_a_substitute_they_are_for_the_role(self):
        task = self.task(self.lan)
        task.with_user(self.lan).action_assign_to_me()
        self.away(self.lan)
        self.assertFalse(task.user_id)
        self.assertEqual((task.state, task.role), ('requested', 'nurse'))

    def test_a_substitute_who_is_away_too_gets_nothing(self):
        self.away(self.minh, self.hoa)
        task = self.task(self.lan)
        self.away(self.lan, self.minh)
        self.assertFalse(task.user_id)

    def test_only_while_they_are_away(self):
        task = self.task(self.lan)
        self.away(self.lan, self.minh, first=1, last=3)
        self.away(self.lan, self.minh, first=-3, last=-1)
        self.assertEqual(task.user_id, self.lan)

    def test_the_cron_hands_over_what_came_in_since(self):
        self.away(self.lan, self.minh)
        task = self.task(self.lan)
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_followup.ir_cron_hand_over').method_direct_trigger()
        task.invalidate_recordset()
        self.assertEqual(task.user_id, self.minh)

    def test_days_are_those_of_the_persons_own_time_zone(self):
        absences = self.env['healthcare.absence']
        absences.create(
            {'user_id': self.lan.id, 'date_from': '2030-01-07', 'date_to': '2030-01-07'}
        )
        for hours, is_away in ((-10, False), (-8, True), (14, True), (15, False)):
            with self.subTest(hours=hours):
                away = absences._away(NOW + timedelta(hours=hours))  # 9:00 on the 7th in Taipei
                self.assertEqual(self.lan.id in away, is_away)

    def test_new_tasks_of_a_workflow_go_straight_to_the_substitute(self):
        self.env['healthcare.absence'].create(
            {
                'user_id': self.lan.id,
                'substitute_id': self.minh.id,
                'date_from': '2030-01-01',
                'date_to': '2030-01-31',
            }
        )
        task = self.open_task(user=self.lan.id)
        self.assertEqual(task.user_id, self.minh)

    def open_task(self, patient=None, **values):
        """Return the task that a care task step opens."""
        self.env['healthcare.workflow'].search([]).action_archive()
        patient = patient or self.patient()
        visit = self.appointment(patient)
        step = {'kind': 'care_task', 'name': "Call", 'role': 'nurse', 'hours': 4} | values
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}
                },
                'start': 't',
                'steps': {'t': step},
            }
        )
        self.go(visit.start - timedelta(days=1))
        return self.tasks(patient)

    def test_for_the_practitioner_of_the_appointment_then_of_the_patient_then_the_role(self):
        usual = self.env['healthcare.practitioner'].create(
            {'name': "Dr Usual", 'user_id': self.hoa.id}
        )
        step = {'practitioner': True, 'role': None}
        self.assertFalse(self.open_task(**step).user_id)
        self.assertEqual(self.open_task(**step).role, 'practitioner')
        patient = self.patient("Binh Tran", practitioner_id=usual.id)
        self.assertEqual(self.open_task(patient, **step).user_id, self.hoa)
        self.practitioner.user_id = self.lan
        patient = self.patient("Chi Pham", practitioner_id=usual.id)
        self.assertEqual(self.open_task(patient, **step).user_id, self.lan)

    def test_an_escalation_goes_to_somebody_who_is_there(self):
        self.env['healthcare.absence'].create(
            {
                'user_id': self.lan.id,
                'substitute_id': self.minh.id,
                'date_from': '2030-01-01',
                'date_to': '2030-01-31',
            }
        )
        task = self.open_task(
            priority='1', escalate={'hours': 1, 'user': self.lan.id, 'priority': '0'}
        )
        self.assertFalse(task.escalated_at)
        start = task.window_start
        self.go(start + timedelta(hours=4))
        self.assertFalse(task.escalated_at, "only after its hour of grace")
        self.go(start + timedelta(hours=5))
        self.assertEqual(task.user_id, self.minh)
        self.assertEqual(task.priority, '1', "a priority never falls")
        self.assertEqual(task.escalated_at, start + timedelta(hours=5))

    def test_a_done_task_is_not_escalated(self):
        task = self.open_task(escalate={'hours': 1, 'role': 'reception', 'priority': '2'})
        self.env.cr.execute(
            "UPDATE healthcare_care_task SET state = 'completed' WHERE id = %s", task.ids
        )
        task.invalidate_recordset()
        self.go(task.window_start + timedelta(hours=5))
        self.assertEqual((task.role, task.priority), ('nurse', '0'))

    def test_everybody_enters_their_own_absence_only(self):
        absences = self.env['healthcare.absence']
        own = absences.with_user(self.lan).create({'date_to': self.today_of(self.lan)})
        self.assertEqual(own.user_id, self.lan)
        with self.assertRaises(AccessError):
            absences.with_user(self.lan).create(
                {'user_id': self.minh.id, 'date_to': self.today_of(self.minh)}
            )
        theirs = self.away(self.minh)
        self.assertEqual(absences.with_user(self.lan).search([]), own)
        administrator = new_test_user(
            self.env, 'test_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        theirs.with_user(administrator).substitute_id = self.hoa
        employee = new_test_user(self.env, 'test_employee', groups='base.group_user')
        with self.assertRaises(AccessError):
            absences.with_user(employee).search([])

    def test_nobody_stands_in_for_themselves(self):
        with self.assertRaises(ValidationError):
            self.away(self.lan, self.lan)


@tagged('post_install', '-at_install')
class TestOutcomes(CareTaskCase):
    own = [{'outcome': 'outcome1', 'name': "Needs a wheelchair"}]

    def test_a_task_ends_only_as_it_can(self):
        task = self.task(own_outcomes=self.own)
        with self.assertRaises(UserError):
            task.with_user(self.lan).action_own_outcome('outcome2')
        task.with_user(self.lan).action_own_outcome('outcome1')
        self.assertEqual((task.state, task.outcome), ('completed', 'own'))
        self.assertEqual(task.outcome_name, "Needs a wheelchair")

    def test_nobody_forges_what_came_of_a_task(self):
        for field in ('own_outcome', 'own_outcomes', 'escalated_at', 'absent_user_id'):
            with self.subTest(field=field), self.assertRaises(AccessError):
                self.task().with_user(self.lan).write({field: False})

    def test_the_worklist_of_my_role(self):
        mine, theirs = self.task(), self.task(role='reception')
        tasks = self.env['healthcare.care.task'].with_user(self.lan)
        found = tasks.search([('is_for_my_role', '=', True)])
        self.assertIn(mine, found)
        self.assertNotIn(theirs, found)
        self.assertIn(theirs, tasks.search([('is_for_my_role', '=', False)]))
        self.assertTrue(mine.with_user(self.lan).is_for_my_role)

    def test_the_history_says_it_in_the_clinics_words(self):
        patient = self.patient()
        visit = self.appointment(patient)
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'UTC',
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
                        'outcomes': self.own,
                        'escalate': {'hours': 0, 'priority': '2'},
                    }
                },
            }
        )
        start = visit.start - timedelta(days=1)
        self.go(start)
        self.go(start + timedelta(hours=1))
        self.tasks(patient)._complete('outcome1')
        self.go(start + timedelta(hours=1))
        self.assertEqual(
            patient.enrollment_ids.log_ids.sorted('id').mapped('summary'),
            [
                "Enrolled",
                "Call – Waits",
                "Call – Waits – Nobody did it in time: made more urgent",
                "Call – Needs a wheelchair",
            ],
        )


@tagged('post_install', '-at_install')
class TestOwnOutcomeButton(HttpCase, CareTaskCase):
    def test_its_button_ends_the_task_and_keeps_the_note(self):
        patient = self.patient("Own Outcome")
        task = self.task(patient_id=patient.id, own_outcomes=TestOutcomes.own)
        self.start_tour('/odoo/care-tasks', 'healthcare_own_outcome', login='test_lan')
        self.assertEqual((task.own_outcome, task.note), ('outcome1', "Walks badly"))
