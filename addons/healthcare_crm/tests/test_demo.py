from datetime import timedelta
from unittest import SkipTest

import phonenumbers
import pytz

from odoo.tests import TransactionCase, tagged

from odoo.addons.healthcare_crm.models.calendar_event import FREE_STATUSES

ROLES = {
    'clinic_admin': 'group_clinic_administrator',
    'reception': 'group_reception',
    'call_desk': 'group_call_desk',
    'nurse': 'group_nurse',
    'practitioner': 'group_practitioner',
    'marketing': 'group_marketing',
    'quality': 'group_quality',
    'privacy': 'group_privacy_officer',
}


@tagged('post_install', '-at_install')
class TestDemo(TransactionCase):
    """The demo clinic is believable. (A demo file that fails only warns, and leaves no demo.)"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        module = cls.env.ref('base.module_healthcare_crm')
        if not cls.env.ref('base.module_base').demo:
            raise SkipTest("this database was made without demo data")
        assert module.demo, "the demo data could not be loaded: see the log of the installation"
        names = cls.env['ir.model.data'].search(
            [
                ('module', '=', 'healthcare_crm'),
                ('model', '=', 'calendar.event'),
                ('name', '=like', 'appointment_%'),
            ]
        )
        cls.appointments = cls.env['calendar.event'].browse(names.mapped('res_id')).exists()

    def test_one_login_for_each_role(self):
        for login, group in ROLES.items():
            user = self.env['res.users'].search([('login', '=', login)])
            self.assertTrue(user.has_group(f'healthcare_crm.{group}'), login)
            self.assertEqual(len(user.company_ids), 3, login)

    def test_names_of_patients_are_told_apart_by_age_and_number(self):
        namesakes = self.env['res.partner'].search(
            [
                ('is_patient', '=', True),
                ('name', '=', "Nguyễn Văn An"),
            ]
        )
        self.assertGreaterEqual(len(namesakes), 2)
        self.assertEqual(len(set(namesakes.mapped('patient_number'))), len(namesakes))

    def test_phones_are_real_numbers_of_a_country(self):
        demo = self.env['ir.model.data'].search(
            [
                ('module', '=', 'healthcare_crm'),
                ('model', '=', 'res.partner'),
                ('name', '=like', 'patient_%'),
            ]
        )
        for patient in self.env['res.partner'].browse(demo.mapped('res_id')):
            if patient.phone:
                number = phonenumbers.parse(patient.phone)
                self.assertTrue(phonenumbers.is_valid_number(number), patient.name)

    def test_appointments_in_working_hours_and_not_on_top_of_each_other(self):
        for practitioner, events in self.appointments.grouped('practitioner_id').items():
            events = events.filtered(
                lambda e: e.appointment_status not in FREE_STATUSES,
            ).sorted('start')
            for event, following in zip(events, events[1:], strict=False):
                self.assertLessEqual(event.stop, following.start, practitioner.name)
            calendar = practitioner.resource_calendar_id
            for event in events:
                start, stop = pytz.utc.localize(event.start), pytz.utc.localize(event.stop)
                work = calendar._work_intervals_batch(start, stop)[False]
                self.assertEqual(
                    sum((b - a).total_seconds() for a, b, _rows in work),
                    (stop - start).total_seconds(),
                    event.start,
                )

    def test_every_kind_of_past_and_tomorrow(self):
        statuses = set(self.appointments.mapped('appointment_status'))
        self.assertLessEqual({'fulfilled', 'noshow', 'cancelled', 'booked'}, statuses)
        decisions = self.env['healthcare.consent'].search([]).mapped('decision')
        self.assertEqual(set(decisions), {'permit', 'deny'})
        never_asked = self.env['res.partner'].search(
            [
                ('is_patient', '=', True),
                ('consent_ids', '=', False),
            ]
        )
        self.assertTrue(never_asked)

    def test_every_kind_of_health_record(self):
        """Each workflow of the gallery finds somebody it is about."""
        today = self.env.cr.now().date()
        soon = today + timedelta(days=8)
        patients = {
            'diabetes': ('healthcare.condition', [('code', '=like', 'E11%')]),
            'high blood pressure': ('healthcare.condition', [('code', '=', 'I10')]),
            'pregnancy': ('healthcare.condition', [('expected_end_date', '>', today)]),
            'after an operation': ('healthcare.procedure', [('status', '=', 'completed')]),
            'runs out soon': (
                'healthcare.medication',
                [('status', '=', 'active'), ('supply_end_date', '<', soon)],
            ),
            'overdue blood test': (
                'healthcare.observation',
                [('code', '=', '4548-4'), ('date', '<', today - timedelta(days=91))],
            ),
            'next dose': ('healthcare.immunization', [('next_due_date', '<', soon)]),
            'overdue referral': ('healthcare.referral', [('is_overdue', '=', True)]),
            'waiting': ('healthcare.waitlist.entry', [('status', '=', 'waiting')]),
            'made to order': (
                'calendar.event',
                [('service_id.made_to_order', '=', True), ('appointment_status', '=', 'booked')],
            ),
        }
        for what, (model, domain) in patients.items():
            with self.subTest(what):
                self.assertTrue(self.env[model].search(domain, limit=1))
