from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase

STAFF = ('reception', 'call_desk', 'nurse', 'practitioner', 'clinic_administrator')
READERS = ('marketing', 'quality', 'privacy_officer')


@tagged('post_install', '-at_install')
class TestRoles(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls.make_user(role) for role in STAFF + READERS}

    def test_staff_register_patients_and_book(self):
        for role in STAFF:
            with self.subTest(role=role):
                patient = self.Partner.with_user(self.users[role]).create(
                    {
                        'name': "A",
                        'is_patient': True,
                        'birth_date': '1963-03-12',
                    }
                )
                patient.write({'gender': 'female'})
                patient.identifier_ids = [
                    Command.create(
                        {
                            'system_id': self.env.ref('healthcare_crm.identifier_system_merged').id,
                            'value': role,
                        }
                    )
                ]
                appointment = self.Event.with_user(self.users[role]).create(
                    {
                        'is_appointment': True,
                        'patient_id': patient.id,
                        'start': '2027-03-01 09:00:00',
                    }
                )
                self.assertTrue(appointment.action_confirm())
                self.Consent.with_user(self.users[role]).create(
                    {
                        'patient_id': patient.id,
                        'purpose_id': self.purpose_reminder.id,
                        'channel': 'sms',
                        'decision': 'permit',
                    }
                )

    def test_readers_read_only(self):
        patient = self.make_patient()
        for role in READERS:
            user = self.users[role]
            with self.subTest(role=role):
                self.assertEqual(patient.with_user(user).patient_number, patient.patient_number)
                with self.assertRaises(AccessError):
                    patient.with_user(user).write({'gender': 'female'})
                with self.assertRaises(AccessError):
                    self.Partner.with_user(user).create({'name': "A", 'is_patient': True})

    def test_clinical_roles(self):
        clinical = {
            role
            for role, user in self.users.items()
            if user.has_group('healthcare_crm.group_clinical')
        }
        self.assertEqual(clinical, {'nurse', 'practitioner'})

    def test_only_the_clinic_administrator_configures(self):
        models = {
            'healthcare.service': {'name': "X"},
            'healthcare.department': {'name': "X"},
            'healthcare.specialty': {'name': "X"},
            'healthcare.practitioner': {'name': "X"},
            'healthcare.consent.purpose': {'name': "X", 'code': 'x'},
            'healthcare.identifier.system': {'name': "X", 'code': 'x'},
        }
        for name, values in models.items():
            for role, user in self.users.items():
                with self.subTest(model=name, role=role):
                    Model = self.env[name].with_user(user)
                    if role == 'clinic_administrator':
                        record = Model.create(dict(values))
                        record.write({'name': "Y"})
                        record.unlink()
                    else:
                        self.assertFalse(Model.has_access('create'))
                        self.assertFalse(Model.has_access('write'))
                        self.assertFalse(Model.has_access('unlink'))

    def test_clinic_administrator_sets_working_hours(self):
        user = self.users['clinic_administrator']
        self.assertFalse(user.has_group('base.group_system'))
        calendar = self.env['resource.calendar'].with_user(user).create({'name': "Mornings"})
        practitioner = (
            self.env['healthcare.practitioner']
            .with_user(user)
            .create(
                {
                    'name': "Dr Lin",
                    'resource_calendar_id': calendar.id,
                }
            )
        )
        self.assertEqual(practitioner.resource_id.calendar_id, calendar)
        practitioner.name = "Dr Lin Mei-hua"
        self.assertEqual(practitioner.resource_id.name, "Dr Lin Mei-hua")

    def test_marketing_is_never_clinical(self):
        with self.assertRaisesRegex(ValidationError, "marketing role and read clinical data"):
            self.users['marketing'].group_ids += self.env.ref('healthcare_crm.group_nurse')
            self.env.flush_all()

    def test_marketing_is_never_clinical_through_a_group(self):
        marketing = self.env.ref('healthcare_crm.group_marketing')
        clinical = self.env.ref('healthcare_crm.group_clinical')
        with self.assertRaises(ValidationError):
            marketing.implied_ids = [Command.link(clinical.id)]
        with self.assertRaises(ValidationError):
            clinical.user_ids = [Command.link(self.users['marketing'].id)]

    def give(self, login, *roles, **values):
        """Create a user of a clinic of their own, and give them roles."""
        user = self.make_user(login=f'roles-{login}', **values)
        user.group_ids += self.env['res.groups'].browse([self.env.ref(role).id for role in roles])
        self.env.flush_all()
        return user

    def test_who_supervises_does_not_design(self):
        pair = ('healthcare_crm.group_privacy_officer', 'healthcare_crm.group_clinic_administrator')
        with self.assertRaisesRegex(ValidationError, "nobody supervises"):
            self.give('both', *pair)

    def test_who_designs_writes_no_mail_templates(self):
        editor = self.env.ref('mail.group_mail_template_editor')
        self.assertNotIn(editor, self.env.ref('base.group_user').all_implied_ids)
        with self.assertRaisesRegex(ValidationError, "mail template editor"):
            self.give(
                'both',
                'mail.group_mail_template_editor',
                'healthcare_crm.group_clinic_administrator',
            )

    def test_who_administers_the_system_treats_nobody(self):
        pair = ('base.group_system', 'healthcare_crm.group_practitioner')
        with self.assertRaisesRegex(ValidationError, "two logins"):
            self.give('both', *pair)

    def test_a_small_clinic_may_say_otherwise(self):
        clinic = self.env['res.company'].create({'name': "Small Clinic"})
        here = {'company_id': clinic.id, 'company_ids': [Command.set(clinic.ids)]}
        pair = ('healthcare_crm.group_privacy_officer', 'healthcare_crm.group_clinic_administrator')
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.give('not yet', *pair, **here)
        clinic.shared_roles = True
        self.give('both', *pair, **here)
        for number in range(3):
            self.make_user(login=f'roles-more-{number}', **here)
        with self.assertRaises(ValidationError):
            self.give('too many', *pair, **here)
        # and never who advertises to those they read about
        with self.assertRaises(ValidationError):
            self.give(
                'marketing',
                'healthcare_crm.group_marketing',
                'healthcare_crm.group_nurse',
                **here,
            )

    def test_administrator_of_odoo(self):
        admin = self.env.ref('base.user_admin')
        self.assertTrue(admin.has_group('healthcare_crm.group_clinic_administrator'))
        self.assertFalse(admin.has_group('healthcare_crm.group_clinical'))
