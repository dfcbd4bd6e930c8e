from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..channels import CHANNEL_ADAPTERS
from ..engine import dispatch
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestOutgoingQueue(FollowupCase):
    """What staff do with messages that have not left yet."""

    def setUp(self):
        super().setUp()
        self.patients = self.patient("An Nguyen") | self.patient("Binh Tran")
        for patient in self.patients:
            self.appointment(patient)
        self.workflow()._publish(NOW)
        self.moment = NOW + DAY
        self.go(self.moment, send=False)
        self.rows = self.ledger(self.patients)
        self.an, self.binh = self.rows
        self.staff = new_test_user(
            self.env, 'test_reception', groups='healthcare_crm.group_reception'
        )

    def as_staff(self, rows):
        return rows.with_user(self.staff)

    def send(self):
        self.env.flush_all()
        dispatch.run(self.env, self.channels, lambda: self.moment, self._no_commit)
        self.env.invalidate_all()

    def wakes(self):
        """Return (enrollment, outcome) of every answer that waits for the engine."""
        events = self.env['healthcare.workflow.event'].search(
            [('kind', '=', 'wake'), ('processed_at', '=', False)]
        )
        return [(event.payload['enrollment'], event.payload['outcome']) for event in events]

    def test_held_message_does_not_leave_until_it_is_released(self):
        self.assertIs(self.as_staff(self.an).action_hold(), True)
        self.assertEqual(
            self.an.waits_for, "Held by test_reception (healthcare_crm.group_reception)"
        )
        self.send()
        self.assertEqual([message.to for message in self.sent], [self.binh.address])
        self.as_staff(self.an).action_release()
        self.assertFalse(self.an.reason)
        self.send()
        self.assertEqual(self.an.status, 'sent')

    def test_message_released_too_late_follows_the_late_policy(self):
        self.as_staff(self.an).action_hold()
        self.moment += timedelta(hours=23)
        self.as_staff(self.an).action_release()
        self.send()
        self.assertEqual((self.an.status, self.an.reason), ('suppressed', 'late'))

    def test_cancelled_message_never_leaves_and_its_step_hears_of_it(self):
        self.as_staff(self.an).action_cancel()
        self.send()
        self.assertEqual((self.an.status, self.an.reason), ('cancelled', 'manual'))
        self.assertEqual(self.wakes(), [(self.an.enrollment_id.id, 'suppressed')])
        self.assertEqual(self.binh.status, 'sent')

    def test_message_on_its_way_is_left_and_named(self):
        self.an.status = 'sending'
        notice = self.as_staff(self.rows).action_cancel()
        self.assertEqual((self.an.status, self.binh.status), ('sending', 'cancelled'))
        sentence = notice['params']['message']
        self.assertIn("An Nguyen", sentence)
        self.assertIn("Sending", sentence)
        self.assertNotIn("Binh Tran", sentence)

    def test_message_a_sender_has_in_hand_can_still_be_held(self):
        batch = dispatch.Batch(
            self.env, self.channels['email'](self.env), lambda: self.moment, self._no_commit
        )
        batch.take()
        self.as_staff(self.an).action_hold()
        batch.send()
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(self.an.status, 'held')

    def test_only_staff_may_stop_messages(self):
        reader = new_test_user(
            self.env, 'test_reader', groups='healthcare_crm.group_healthcare_user'
        )
        for action in ('action_hold', 'action_release', 'action_cancel', 'action_arrived'):
            with self.assertRaises(AccessError):
                getattr(self.an.with_user(reader), action)()
        self.assertEqual(self.an.status, 'queued')

    def test_staff_find_out_whether_a_message_arrived(self):
        for row in self.rows:
            row.status = 'sending'
            row.lease_until = self.moment - DAY
        self.send()
        self.assertEqual(set(self.rows.mapped('status')), {'unknown'})
        self.assertEqual(len(self.tasks(self.patients)), 2)
        self.as_staff(self.an).action_arrived()
        self.as_staff(self.binh).action_not_arrived()
        self.assertEqual((self.an.status, self.binh.status), ('sent', 'failed'))
        self.assertEqual(set(self.tasks(self.patients).mapped('state')), {'completed'})
        self.assertEqual(
            self.wakes(),
            [
                (self.an.enrollment_id.id, 'delivered'),
                (self.binh.enrollment_id.id, 'failed'),
            ],
        )
        # what is known already is not asked again
        self.assertIn('params', self.as_staff(self.an).action_not_arrived())
        self.assertEqual(self.an.status, 'sent')

    def test_queue_says_what_each_message_waits_for(self):
        self.assertEqual(self.an.step_name, "E-mail")
        self.an.due_at = False
        self.an.enrollment_id.workflow_id.action_pause()
        self.assertEqual(self.an.waits_for, "Its workflow is paused")

    def test_list_of_the_queue_opens_for_staff(self):
        action = self.env.ref('healthcare_crm_followup.healthcare_communication_action_outgoing')
        rows = self.env['healthcare.communication'].with_user(self.staff)
        found = rows.web_search_read(
            [('direction', '=', 'out'), ('status', '=', 'queued')],
            {'patient_id': {}, 'waits_for': {}, 'step_name': {}, 'enrollment_id': {}},
        )
        self.assertEqual(action.res_model, 'healthcare.communication')
        self.assertLessEqual(set(self.rows.ids), {record['id'] for record in found['records']})


