from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAppointmentPrivacy(HealthcareCase):
    """Every employee can read every event: what do they see of an appointment?"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.make_user()
        cls.reception = cls.make_user('reception')
        cls.marketing = cls.make_user('marketing')
        cls.practitioner = cls.make_practitioner()
        cls.appointment = cls.make_appointment(
            cls.make_patient("Trần Bình"),
            practitioner_id=cls.practitioner.id,
            start=datetime(2027, 3, 1, 9),
            location="Room 4",
        )
        cls.private = cls.env['calendar.event'].create(
            {
                'name': "Interview",
                'location': "Office",
                'privacy': 'private',
                'start': '2027-03-01 09:00:00',
                'stop': '2027-03-01 10:00:00',
            }
        )
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _as(self, user, record=None):
        return (record or self.appointment).with_user(user)

    # --- without a role

    def test_employee_reads_busy(self):
        values = self._as(self.employee).read(
            ['name', 'display_name', 'location', 'description', 'partner_ids', 'start'],
        )[0]
        self.assertEqual(values['name'], 'Busy')
        self.assertEqual(values['display_name'], 'Busy')
        self.assertFalse(values['location'])
        self.assertFalse(values['partner_ids'])
        self.assertEqual(values['start'], datetime(2027, 3, 1, 9))

    def test_employee_reads_none_of_our_fields(self):
        event = self._as(self.employee)
        for name in sorted(self.Event._get_appointment_fields()):
            with self.subTest(field=name), self.assertRaises(AccessError):
                event.read([name])
        self.assertFalse(self.Event._get_appointment_fields() & set(event.read()[0]))
        self.assertFalse(self.Event._get_appointment_fields() & set(event.fields_get()))

    def test_employee_searches_none_of_our_fields(self):
        Event = self.Event.with_user(self.employee)
        for name in sorted(self.Event._get_appointment_fields()):
            field = self.Event._fields[name]
            if not field.store and not field.search and not field.related:
                continue
            with self.subTest(field=name), self.assertRaises(AccessError):
                Event.search([(name, '!=', False)])

    def test_employee_groups_by_none_of_our_fields(self):
        Event = self.Event.with_user(self.employee)
        for name in ('is_appointment', 'patient_id', 'appointment_status', 'service_id'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                Event.formatted_read_group([], [name], ['__count'])
            with self.subTest(order=name), self.assertRaises(AccessError):
                Event.search([], order=name)
        with self.assertRaises(AccessError):
            Event.formatted_read_group([], [], ['noshow_rate:avg'])
        with self.assertRaises(AccessError):
            Event.formatted_read_group([], ['start:day'], ['patient_id:array_agg'])

    def test_employee_finds_nothing_by_the_title(self):
        Event = self.Event.with_user(self.employee)
        number = self.appointment.sudo().name
        for domain in (
            [('name', '=', number)],
            [('name', 'ilike', number)],
            [('display_name', 'ilike', number)],
            [('location', '=', "Room 4")],
            [('name', '>=', number)],
        ):
            with self.subTest(domain=domain):
                self.assertNotIn(self.appointment.id, Event.search(domain).ids)
        groups = Event.formatted_read_group(
            [('id', '=', self.appointment.id)],
            ['name'],
            ['__count'],
        )
        self.assertFalse([group for group in groups if group['name'] == number])

    def test_employee_cannot_order_by_the_title(self):
        other = self.make_appointment(self.make_patient(patient_number='0000'))
        events = self.appointment | other
        Event = self.Event.with_user(self.employee)
        domain = [('id', 'in', events.ids)]
        ascending = Event.search(domain, order='name, id').ids
        descending = Event.search(domain, order='name desc, id').ids
        self.assertEqual(ascending, descending, "titles must not decide the order")

    def test_employee_changes_nothing(self):
        event = self._as(self.employee)
        with self.assertRaises(AccessError):
            event.write({'start': '2027-03-01 10:00:00'})
        with self.assertRaises(AccessError):
            event.unlink()
        with self.assertRaises(AccessError):
            event.action_cancel()

    def test_employee_creates_no_appointment(self):
        with self.assertRaises(AccessError):
            self.Event.with_user(self.employee).create(
                {
                    'is_appointment': True,
                    'patient_id': self.make_patient().id,
                    'start': '2027-03-01 10:00:00',
                }
            )
        with self.assertRaises(AccessError):
            self.Event.with_user(self.employee).with_context(default_is_appointment=True).create(
                {
                    'name': "x",
                    'start': '2027-03-01 10:00:00',
                }
            )

    def test_employee_still_has_a_calendar(self):
        meeting = self.Event.with_user(self.employee).create(
            {
                'name': "Lunch",
                'start': '2027-03-01 12:00:00',
                'stop': '2027-03-01 13:00:00',
            }
        )
        meeting.write({'name': "Late lunch"})
        self.assertEqual(meeting.name, "Late lunch")
        found = self.Event.with_user(self.employee).search([('name', '=', "Late lunch")])
        self.assertEqual(found, meeting)
        meeting.unlink()

    def test_organiser_without_role_does_not_change_appointments(self):
        user = self.make_user(login='doctor-without-role')
        practitioner = self.make_practitioner("Dr No", user_id=user.id)
        appointment = self.make_appointment(practitioner_id=practitioner.id)
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self._as(user, appointment).write({'location': "x"})

    # --- with a role

    def test_reception_reads_the_truth(self):
        values = self._as(self.reception).read(
            ['name', 'location', 'patient_id', 'practitioner_id', 'appointment_status'],
        )[0]
        self.assertEqual(values['name'], self.appointment.name)
        self.assertEqual(values['location'], "Room 4")
        self.assertEqual(values['patient_id'], (self.appointment.patient_id.id, "Trần Bình"))
        self.assertEqual(values['appointment_status'], 'booked')

    def test_reception_groups_appointments(self):
        groups = self.Event.with_user(self.reception).formatted_read_group(
            [('practitioner_id', '=', self.practitioner.id)],
            ['practitioner_id'],
            ['__count'],
        )
        self.assertEqual(groups[0]['__count'], 1)

    def test_reception_sees_the_patient_where_asked(self):
        event = self._as(self.reception)
        self.assertEqual(event.display_name, self.appointment.name)
        self.assertIn(
            "Trần Bình",
            event.with_context(show_patient_identity=True).display_name,
        )

    def test_reception_does_not_see_others_private_meetings(self):
        meeting = self._as(self.reception, self.private)
        self.assertEqual(meeting.read(['name'])[0]['name'], 'Busy')
        self.assertFalse(meeting.read(['location'])[0]['location'])
        self.assertFalse(meeting.location)
        with self.assertRaises(AccessError):
            meeting.write({'name': "x"})
        with self.assertRaises(AccessError):
            meeting.unlink()

    def test_reception_books_for_a_practitioner(self):
        user = self.make_user('practitioner')
        practitioner = self.make_practitioner("Dr Two", user_id=user.id)
        appointment = self.Event.with_user(self.reception).create(
            {
                'is_appointment': True,
                'patient_id': self.appointment.patient_id.id,
                'practitioner_id': practitioner.id,
                'start': '2027-03-01 10:00:00',
            }
        )
        appointment.action_arrive()
        self.assertEqual(appointment.appointment_status, 'arrived')
        appointment.write({'start': '2027-03-01 11:00:00', 'stop': '2027-03-01 11:30:00'})
        self.assertEqual(self._as(user, appointment).name, self.appointment.name)

    def test_read_only_roles(self):
        for role in ('marketing', 'quality', 'privacy_officer'):
            user = self.make_user(role, login=f'read-only-{role}')
            with self.subTest(role=role):
                event = self._as(user)
                self.assertEqual(event.patient_id.name, "Trần Bình")
                with self.assertRaises(AccessError):
                    event.write({'appointment_status': 'noshow'})
                with self.assertRaises(AccessError):
                    event.unlink()

    def test_other_company(self):
        company = self.env['res.company'].create({'name': "Second clinic"})
        self.appointment.company_id = company
        self.env.flush_all()
        Event = self.Event.with_user(self.reception)
        self.assertNotIn(self.appointment, Event.search([('is_appointment', '=', True)]))
        with self.assertRaises(AccessError):
            self._as(self.reception).write({'location': "x"})
