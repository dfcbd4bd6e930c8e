from datetime import datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAppointment(HealthcareCase):
    def test_defaults(self):
        appointment = self.make_appointment()
        self.assertRecordValues(
            appointment,
            [
                {
                    'appointment_status': 'booked',
                    'patient_response': 'needs-action',
                    'reminder_channel': 'none',
                    'privacy': 'private',
                    'company_id': self.company.id,
                    'show_as': 'busy',
                }
            ],
        )
        self.assertTrue(appointment.booked_at)

    def test_title_says_only_the_number(self):
        patient = self.make_patient("Trần Bình")
        service = self.make_service("Oncology")
        appointment = self.make_appointment(
            patient,
            service_id=service.id,
            name="Trần Bình, oncology",
            privacy='public',
        )
        self.assertEqual(appointment.name, patient.patient_number)
        self.assertEqual(appointment.privacy, 'private')
        appointment.write({'name': "Trần Bình", 'privacy': 'public'})
        self.assertEqual(appointment.name, patient.patient_number)
        self.assertEqual(appointment.privacy, 'private')

    def test_title_follows_the_patient(self):
        appointment = self.make_appointment()
        other = self.make_patient("Other")
        appointment.patient_id = other
        self.assertEqual(appointment.name, other.patient_number)

    def test_patient_is_no_attendee(self):
        patient = self.make_patient(email='an@example.org')
        appointment = self.make_appointment(patient, partner_ids=[(4, patient.id)])
        self.assertFalse(appointment.partner_ids)
        self.assertFalse(appointment.attendee_ids)
        appointment.write({'partner_ids': [(4, patient.id)]})
        self.assertFalse(appointment.partner_ids)
        self.assertFalse(appointment.user_id)

    def test_only_the_practitioner_attends(self):
        user = self.make_user('practitioner')
        practitioner = self.make_practitioner(user_id=user.id)
        appointment = self.make_appointment(practitioner_id=practitioner.id)
        self.assertEqual(appointment.user_id, user)
        self.assertEqual(appointment.partner_ids, user.partner_id)
        self.assertEqual(appointment.attendee_ids.state, 'accepted')
        appointment.practitioner_id = self.make_practitioner("Dr Who")
        self.assertFalse(appointment.user_id)
        self.assertFalse(appointment.partner_ids)

    def test_nobody_is_mailed(self):
        user = self.make_user('practitioner', email='doctor@example.org')
        practitioner = self.make_practitioner(user_id=user.id)
        activities = self.env['mail.activity'].search_count([])
        mails = self.env['mail.mail'].search_count([])
        patient = self.make_patient(email='an@example.org')
        Event = self.Event.with_context(active_model='res.partner', active_id=patient.id)
        appointment = Event.create(
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'practitioner_id': practitioner.id,
                'start': datetime.now().replace(microsecond=0) + timedelta(days=5),
            }
        )
        appointment.start += timedelta(hours=1)
        appointment.practitioner_id = self.make_practitioner("Dr Who")
        self.assertEqual(self.env['mail.activity'].search_count([]), activities)
        self.assertEqual(self.env['mail.mail'].search_count([]), mails)
        self.assertFalse(appointment.alarm_ids)
        self.assertNotIn(patient, appointment.message_partner_ids)

    def test_length_of_the_service(self):
        service = self.make_service(duration=0.75)
        start = datetime(2027, 3, 1, 9)
        appointment = self.make_appointment(start=start, service_id=service.id)
        self.assertEqual(appointment.stop, datetime(2027, 3, 1, 9, 45))
        self.assertEqual(appointment.duration, 0.75)
        longer = self.make_appointment(start=start, service_id=service.id, duration=2)
        self.assertEqual(longer.stop, datetime(2027, 3, 1, 11))
        given = self.make_appointment(
            start=start,
            service_id=service.id,
            stop=datetime(2027, 3, 1, 9, 10),
        )
        self.assertEqual(given.stop, datetime(2027, 3, 1, 9, 10))

    def test_end_before_start(self):
        patient = self.make_patient()
        self.company.resource_calendar_id.tz = 'Asia/Ho_Chi_Minh'
        with self.assertRaisesRegex(
            ValidationError,
            rf"{patient.patient_number} must end after it starts.*4:00",
        ):
            self.make_appointment(
                patient,
                start=datetime(2027, 3, 1, 9),
                stop=datetime(2027, 3, 1, 8),
            )
        appointment = self.make_appointment(patient, start=datetime(2027, 3, 1, 9))
        with self.assertRaisesRegex(ValidationError, "must end after it starts"):
            appointment.stop = appointment.start

    def test_needs_patient(self):
        with self.assertRaisesRegex(ValidationError, "needs a patient"):
            self.Event.create({'is_appointment': True, 'start': datetime(2027, 3, 1, 9)})

    def test_meetings_stay_meetings(self):
        meeting, appointment = self.Event.create(
            [
                {
                    'name': "Staff meeting",
                    'start': '2027-03-01 09:00:00',
                    'stop': '2027-03-01 10:00:00',
                },
                {
                    'is_appointment': True,
                    'patient_id': self.make_patient().id,
                    'start': '2027-03-01 09:00:00',
                },
            ]
        )
        self.assertEqual(meeting.name, "Staff meeting")
        self.assertFalse(meeting.is_appointment)
        self.assertFalse(meeting.appointment_status)
        self.assertFalse(meeting.privacy)
        self.assertEqual(meeting.attendee_ids.partner_id, self.env.user.partner_id)
        self.assertTrue(appointment.is_appointment)
        (meeting | appointment).write({'location': "Room 2"})
        self.assertEqual(meeting.name, "Staff meeting")

    def test_form(self):
        reception = self.make_user('reception')
        service = self.make_service(duration=1.5)
        practitioner = self.make_practitioner()
        patient = self.make_patient(practitioner_id=practitioner.id)
        Event = self.Event.with_user(reception).with_context(
            default_is_appointment=True,
            show_patient_identity=True,
        )
        view = self.env.ref('healthcare_crm.calendar_event_view_form_appointment')
        with Form(Event, view) as form:
            form.patient_id = patient
            form.service_id = service
            form.start = datetime(2027, 3, 1, 9)
            self.assertEqual(form.practitioner_id, practitioner, "the patient's practitioner")
        appointment = form.record
        self.assertEqual(appointment.stop, datetime(2027, 3, 1, 10, 30))
        self.assertEqual(appointment.appointment_status, 'booked')
        self.assertEqual(appointment.name, patient.patient_number)
        self.assertFalse(appointment.partner_ids)
        with Form(appointment, view) as form:
            form.start = datetime(2027, 3, 2, 9)
        self.assertEqual(appointment.stop, datetime(2027, 3, 2, 10, 30))

    def test_counts_on_the_patient(self):
        patient = self.make_patient()
        other = self.make_patient("Other")
        now = datetime.now().replace(microsecond=0)
        past = self.make_appointment(
            patient,
            start=now - timedelta(days=3),
            appointment_status='fulfilled',
        )
        self.make_appointment(
            patient,
            start=now - timedelta(days=1),
            appointment_status='noshow',
        )
        later = self.make_appointment(patient, start=now + timedelta(days=9))
        sooner = self.make_appointment(patient, start=now + timedelta(days=2))
        self.make_appointment(
            patient,
            start=now + timedelta(days=1),
            appointment_status='cancelled',
        )
        self.assertRecordValues(
            patient | other,
            [
                {
                    'appointment_count': 5,
                    'last_appointment': past.start,
                    'next_appointment': sooner.start,
                },
                {'appointment_count': 0, 'last_appointment': False, 'next_appointment': False},
            ],
        )
        sooner.action_cancel()
        patient.invalidate_recordset()
        self.assertEqual(patient.next_appointment, later.start)

    def test_batch_cost_does_not_grow(self):
        """Ten times as many appointments must not need ten times as many queries."""
        patients = self.Partner.create(
            [{'name': f"Patient {index}", 'is_patient': True} for index in range(220)]
        )
        practitioner = self.make_practitioner()

        def book(chunk):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.Event.create(
                [
                    {
                        'is_appointment': True,
                        'patient_id': patient.id,
                        'practitioner_id': practitioner.id,
                        'start': datetime(2027, 3, 1, 9) + timedelta(minutes=index),
                    }
                    for index, patient in enumerate(chunk)
                ]
            )
            self.env.flush_all()
            return self.cr.sql_log_count - before

        few = book(patients[:20])
        many = book(patients[20:])
        self.assertLess(many, few + 40)

    def test_the_phone_of_a_child_is_the_guardians(self):
        mother = self.make_patient("Mother", phone='+886912345678')
        child = self.make_patient("Child", guardian_id=mother.id, birth_date='2024-01-31')
        visit = self.make_appointment(child)
        self.assertEqual(visit.patient_phone, '+886912345678')
        mother.contact_blocked = True
        self.assertFalse(child._get_phone_to_call())
        self.assertEqual(mother._get_phone_to_call(), '+886912345678')
