from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..channels import Answer
from ..engine import dispatch
from ..models import healthcare_workflow
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestReminder(FollowupCase):
    """The main job: 24 hours before, by e-mail, else a phone task."""

    def setUp(self):
        super().setUp()
        self.flow = self.workflow()

    @contextmanager
    def rehearsing(self):
        """Let it be NOW, and nothing leave."""
        with (
            patch.object(healthcare_workflow, 'CHANNEL_ADAPTERS', self.channels),
            patch.object(healthcare_workflow.fields.Datetime, 'now', lambda *_args: NOW),
        ):
            yield

    def test_reminder_goes_out_at_its_moment_and_not_before(self):
        an = self.patient()
        visit = self.appointment(an)
        self.assertEqual(self.flow._publish(NOW), 1)
        self.go(visit.start - DAY - timedelta(minutes=1))
        self.assertFalse(self.sent)
        self.go(visit.start - DAY)
        self.assertEqual([message.to for message in self.sent], [an.email])
        self.assertEqual(self.ledger(an).status, 'sent')
        self.assertEqual(visit.reminder_channel, 'email')

    def test_a_rehearsal_lets_every_moment_come_in_its_turn(self):
        visits = [
            self.appointment(self.patient(f"Patient {day}"), NOW + day * DAY) for day in (2, 5, 9)
        ]
        self.flow._publish(NOW)
        with self.rehearsing():
            self.env['healthcare.workflow']._run_until(NOW + 6 * DAY, self._no_commit)
        self.assertEqual(
            [message.to for message in self.sent], [visit.patient_id.email for visit in visits[:2]]
        )

    def test_a_rehearsal_starts_what_the_calendar_starts(self):
        self.flow.action_archive()
        flow = self.env['healthcare.workflow']._import_document(
            {
                'format': 'healthcare-workflow',
                'version': 1,
                'name': "Birthday",
                'definition': {
                    'subject': 'res.partner',
                    'triggers': {'t1': {'kind': 'anniversary', 'field': 'birth_date'}},
                    'steps': {'call': {'kind': 'care_task', 'role': 'reception'}},
                },
            }
        )
        flow._publish(NOW)
        an = self.patient(birth_date=(NOW + 9 * DAY).replace(year=1980))
        workflows = self.env['healthcare.workflow']
        with self.rehearsing():
            workflows._run_until(NOW + 8 * DAY, self._no_commit)
            self.assertFalse(an.care_task_ids)
            workflows._run_until(NOW + 10 * DAY, self._no_commit)
        self.assertEqual(an.care_task_ids.enrollment_id.workflow_id, flow)

    def test_running_again_sends_nothing_twice(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        for minutes in range(3):
            self.go(visit.start - DAY + timedelta(minutes=minutes))
        self.flow._publish(visit.start - DAY)
        self.go(visit.start - DAY + timedelta(minutes=5))
        self.assertEqual(len(self.sent), 1)

    def test_an_appointment_booked_after_publishing_is_reminded(self):
        self.flow._publish(NOW)
        visit = self.appointment(self.patient())
        self.go(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(len(self.sent), 1)

    def test_publishing_never_fires_on_history(self):
        past = self.appointment(self.patient("Past One"), NOW - DAY)
        soon = self.appointment(self.patient("Soon One"), NOW + timedelta(hours=3))
        self.assertEqual(self.flow._publish(NOW), 0)
        self.go(NOW)
        self.assertFalse(self.ledger(past.patient_id | soon.patient_id))

    def test_no_consent_gives_a_phone_task_and_the_ledger_says_why(self):
        an = self.patient(consents=())
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        row = self.ledger(an)
        self.assertEqual((row.status, row.reason), ('suppressed', 'no_consent'))
        self.assertEqual(self.tasks(an).mapped('role'), ['reception'])
        self.assertIn('no consent', self.tasks(an).why)

    def test_no_address_gives_a_phone_task(self):
        an = self.patient(email=False)
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(self.ledger(an).reason, 'no_address')
        self.assertEqual(len(self.tasks(an)), 1)

    def test_who_refused_calls_is_not_called(self):
        an = self.patient(consents=(), refused=('email', 'sms', 'call'))
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertFalse(self.tasks(an))
        self.assertEqual(self.ledger(an).mapped('reason'), ['consent_denied', 'consent_denied'])
        self.assertEqual(self.ledger(an).mapped('channel'), ['email', 'call'])

    def test_consent_withdrawn_between_deciding_and_sending_stops_the_message(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY, send=False)
        self.assertEqual(self.ledger(an).status, 'queued')
        self.consent(an, 'deny', 'email')
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertEqual(
            (self.ledger(an).status, self.ledger(an).reason), ('suppressed', 'consent_denied')
        )

    def test_who_gets_no_message_after_all_gets_the_call(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY, send=False)
        self.assertEqual(visit.enrollment_ids.state, 'done')
        self.consent(an, 'deny', 'email')
        self.go(visit.start - DAY)
        self.env['healthcare.workflow.event']._answered(self.ledger(an), 'suppressed')
        self.go(visit.start - DAY)
        self.assertEqual(self.tasks(an).state, 'requested')
        self.assertEqual(visit.enrollment_ids.state, 'active')
        self.tasks(an)._complete('reached')
        self.go(visit.start - DAY)
        self.assertEqual(visit.enrollment_ids.state, 'done')

    def test_what_is_cancelled_meanwhile_needs_no_call(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY, send=False)
        visit.appointment_status = 'cancelled'
        dispatch.run(self.env, self.channels, lambda: visit.start - DAY, self._no_commit)
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertNotIn('requested', self.tasks(an).mapped('state'))

    def test_moved_appointment_moves_its_reminder(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        old = visit.start
        visit.write({'start': old + 3 * DAY, 'stop': old + 3 * DAY + timedelta(minutes=30)})
        self.go(old - DAY)
        self.assertFalse(self.sent)
        self.go(old + 2 * DAY)
        self.assertEqual(len(self.sent), 1)

    def test_moved_after_the_reminder_is_reminded_of_the_new_date_once(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        visit.write({'start': visit.start + 3 * DAY, 'stop': visit.stop + 3 * DAY})
        self.go(visit.start - DAY)
        self.go(visit.start - DAY + timedelta(minutes=1))
        self.assertEqual(len(self.sent), 2)

    def test_moved_back_to_a_date_already_reminded_says_nothing_new(self):
        visit = self.appointment(self.patient())
        start, stop = visit.start, visit.stop
        self.flow._publish(NOW)
        self.go(start - DAY)
        visit.write({'start': start + DAY, 'stop': stop + DAY})
        self.go(start - DAY + timedelta(minutes=1))
        visit.write({'start': start, 'stop': stop})
        self.go(start - DAY + timedelta(minutes=2))
        self.assertEqual(len(self.sent), 1)

    def test_cancelled_appointment_cancels_its_reminder_and_the_timeline_says_so(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        visit.appointment_status = 'cancelled'
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertEqual(
            (self.ledger(an).status, self.ledger(an).reason), ('cancelled', 'subject_cancelled')
        )
        self.assertEqual(visit.enrollment_ids.exit_reason, 'subject_cancelled')

    def test_cancelled_between_deciding_and_sending_stops_the_message(self):
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        self.go(visit.start - DAY, send=False)
        visit.appointment_status = 'cancelled'
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)

    def test_what_is_no_appointment_any_more_has_no_reminder(self):
        an = self.patient()
        visit = self.appointment(an)
        self.workflow()._publish(NOW)
        visit.is_appointment = False
        self.go(NOW)
        self.assertEqual(an.enrollment_ids.mapped('state'), ['exited'])
        self.go(visit.start - timedelta(days=1))
        self.assertFalse(self.sent)

    def test_deleted_appointment_leaves_nothing_behind_that_sends(self):
        an = self.patient()
        visit = self.appointment(an)
        start = visit.start
        self.flow._publish(NOW)
        visit.unlink()
        self.go(start - DAY)
        self.assertFalse(self.sent)
        self.assertEqual(an.enrollment_ids.exit_reason, 'subject_deleted')

    def test_another_patient_on_the_appointment_gets_the_reminder(self):
        an, binh = self.patient(), self.patient("Binh Tran")
        visit = self.appointment(an)
        self.flow._publish(NOW)
        visit.patient_id = binh
        self.go(visit.start - DAY)
        self.assertEqual([message.to for message in self.sent], [binh.email])

    def test_booked_late_is_sent_within_the_grace_and_skipped_after(self):
        self.flow._publish(NOW)
        an = self.patient()
        self.appointment(an, NOW + timedelta(hours=6))
        self.go(NOW)
        self.assertEqual(len(self.sent), 1)
        self.flow.step_ids[0].late_hours = 2
        self.flow._publish(NOW)
        binh = self.patient("Binh Tran")
        self.appointment(binh, NOW + timedelta(hours=6))
        self.go(NOW)
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(self.ledger(binh).reason, 'late')

    def test_what_follows_a_reminder_that_comes_too_late_comes_too_late(self):
        an = self.patient()
        visit = self.appointment(an)
        reminder = {
            'kind': 'message',
            'name': "Remind",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': {'email': {'subject': {'en_US': "S"}, 'body': {'en_US': "Tomorrow"}}},
        }
        thanks = {'kind': 'wait', 'name': "After", 'field': 'start', 'amount': 1, 'unit': 'days'}
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'UTC',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}
                },
                'start': 'first',
                'steps': {
                    'first': reminder | {'next': {'suppressed': 'second'}},
                    'second': reminder | {'next': {'suppressed': 'after'}},
                    'after': thanks | {'next': {'done': 'thanks'}},
                    'thanks': reminder | {'next': {}},
                },
            }
        )
        # nothing ran for a day and more
        self.go(visit.start + timedelta(hours=1))
        self.assertEqual(self.ledger(an).mapped('reason'), ['late', 'late'])
        self.go(visit.start + timedelta(days=1))
        self.assertEqual(len(self.sent), 1)

    def test_the_deceased_and_the_blocked_get_neither_message_nor_call(self):
        for values in ({'deceased': True}, {'contact_blocked': True}):
            patient = self.patient("Quiet One", **values)
            visit = self.appointment(patient)
            self.flow._publish(NOW)
            self.go(visit.start - DAY)
            self.assertFalse(self.tasks(patient))
        self.assertFalse(self.sent)

    def test_who_wants_the_data_left_alone_is_taken_up_by_no_workflow(self):
        before, after = self.patient("Quiet One"), self.patient("Quiet Two")
        after._restrict_processing()
        visits = self.appointment(before) | self.appointment(after)
        self.flow._publish(NOW)
        self.assertEqual(visits.enrollment_ids.patient_id, before)
        before._restrict_processing()
        self.assertEqual(visits.enrollment_ids.state, 'exited')
        self.go(visits[0].start - DAY)
        self.assertFalse(self.sent)

    def test_an_address_that_was_blocked_before_its_patient_was_erased_stays_blocked(self):
        an = self.patient()
        visit = self.appointment(an)
        hashed = self.env['healthcare.erasure']._get_blocked_hash(an.email_normalized)
        # as the erasure leaves it: Odoo takes addresses only
        self.env.cr.execute(
            'INSERT INTO mail_blacklist (email, active) VALUES (%s, TRUE)', [hashed]
        )
        self.flow.step_ids[0].write({'channel_1': 'email', 'channel_2': False})
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)

    def test_a_minor_is_reached_through_the_guardian(self):
        mother = self.env['res.partner'].create(
            {'name': "Mother", 'email': 'mother@example.org', 'lang': 'vi_VN', 'is_patient': False}
        )
        child = self.patient(
            "Child One", birth_date=NOW.date() - 3000 * timedelta(days=1), guardian_id=mother.id
        )
        visit = self.appointment(child)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertEqual([message.to for message in self.sent], ['mother@example.org'])
        self.assertEqual(self.ledger(child).lang, 'vi_VN')

    def test_preferred_channel_comes_first(self):
        self.flow.step_ids[0].write({'channel_1': 'preferred', 'channel_2': 'email'})
        an = self.patient(preferred_channel='sms')
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(self.ledger(an).channel, 'sms')
        self.assertEqual([message.to for message in self.sent], [an.phone_sanitized])

    def test_an_edit_never_changes_what_is_running(self):
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        self.email_template.subject = "Changed afterwards"
        self.go(visit.start - DAY)
        self.assertNotIn("Changed afterwards", self.sent[0].subject)
        self.assertTrue(self.flow.has_changes)
        with self.assertRaises(UserError):
            self.flow.version_id.graph = {}

    def test_paused_sends_nothing_until_resumed(self):
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        self.flow.action_pause()
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.flow.action_resume()
        self.go(visit.start - DAY + timedelta(hours=1))
        self.assertEqual(len(self.sent), 1)

    def test_conditions_are_looked_at_again_when_the_moment_has_come(self):
        self.flow.entry_domain = (
            "[('appointment_status', '=', 'booked'), ('patient_response', '!=', 'accepted')]"
        )
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        visit.patient_response = 'accepted'
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertEqual(visit.enrollment_ids.exit_reason, 'condition')

    def test_one_bad_record_delays_nobody_else(self):
        patients = [self.patient(f"Patient {number}") for number in range(9)]
        visits = [self.appointment(patient) for patient in patients]
        self.flow._publish(NOW)
        # a token that points to a step its version does not have cannot run
        broken = visits[4].enrollment_ids.token_ids
        broken.step_key = 'nowhere'
        self.go(visits[0].start - DAY)
        self.assertEqual(len(self.sent), 8)
        self.assertEqual(broken.attempt, 1)
        for attempt in range(2, 6):
            self.go(broken.due_at)
            self.assertEqual(broken.attempt, attempt)
        self.assertEqual(broken.state, 'incident')
        self.assertEqual(self.flow.incident_count, 1)

    def test_provider_that_fails_wakes_the_step_that_waits_for_it(self):
        call = self.flow.step_ids[1]
        self.env['healthcare.workflow.edge'].create(
            {'step_id': self.flow.step_ids[0].id, 'outcome': 'failed', 'target_id': call.id}
        )
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.answers.append(Answer('failed', 'provider_error', "550 no such user"))
        self.go(visit.start - DAY)
        self.assertFalse(self.tasks(an))
        self.go(visit.start - DAY + timedelta(minutes=1))
        self.assertEqual(len(self.tasks(an)), 1)
        self.assertEqual(self.ledger(an).reason_detail, "550 no such user")

    def test_a_provider_that_was_not_reached_is_tried_again(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.answers.append(Answer('failed', 'provider_error', "refused", is_temporary=True))
        self.go(visit.start - DAY)
        self.assertEqual(self.ledger(an).status, 'queued')
        self.go(visit.start - DAY + timedelta(minutes=3))
        self.assertEqual(self.ledger(an).status, 'sent')

    def test_a_message_whose_sender_died_is_unknown_and_becomes_a_task(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY, send=False)
        self.ledger(an).write(
            {'status': 'sending', 'lease_until': visit.start - DAY + timedelta(minutes=5)}
        )
        self.go(visit.start - DAY + timedelta(minutes=6))
        self.assertFalse(self.sent)
        self.assertEqual((self.ledger(an).status, self.ledger(an).reason), ('unknown', 'crash'))
        self.assertEqual(len(self.tasks(an)), 1)

    def test_call_outcome_reaches_appointment_ledger_and_workflow(self):
        an = self.patient(email=False)
        visit = self.appointment(an)
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        task = self.tasks(an)
        task.action_confirmed()
        self.go(visit.start - DAY + timedelta(hours=1))
        self.assertEqual(visit.patient_response, 'accepted')
        self.assertEqual(self.ledger(an).mapped('channel'), ['email', 'call'])
        self.assertEqual(visit.enrollment_ids.state, 'done')
        with self.assertRaises(UserError):
            task.action_confirmed()

    def test_message_is_written_in_the_patients_language_with_links(self):
        self.email_template.with_context(lang='vi_VN').write(
            {
                'subject': "Lịch hẹn {appointment_date}",
                'body': "Kính gửi {patient_name}\n\nXác nhận: {confirm_link}",
            }
        )
        visit = self.appointment(self.patient("Nguyễn An", lang='vi_VN', email='an@example.org'))
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertIn("Lịch hẹn", self.sent[0].subject)
        self.assertIn("Kính gửi Nguyễn An", self.sent[0].body)
        self.assertRegex(self.sent[0].body, r'Xác nhận: https?://\S+/healthcare/appointment/')

    def test_an_appointment_without_a_time_is_reminded_in_the_morning(self):
        visit = self.appointment(
            self.patient(),
            allday=True,
            start_date='2030-01-10',
            stop_date='2030-01-10',
            start=datetime(2030, 1, 10),
        )
        self.flow._publish(NOW)
        token = visit.enrollment_ids.token_ids
        self.assertEqual(token.due_at, datetime(2030, 1, 9, 1, 0))

    def test_visit_of_several_days_without_times_ends_on_its_last_day(self):
        self.flow.trigger_ids.write({'field_name': 'stop', 'direction': 'after', 'amount': 2})
        visit = self.appointment(
            self.patient(),
            allday=True,
            start_date='2030-01-10',
            stop_date='2030-01-12',
            start=datetime(2030, 1, 10),
        )
        self.flow._publish(NOW)
        # 9:00 in Taipei on the 12th, and two hours
        self.assertEqual(visit.enrollment_ids.token_ids.due_at, datetime(2030, 1, 12, 3, 0))

    def test_cancelled_by_mistake_and_booked_again_is_reminded(self):
        an = self.patient()
        visit = self.appointment(an)
        self.flow._publish(NOW)
        visit.action_cancel()
        self.go(NOW)
        visit.action_rebook()
        self.go(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(self.ledger(an).mapped('status'), ['cancelled', 'sent'])

    def test_booked_again_after_the_moment_follows_the_late_policy(self):
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        visit.action_cancel()
        self.go(NOW)
        visit.action_rebook()
        self.go(visit.start - DAY + timedelta(hours=3))
        self.assertEqual(len(self.sent), 1)

    def test_booked_again_after_the_reminder_is_not_reminded_twice(self):
        visit = self.appointment(self.patient())
        self.flow._publish(NOW)
        self.go(visit.start - DAY)
        visit.action_cancel()
        self.go(visit.start - DAY)
        visit.action_rebook()
        self.go(visit.start - DAY)
        self.assertEqual(len(self.sent), 1)

    def test_given_away_and_given_back_is_reminded(self):
        an, binh = self.patient(), self.patient("Binh Tran")
        visit = self.appointment(an)
        self.flow._publish(NOW)
        for patient in (binh, an):
            visit.patient_id = patient
            self.go(NOW)
        self.go(visit.start - DAY)
        self.assertEqual([message.to for message in self.sent], [an.email])

    def test_a_guardian_who_may_not_be_contacted_is_not(self):
        for values in ({'deceased': True}, {'contact_blocked': True}):
            with self.subTest(**values):
                mother = self.env['res.partner'].create(
                    {'name': "Mother", 'email': 'mother@example.org', 'is_patient': True, **values}
                )
                child = self.patient(
                    "Child One", birth_date=NOW.date() - 3000 * DAY, guardian_id=mother.id
                )
                visit = self.appointment(child)
                self.flow._publish(NOW)
                self.go(visit.start - DAY)
                self.assertFalse(self.sent)
                self.assertEqual(self.ledger(child).reason, 'no_address')
