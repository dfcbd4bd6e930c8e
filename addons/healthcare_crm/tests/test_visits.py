from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestVisits(HealthcareCase):
    """A fulfilled appointment makes a visit on the record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Visit = cls.env['healthcare.encounter']
        cls.department = cls.env['healthcare.department'].create({'name': "Heart"})
        cls.service = cls.make_service(department_id=cls.department.id)
        cls.practitioner = cls.make_practitioner()
        cls.appointment = cls.make_appointment(
            service_id=cls.service.id, practitioner_id=cls.practitioner.id
        )

    def visits(self, appointments=None):
        return self.Visit.search([('appointment_id', 'in', (appointments or self.appointment).ids)])

    def test_reception_marks_it_as_done(self):
        self.assertFalse(self.visits())
        reception = self.make_user('reception')
        self.appointment.with_user(reception).action_fulfil()
        self.assertRecordValues(
            self.visits(),
            [
                {
                    'patient_id': self.appointment.patient_id.id,
                    'encounter_class': 'ambulatory',
                    'status': 'finished',
                    'start': self.appointment.start,
                    'end': self.appointment.stop,
                    'practitioner_id': self.practitioner.id,
                    'department_id': self.department.id,
                    'company_id': self.appointment.company_id.id,
                }
            ],
        )
        with self.assertRaises(AccessError):
            self.visits().with_user(reception).read(['start'])
        with self.assertRaises(AccessError):
            self.Visit.with_user(reception).create({'patient_id': self.appointment.patient_id.id})

    def test_once(self):
        self.appointment.action_fulfil()
        visit = self.visits()
        visit.write({'reason': "Palpitations", 'amount': 60})
        self.appointment.action_fulfil()
        self.Visit._follow_appointments(self.appointment)
        self.assertEqual(self.visits(), visit)
        self.assertEqual((visit.reason, visit.amount), ("Palpitations", 60))
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.Visit.create(
                    {
                        'patient_id': visit.patient_id.id,
                        'appointment_id': self.appointment.id,
                    }
                )

    def test_taken_back(self):
        self.appointment.action_fulfil()
        visit = self.visits()
        self.appointment.action_rebook()
        self.assertEqual(visit.status, 'entered-in-error')
        self.appointment.action_fulfil()
        self.assertEqual((self.visits(), visit.status), (visit, 'finished'))

    def test_what_is_put_right_follows(self):
        self.appointment.action_fulfil()
        right = self.make_patient("The right one")
        start = self.appointment.start - timedelta(hours=1)
        self.appointment.write({'patient_id': right.id, 'start': start})
        self.assertRecordValues(self.visits(), [{'patient_id': right.id, 'start': start}])

    def test_a_batch_is_one(self):
        appointments = self.appointment
        for number in range(20):
            appointments |= self.make_appointment(
                self.make_patient(f"Patient {number}"), service_id=self.service.id
            )
        self.env.flush_all()
        Visit = type(self.Visit)
        calls = []
        create = Visit.create

        def counted(records, vals_list):
            calls.append(len(vals_list))
            return create(records, vals_list)

        self.patch(Visit, 'create', counted)
        appointments.action_fulfil()
        self.assertEqual(calls, [21])
        self.assertEqual(len(self.visits(appointments)), 21)

    def test_imported_as_done(self):
        done = self.make_appointment(appointment_status='fulfilled')
        self.assertEqual(len(self.visits(done)), 1)
        booked = self.make_appointment(appointment_status='noshow')
        self.assertFalse(self.visits(booked))

    def test_meetings_are_no_visits(self):
        meeting = self.Event.create(
            {'name': "Team", 'start': self.appointment.start, 'stop': self.appointment.stop}
        )
        meeting.stop += timedelta(hours=1)
        self.assertFalse(self.visits(meeting))

    def test_what_it_cost_is_for_staff(self):
        field = self.Visit._fields['amount']
        self.assertEqual(field.groups, 'healthcare_crm.group_healthcare_staff')
        self.appointment.action_fulfil()
        self.assertEqual(self.visits().currency_id, self.company.currency_id)
