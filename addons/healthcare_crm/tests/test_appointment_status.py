from datetime import datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAppointmentStatus(HealthcareCase):
    def test_confirm(self):
        appointment = self.make_appointment(appointment_status='pending')
        with freeze_time('2026-11-22 10:00:00'):
            appointment.action_confirm()
        self.assertRecordValues(
            appointment,
            [
                {
                    'appointment_status': 'booked',
                    'patient_response': 'accepted',
                    'response_date': datetime(2026, 11, 22, 10),
                    'status_badge': 'confirmed',
                }
            ],
        )

    def test_visit(self):
        appointment = self.make_appointment()
        self.assertEqual(appointment.status_badge, 'booked')
        appointment.action_arrive()
        self.assertEqual(appointment.appointment_status, 'arrived')
        appointment.action_fulfil()
        self.assertEqual(appointment.appointment_status, 'fulfilled')

    def test_cancel_frees_the_time(self):
        appointment = self.make_appointment()
        appointment.with_context(cancellation_reason='weather').action_cancel()
        self.assertEqual(appointment.appointment_status, 'cancelled')
        self.assertEqual(appointment.cancellation_reason, 'weather')
        self.assertEqual(appointment.show_as, 'free')
        appointment.action_rebook()
        self.assertEqual(appointment.appointment_status, 'booked')
        self.assertFalse(appointment.cancellation_reason)
        self.assertEqual(appointment.show_as, 'busy')

    def test_noshow(self):
        appointment = self.make_appointment()
        appointment.action_noshow()
        self.assertEqual(appointment.appointment_status, 'noshow')

    def test_colors_differ(self):
        colors = {}
        for status in ('booked', 'arrived', 'fulfilled', 'noshow'):
            colors[status] = self.make_appointment(appointment_status=status).status_color
        confirmed = self.make_appointment(patient_response='accepted')
        colors['confirmed'] = confirmed.status_color
        self.assertEqual(len(set(colors.values())), 5)
