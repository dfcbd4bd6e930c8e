from datetime import date, timedelta

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientValidation(HealthcareCase):
    def test_wrong_email(self):
        for email in ('nobody', 'a@b', 'a b@example.org', '@example.org'):
            with (
                self.subTest(email=email),
                self.assertRaisesRegex(ValidationError, "of patient Trần Bình is not valid"),
            ):
                self.make_patient("Trần Bình", email=email)

    def test_right_email(self):
        self.assertEqual(self.make_patient(email='An@Example.org').email, 'An@Example.org')

    def test_a_new_patient_lives_where_the_clinic_is(self):
        self.env.company.resource_calendar_id.tz = 'Asia/Ho_Chi_Minh'
        abroad = self.Partner.with_context(tz='Europe/Brussels')
        patient = abroad.create({'name': "Trần Bình", 'is_patient': True})
        traveller = abroad.create({'name': "An", 'is_patient': True, 'tz': 'America/New_York'})
        self.assertEqual(patient.tz, 'Asia/Ho_Chi_Minh')
        self.assertEqual(traveller.tz, 'America/New_York')

    def test_contacts_are_not_checked(self):
        self.assertTrue(self.Partner.create({'name': "X", 'email': 'nobody', 'phone': '1'}))

    def test_contact_with_wrong_email_cannot_become_patient(self):
        contact = self.Partner.create({'name': "X", 'email': 'nobody'})
        with self.assertRaisesRegex(ValidationError, "nobody"):
            contact.is_patient = True

    def test_birth_date_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "is in the future"):
            self.make_patient(birth_date=date.today() + timedelta(days=3))

    def test_birth_date_too_long_ago(self):
        with self.assertRaisesRegex(ValidationError, "more than 130 years ago"):
            self.make_patient(birth_date='1880-01-01')

    def test_death_before_birth(self):
        with self.assertRaisesRegex(ValidationError, "before the birth date"):
            self.make_patient(birth_date='1980-01-01', deceased_date='1979-12-31')

    def test_death_in_the_future(self):
        with self.assertRaisesRegex(ValidationError, "date of death .* is in the future"):
            self.make_patient(deceased_date=date.today() + timedelta(days=3))

    def test_own_guardian_and_referrer(self):
        patient = self.make_patient()
        with self.assertRaisesRegex(ValidationError, "their own guardian"):
            patient.guardian_id = patient
        patient = self.make_patient()
        with self.assertRaisesRegex(ValidationError, "their own referrer"):
            patient.referrer_id = patient

    def test_guardians_of_each_other(self):
        first = self.make_patient("First")
        second = self.make_patient("Second", guardian_id=first.id)
        with self.assertRaisesRegex(ValidationError, "each other's guardian"):
            first.guardian_id = second

    def test_age(self):
        patient = self.make_patient(birth_date=date.today() - relativedelta(years=30))
        self.assertEqual(patient.age, 30)
        patient.birth_date += timedelta(days=1)
        self.assertEqual(patient.age, 29)
        self.assertEqual(self.make_patient().age, 0)

    @freeze_time('2026-06-01')
    def test_age_at_death(self):
        patient = self.make_patient(
            birth_date='1950-01-01',
            deceased=True,
            deceased_date='2020-01-02',
        )
        self.assertEqual(patient.age, 70)

    def test_form(self):
        action = self.env.ref('healthcare_crm.res_partner_action_patient')
        Partner = self.Partner.with_user(self.make_user('reception')).with_context(
            default_is_patient=True,
        )
        view = self.env.ref('healthcare_crm.res_partner_view_form_patient')
        with Form(Partner, view) as form:
            form.name = "Lê Thị Hoa"
            form.phone = '091 234 56 78'
            form.birth_date = '1990-05-04'
        patient = form.record
        self.assertTrue(patient.is_patient)
        self.assertTrue(patient.patient_number)
        self.assertEqual(patient.phone, '+84912345678')
        self.assertEqual(action.path, 'patients')
