from copy import deepcopy
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import NOW, FollowupCase

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@tagged('post_install', '-at_install')
class TestMoves(FollowupCase):
    """Patients of an older version go on in the new one, and back."""

    def definition(self, **steps):
        """Return a definition: an e-mail, three days, a call, unless ``steps`` say otherwise."""
        message = {
            'kind': 'message',
            'name': "E-mail",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': {
                'email': {
                    'id': self.email_template.id,
                    'subject': {'en_US': "A word"},
                    'body': {'en_US': "Dear patient"},
                }
            },
            'late': {'policy': 'send', 'minutes': 60},
        }
        given = {
            'mail': message | {'next': {'sent': 'wait', 'suppressed': 'call'}},
            'wait': {
                'kind': 'wait',
                'name': "Three days",
                'amount': 3,
                'unit': 'days',
                'next': {'done': 'call'},
            },
            'call': self.call("Call"),
        }
        given = {key: step for key, step in (given | steps).items() if step}
        return {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}},
            'entry': [['appointment_status', '=', 'booked']],
            'start': 'mail',
            'steps': deepcopy(given),
        }

    def call(self, name):
        return {
            'kind': 'care_task',
            'name': name,
            'type': 'call',
            'role': 'call_desk',
            'purpose': self.reminder.id,
            'hours': 24,
            'next': {},
        }

    def setUp(self):
        super().setUp()
        self.visit = self.appointment(self.patient())
        self.flow = self.publish(self.definition())
        self.go(self.visit.start - DAY)
        self.enrollment = self.visit.enrollment_ids
        self.token = self.enrollment.token_ids
        self.assertEqual((self.token.step_key, self.token.state), ('wait', 'parked'))
        self.old = self.flow.version_id

    def republish(self, **steps):
        """Freeze another version with ``steps`` instead of those of the first."""
        definition = self.definition(**steps)
        self.flow.version_id = self.old.create(
            {
                'workflow_id': self.flow.id,
                'number': self.flow.version_id.number + 1,
                'graph': definition,
                'checksum': str(self.flow.version_id.number),
                'publisher_id': self.env.uid,
                'date': NOW,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()

    def plan(self, **targets):
        """Return the plan that is proposed, with ``targets``: {old key: new key or ``''``}."""
        plan = self.env['healthcare.workflow.move']._propose(self.flow)
        for line in plan.line_ids:
            if line.key in targets:
                line.target_id = plan.target_ids.filtered(
                    lambda one, key=targets[line.key]: (one.key or '') == key
                )
        return plan

    def sends(self):
        return [message.key for message in self.sent]

    # ------------------------------------------------------------ staying

    def test_step_that_is_in_both_keeps_its_patients_as_they_are(self):
        due, visit = self.token.due_at, self.token.visit
        self.republish(wait=self.old.graph['steps']['wait'] | {'amount': 9})
        plan = self.plan()
        self.assertEqual(plan.line_ids.mapped(lambda line: (line.key, line.waiting)), [('wait', 1)])
        self.assertEqual(plan.line_ids.target_id.key, 'wait')
        plan._apply(NOW + 2 * DAY)
        self.assertEqual(
            (self.token.step_key, self.token.due_at, self.token.visit), ('wait', due, visit)
        )
        self.assertEqual(self.token.version_id, self.flow.version_id)
        self.assertEqual(self.enrollment.version_id, self.flow.version_id)
        self.assertEqual((plan.state, plan.moved_count, plan.left_count), ('applied', 1, 0))
        self.assertEqual(self.enrollment.log_ids[0].kind, 'migrated')

    def test_what_follows_is_of_the_new_version(self):
        self.republish(call=self.call("Call with a new script"))
        self.plan()._apply(NOW + 2 * DAY)
        self.go(NOW + 5 * DAY)
        self.assertEqual(self.tasks(self.visit.patient_id).name, "Call with a new script")

    def test_answer_to_an_open_task_finds_the_patient_after_the_move(self):
        self.go(NOW + 5 * DAY)
        self.assertEqual(self.token.step_key, 'call')
        self.republish(
            call=self.call("Call") | {'next': {'reached': 'bye'}},
            bye={'kind': 'end', 'name': "Bye", 'as': 'goal'},
        )
        self.plan()._apply(NOW + 5 * DAY)
        self.tasks(self.visit.patient_id).action_reached()
        self.go(NOW + 5 * DAY)
        self.assertEqual((self.enrollment.state, self.enrollment.exit_reason), ('done', 'goal'))

    def test_first_step_still_to_come_keeps_its_date_and_its_check(self):
        later = self.appointment(self.patient("Binh Tran"), NOW + 9 * DAY)
        self.go(NOW + DAY)
        due = later.enrollment_ids.token_ids.due_at
        self.assertEqual(later.enrollment_ids.state, 'active')
        self.republish()
        self.plan()._apply(NOW + 2 * DAY)
        token = later.enrollment_ids.token_ids
        self.assertEqual((token.due_at, token.visit, token.state), (due, 1, 'scheduled'))
        later.appointment_status = 'cancelled'
        self.go(NOW + 3 * DAY)
        self.assertEqual(later.enrollment_ids.exit_reason, 'subject_cancelled')

    # ------------------------------------------------------------ going elsewhere

    def test_patients_of_a_step_that_is_gone_have_to_be_told_where_to(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        plan = self.plan()
        self.assertFalse(plan.line_ids.target_id)
        with self.assertRaises(UserError):
            plan._apply(NOW + 2 * DAY)
        self.assertEqual(self.token.version_id, self.old)

    def republish_without_call(self):
        """Publish a version of an e-mail and a wait."""
        wait = self.old.graph['steps']['wait'] | {'next': {}}
        self.republish(call=None, wait=wait, mail=self.mail(next={'sent': 'wait'}))

    def mail(self, **values):
        return self.definition()['steps']['mail'] | values

    def test_who_is_inside_a_step_that_is_gone_enters_the_other_at_once(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        visit = self.token.visit
        self.plan(wait='call')._apply(NOW + 2 * DAY)
        self.assertEqual(
            (self.token.step_key, self.token.state, self.token.due_at, self.token.visit),
            ('call', 'scheduled', NOW + 2 * DAY, visit + 1),
        )
        self.go(NOW + 2 * DAY)
        self.assertEqual(len(self.tasks(self.visit.patient_id)), 1)

    def test_same_key_of_another_kind_is_another_step(self):
        self.republish(wait=self.call("Call instead") | {'next': {}})
        plan = self.plan()
        plan._apply(NOW + 2 * DAY)
        self.assertEqual((self.token.state, self.token.due_at), ('scheduled', NOW + 2 * DAY))
        self.go(NOW + 2 * DAY)
        self.assertEqual(self.tasks(self.visit.patient_id).name, "Call instead")

    def test_open_task_of_a_step_that_is_gone_is_withdrawn(self):
        self.go(NOW + 5 * DAY)
        task = self.tasks(self.visit.patient_id)
        self.republish_without_call()
        self.plan(call='wait')._apply(NOW + 5 * DAY)
        self.assertEqual(task.state, 'cancelled')

    def test_a_message_that_went_out_is_not_sent_again_under_its_old_key(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        self.plan(wait='mail')._apply(NOW + DAY)
        self.go(NOW + DAY)
        keys = self.ledger(self.visit.patient_id).mapped('idempotency_key')
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(len(self.sends()), 2)

    def test_step_mapped_to_nothing_lets_its_patients_leave(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        plan = self.plan(wait='')
        plan._apply(NOW + 2 * DAY)
        self.assertEqual(
            (self.enrollment.state, self.enrollment.exit_reason), ('exited', 'moved_version')
        )
        self.assertEqual((plan.moved_count, plan.left_count), (0, 1))

    def test_incident_stays_one_until_it_is_tried_again(self):
        self.env.cr.execute(
            "UPDATE healthcare_workflow_token SET state = 'incident' WHERE id = %s", [self.token.id]
        )
        self.env.invalidate_all()
        self.republish()
        self.plan()._apply(NOW + 2 * DAY)
        self.assertEqual((self.token.state, self.token.step_key), ('incident', 'wait'))

    # ------------------------------------------------------------ several paths

    def parallel(self):
        """Let a second patient be on two paths: waiting in ``wait`` and on a ``call``."""
        self.republish(mail=self.mail(next={'sent': ['wait', 'call']}))
        visit = self.appointment(self.patient("Binh Tran"), NOW + 4 * DAY)
        self.go(NOW + 3 * DAY)
        tokens = visit.enrollment_ids.token_ids
        self.assertEqual(set(tokens.mapped('step_key')), {'wait', 'call'})
        return visit.enrollment_ids

    def test_path_without_a_place_ends_and_the_others_go_on(self):
        enrollment = self.parallel()
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        self.plan(wait='')._apply(NOW + 3 * DAY)
        self.assertEqual((enrollment.state, enrollment.live), ('active', 1))
        live = enrollment.token_ids.filtered(lambda token: token.state != 'done')
        self.assertEqual((live.step_key, live.version_id), ('call', self.flow.version_id))

    def test_all_paths_of_a_patient_are_moved_together(self):
        enrollment = self.parallel()
        self.republish()
        plan = self.plan()
        plan._apply(NOW + 3 * DAY)
        self.assertEqual(enrollment.token_ids.version_id, self.flow.version_id)
        # two patients, three paths
        self.assertEqual(plan.moved_count, 2)

    # ------------------------------------------------------------ preview

    def test_preview_says_what_would_happen_at_once_and_does_none_of_it(self):
        self.republish(wait=None, mail=self.mail(name="Again", next={'sent': 'call'}))
        before = len(self.ledger(self.visit.patient_id))
        plan = self.plan(wait='mail')
        self.assertIn("Again", plan.preview_html)
        self.assertIn("Call", plan.preview_html)
        self.assertEqual(len(self.ledger(self.visit.patient_id)), before)

    def test_preview_of_those_who_stay_says_that_nothing_happens(self):
        self.republish()
        self.assertIn("Nothing is sent", self.plan().preview_html)

    def test_preview_follows_the_form(self):
        self.republish(wait=None, mail=self.mail(name="Again", next={'sent': 'call'}))
        plan = self.plan()
        with Form(plan) as form:
            self.assertNotIn("Again", form.preview_html)
            with form.line_ids.edit(0) as line:
                line.target_id = plan.target_ids.filtered(lambda one: one.key == 'mail')
            self.assertIn("Again", form.preview_html)

    # ------------------------------------------------------------ undo

    def test_undo_puts_back_who_stayed(self):
        due = self.token.due_at
        self.republish()
        plan = self.plan()
        plan._apply(NOW + 2 * DAY)
        plan._undo(NOW + 2 * DAY + HOUR)
        self.assertEqual((self.token.version_id, self.token.due_at), (self.old, due))
        self.assertEqual(self.enrollment.version_id, self.old)
        self.assertEqual((plan.state, plan.returned_count, plan.kept_count), ('undone', 1, 0))

    def test_undo_puts_back_who_was_to_enter_another_step(self):
        before = (self.token.step_key, self.token.state, self.token.due_at, self.token.visit)
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        plan = self.plan(wait='call')
        plan._apply(NOW + 2 * DAY)
        plan._undo(NOW + 2 * DAY)
        self.assertEqual(
            (self.token.step_key, self.token.state, self.token.due_at, self.token.visit), before
        )
        self.go(NOW + 5 * DAY)
        self.assertEqual(self.tasks(self.visit.patient_id).name, "Call")

    def test_undo_leaves_who_has_moved_on_and_says_how_many(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        plan = self.plan(wait='call')
        plan._apply(NOW + 2 * DAY)
        self.go(NOW + 2 * DAY)
        plan._undo(NOW + 2 * DAY + HOUR)
        self.assertEqual(self.token.version_id, self.flow.version_id)
        self.assertEqual((plan.returned_count, plan.kept_count), (0, 1))

    def test_undo_opens_again_the_task_the_move_withdrew(self):
        self.go(NOW + 5 * DAY)
        task = self.tasks(self.visit.patient_id)
        self.republish_without_call()
        plan = self.plan(call='wait')
        plan._apply(NOW + 5 * DAY)
        plan._undo(NOW + 5 * DAY)
        self.assertEqual(task.state, 'requested')
        task.action_reached()
        self.go(NOW + 5 * DAY)
        self.assertEqual(self.enrollment.state, 'done')

    def test_those_who_left_stay_out_and_are_counted(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        plan = self.plan(wait='')
        plan._apply(NOW + 2 * DAY)
        plan._undo(NOW + 2 * DAY)
        self.assertEqual(self.enrollment.state, 'exited')
        self.assertEqual((plan.returned_count, plan.kept_count), (0, 1))

    def test_moving_undoing_and_moving_again_sends_nothing_twice(self):
        self.republish(wait=None, mail=self.mail(next={'sent': 'call'}))
        for _round in range(3):
            plan = self.plan(wait='mail')
            plan._apply(NOW + DAY)
            plan._undo(NOW + DAY)
        self.plan(wait='mail')._apply(NOW + DAY)
        self.go(NOW + DAY)
        self.assertEqual(len(self.sends()), 2)
        self.assertEqual(len(set(self.sends())), 2)

    # ------------------------------------------------------------ who and when

    def test_a_plan_is_carried_out_once(self):
        self.republish()
        plan = self.plan()
        plan._apply(NOW + 2 * DAY)
        with self.assertRaises(UserError):
            plan._apply(NOW + 2 * DAY)
        plan._undo(NOW + 2 * DAY)
        with self.assertRaises(UserError):
            plan._undo(NOW + 2 * DAY)

    def test_a_plan_for_a_version_that_is_not_current_any_more_is_refused(self):
        self.republish()
        plan = self.plan()
        self.republish()
        with self.assertRaises(UserError):
            plan._apply(NOW + 2 * DAY)

    def test_without_anybody_in_an_older_version_there_is_no_plan(self):
        self.assertEqual(self.flow.older_count, 0)
        with self.assertRaises(UserError):
            self.flow.action_move_waiting()

    def test_administrator_moves_from_the_form(self):
        self.republish()
        administrator = new_test_user(
            self.env, 'test_moves', groups='healthcare_crm.group_clinic_administrator'
        )
        flow = self.flow.with_user(administrator)
        self.assertEqual(flow.older_count, 1)
        action = flow.action_move_waiting()
        plan = self.env[action['res_model']].with_user(administrator).browse(action['res_id'])
        plan.action_apply()
        self.assertEqual(plan.moved_count, 1)
        self.assertEqual(flow.action_open_moves()['domain'], [('workflow_id', '=', flow.id)])

    def test_others_do_not_move_anybody(self):
        self.republish()
        plan = self.plan()
        nurse = new_test_user(self.env, 'test_nurse', groups='healthcare_crm.group_nurse')
        with self.assertRaises(AccessError):
            self.flow.with_user(nurse).action_move_waiting()
        with self.assertRaises(AccessError):
            plan.with_user(nurse).action_apply()
