from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestCommunication(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient()

    def test_same_contact_only_once(self):
        self.make_communication(self.patient, idempotency_key='visit-1-sms')
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_communication(self.patient, idempotency_key='visit-1-sms')

    def test_contacts_without_key(self):
        self.make_communication(self.patient)
        self.assertTrue(self.make_communication(self.patient))

    def test_cannot_be_deleted(self):
        communication = self.make_communication(self.patient)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            communication.sudo().unlink()

    def test_result(self):
        communication = self.make_communication(self.patient)
        communication._set_result('sent', provider_ref='SM1')
        self.assertRecordValues(
            communication,
            [
                {
                    'status': 'sent',
                    'provider_ref': 'SM1',
                    'reason': False,
                }
            ],
        )
        self.assertTrue(communication.sent_at)
        communication._set_result('failed', 'provider_error', "Unreachable handset")
        self.assertRecordValues(
            communication,
            [
                {
                    'status': 'failed',
                    'provider_ref': 'SM1',
                    'reason': 'provider_error',
                    'reason_detail': "Unreachable handset",
                }
            ],
        )

    def test_first_reminder_marks_the_appointment(self):
        appointment = self.make_appointment(self.patient)
        reminder = self.make_communication(self.patient, appointment_id=appointment.id)
        self.assertEqual(appointment.reminder_channel, 'none', "queued is not sent")
        reminder._set_result('sent')
        self.assertEqual(appointment.reminder_channel, 'sms')
        self.make_communication(
            self.patient,
            'email',
            appointment_id=appointment.id,
            status='sent',
        )
        self.assertEqual(appointment.reminder_channel, 'sms', "the first one counts")

    def test_other_contacts_do_not_mark_the_appointment(self):
        appointment = self.make_appointment(self.patient)
        for values in (
            {'status': 'suppressed', 'reason': 'no_consent'},
            {'status': 'sent', 'purpose': self.purpose_marketing},
            {'status': 'received', 'direction': 'in'},
        ):
            self.make_communication(self.patient, appointment_id=appointment.id, **values)
        self.assertEqual(appointment.reminder_channel, 'none')

    def test_sentences(self):
        cases = [
            (
                {'channel': 'email', 'status': 'suppressed', 'reason': 'no_consent'},
                "Appointment reminder by e-mail not sent: no consent on file for e-mail",
            ),
            ({'channel': 'sms', 'status': 'sent'}, "Appointment reminder by SMS sent"),
            ({'channel': 'call', 'status': 'sent'}, "Appointment reminder by phone call made"),
            (
                {'channel': 'sms', 'status': 'cancelled', 'reason': 'subject_cancelled'},
                "Appointment reminder by SMS not sent: the appointment was cancelled or moved",
            ),
            (
                {'channel': 'sms', 'status': 'held', 'reason': 'quiet_hours'},
                "Appointment reminder by SMS waits: it fell into quiet hours",
            ),
            (
                {'channel': 'call', 'status': 'received', 'direction': 'in'},
                "Received from the patient by phone call",
            ),
            ({'channel': 'sms', 'status': 'failed'}, "Appointment reminder by SMS not sent"),
        ]
        for values, sentence in cases:
            with self.subTest(sentence=sentence):
                self.assertEqual(
                    self.make_communication(self.patient, **values).summary,
                    sentence,
                )

    def test_every_status_and_reason_has_a_sentence(self):
        fields = self.Communication._fields
        for status, _label in fields['status']._description_selection(self.env):
            for reason, _label in [
                (False, ''),
                *fields['reason']._description_selection(self.env),
            ]:
                communication = self.Communication.new(
                    {
                        'channel': 'sms',
                        'direction': 'out',
                        'status': status,
                        'reason': reason,
                        'purpose_id': self.purpose_reminder.id,
                    }
                )
                with self.subTest(status=status, reason=reason):
                    self.assertTrue(communication.summary)
                    self.assertNotIn('%', communication.summary)
                    self.assertNotIn('False', communication.summary)

    def test_staff_log_calls_and_change_nothing(self):
        reception = self.make_user('reception')
        action = self.patient.with_user(reception).action_log_call()
        call = (
            self.Communication.with_user(reception)
            .with_context(**action['context'])
            .create(
                {'direction': 'in'},
            )
        )
        self.assertEqual(call.patient_id, self.patient)
        self.assertEqual(call.channel, 'call')
        self.assertEqual(call.user_id, reception)
        with self.assertRaises(AccessError):
            call.write({'status': 'failed'})

    def test_readers(self):
        communication = self.make_communication(self.patient, body="Hello")
        self.assertEqual(communication.with_user(self.make_user('reception')).body, "Hello")
        for role in ('quality', 'privacy_officer'):
            reader = communication.with_user(self.make_user(role))
            self.assertEqual(reader.channel, communication.channel)
            with self.assertRaises(AccessError):
                reader.read(['body'])
        with self.assertRaises(AccessError):
            communication.with_user(self.make_user()).read(['body'])
        marketing = self.make_user('marketing')
        with self.assertRaises(AccessError):
            communication.with_user(marketing).read(['body'])
        with self.assertRaises(AccessError):
            self.Communication.with_user(marketing).create(
                {
                    'patient_id': self.patient.id,
                    'channel': 'sms',
                }
            )

    def test_deleted_appointment_leaves_the_row(self):
        appointment = self.make_appointment(self.patient)
        communication = self.make_communication(self.patient, appointment_id=appointment.id)
        appointment.unlink()
        self.assertTrue(communication.exists())
        self.assertFalse(communication.appointment_id)