@tagged('post_install', '-at_install')
class TestStaffChannels(FollowupCase):
    """Calls and letters: the message is a task, and the task's outcome the message's result."""

    def setUp(self):
        super().setUp()
        self.channels |= {code: CHANNEL_ADAPTERS[code] for code in ('call', 'letter')}
        self.staff = new_test_user(
            self.env, 'test_reception', groups='healthcare_crm.group_reception'
        )

    def handed(self, channel='call'):
        """Return a message by ``channel`` that was due, and its task."""
        patient = self.patient(
            consents=('email', 'sms', 'call', 'letter'), street="1 Hospital Road", city="Taipei"
        )
        visit = self.appointment(patient)
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}
                },
                'entry': [],
                'start': 'tell',
                'steps': {
                    'tell': {
                        'kind': 'message',
                        'name': "Tell",
                        'purpose': self.reminder.id,
                        'channels': [channel],
                        'templates': {
                            channel: {
                                'id': 0,
                                'subject': {'en_US': "About your visit"},
                                'body': {'en_US': "Dear {patient_name}, see you at {clinic}."},
                            }
                        },
                        'late': {'policy': 'send', 'minutes': 600},
                        'next': {'failed': 'stop'},
                    },
                    'stop': {'kind': 'end', 'name': "Stop", 'as': 'neutral', 'next': {}},
                },
            }
        )
        self.moment = visit.start - DAY
        self.go(self.moment)
        return self.ledger(patient), self.tasks(patient)

    def wakes(self):
        events = self.env['healthcare.workflow.event'].search(
            [('kind', '=', 'wake'), ('processed_at', '=', False)]
        )
        return [event.payload['outcome'] for event in events]

    def test_call_is_a_task_with_the_message_as_its_script(self):
        row, task = self.handed()
        self.assertEqual(row.status, 'handed')
        self.assertEqual(row.body, "Dear An Nguyen, see you at Test Clinic.")
        self.assertEqual(task.communication_id, row)
        self.assertEqual((task.task_type, task.role), ('call', 'call_desk'))
        self.assertEqual(task.instruction, row.body)
        self.assertEqual(task.idempotency_key, f'msg:{row.id}')
        self.assertIn("with the staff", row.summary)
        self.assertFalse(self.sent)

    def test_letter_is_a_task_to_print_and_post(self):
        row, task = self.handed('letter')
        self.assertEqual((row.status, task.task_type), ('handed', 'letter'))

    def test_call_that_was_made_is_the_result_of_its_message(self):
        row, task = self.handed()
        task.with_user(self.staff).action_reached()
        self.assertEqual((row.status, row.user_id), ('sent', self.staff))
        self.assertEqual(self.ledger(row.patient_id), row)
        self.assertEqual(self.wakes(), ['delivered'])

    def test_call_nobody_answered_has_failed(self):
        row, task = self.handed()
        task.with_user(self.staff).action_no_answer()
        self.assertEqual((row.status, row.reason), ('failed', 'no_answer'))
        self.assertEqual(self.ledger(row.patient_id), row)
        self.assertEqual(self.wakes(), ['failed'])

    def test_cancelled_message_takes_its_task_along(self):
        row, task = self.handed()
        row.with_user(self.staff).action_cancel()
        self.assertEqual((row.status, task.state), ('cancelled', 'cancelled'))

    def test_appointment_that_is_cancelled_takes_message_and_task_along(self):
        row, task = self.handed()
        row.appointment_id.appointment_status = 'cancelled'
        self.go(self.moment)
        self.assertEqual((row.status, task.state), ('cancelled', 'cancelled'))

    def test_running_again_hands_nothing_over_twice(self):
        row, task = self.handed()
        self.go(self.moment + timedelta(hours=1))
        self.assertEqual(self.tasks(row.patient_id), task)
