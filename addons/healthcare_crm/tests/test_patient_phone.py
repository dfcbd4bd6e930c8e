from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.phone_validation.tools import phone_validation

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientPhone(HealthcareCase):
    def test_stored_in_international_form(self):
        patient = self.make_patient(phone='091 234 56 78')
        self.assertEqual(patient.phone, '+84912345678', "the country of the clinic")
        self.assertEqual(patient.phone_sanitized, '+84912345678')

    def test_country_of_the_patient_counts(self):
        patient = self.make_patient(
            phone='0912 345 678',
            country_id=self.env.ref('base.tw').id,
        )
        self.assertEqual(patient.phone, '+886912345678')

    def test_written_number_is_normalised(self):
        patients = self.make_patient() | self.make_patient("Chen")
        patients[1].country_id = self.env.ref('base.tw')
        patients.write({'phone': '0912345678'})
        self.assertEqual(patients[0].phone, '+84912345678')
        self.assertEqual(patients[1].phone, '+886912345678')
        self.assertEqual(patients[1].phone_sanitized, '+886912345678')

    def test_contact_who_becomes_patient(self):
        contact = self.Partner.create({'name': "A", 'phone': '091 234 56 78'})
        self.assertEqual(contact.phone, '091 234 56 78', "others' contacts are left alone")
        contact.is_patient = True
        self.assertEqual(contact.phone, '+84912345678')

    def test_wrong_number_names_patient_and_value(self):
        with self.assertRaisesRegex(ValidationError, r"“12345” of patient Trần.*country code"):
            self.make_patient("Trần Bình", phone='12345')
        patient = self.make_patient("Trần Bình")
        with self.assertRaisesRegex(ValidationError, "“not a phone” of patient Trần Bình"):
            patient.phone = 'not a phone'

    def test_wrong_number_written_by_employee_who_knows_no_patients(self):
        patient = self.make_patient(phone='0912345678')
        user = self.make_user(login='sales')
        user.group_ids += self.env.ref('base.group_partner_manager')
        patient.with_user(user).phone = '0987 654 321'
        self.assertEqual(patient.phone, '+84987654321')

    def test_each_number_is_parsed_once(self):
        real = phone_validation.phone_format
        calls = []

        def counted(number, *args, **kwargs):
            calls.append(number)
            return real(number, *args, **kwargs)

        with patch.object(phone_validation, 'phone_format', counted):
            self.Partner.create(
                [
                    {'name': f"Child {index}", 'is_patient': True, 'phone': '091 234 56 78'}
                    for index in range(20)
                ]
            )
            self.env.flush_all()
        self.assertEqual(calls, ['091 234 56 78'])
