from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientSearch(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient(
            "Nguyễn Văn An",
            phone='0912345678',
            birth_date=fields.Date.today() - relativedelta(years=62),
        )
        cls.reception = cls.make_user('reception')
        cls.employee = cls.make_user()

    def _find(self, term, user=None):
        Partner = self.Partner.with_user(user or self.reception)
        return [id_ for id_, _name in Partner.name_search(term)]

    def test_by_name_number_and_phone(self):
        terms = (
            "Văn An",
            self.patient.patient_number,
            self.patient.patient_number.lower(),
            '+84 912 345 678',
            '0912 345 678',
            '(0912) 345-678',
            '0084912345678',
            '345678',
        )
        for term in terms:
            with self.subTest(term=term):
                self.assertIn(self.patient.id, self._find(term))

    def test_without_accents(self):
        found = self.patient.id in self._find("nguyen van an")
        # where the database was made without the extension, accents count
        self.assertEqual(found, bool(self.env.registry.has_unaccent))

    def test_others_not_found(self):
        self.assertNotIn(self.patient.id, self._find('0998 877 665'))
        self.assertNotIn(self.patient.id, self._find('P9'))
        self.assertNotIn(self.patient.id, self._find('0012'), "too little of a number")
        self.assertNotIn(self.patient.id, self._find('P0345678'), "no phone number")

    def test_national_number_of_another_country(self):
        self.company.country_id = self.env.ref('base.tw')
        self.assertIn(self.patient.id, self._find('0912 345 678'))

    def test_employee_cannot_find_by_patient_number(self):
        self.assertNotIn(
            self.patient.id,
            self._find(self.patient.patient_number, self.employee),
        )
        self.assertIn(self.patient.id, self._find("Văn An", self.employee))

    def test_name_with_age_and_number(self):
        patient = self.patient.with_user(self.reception)
        self.assertEqual(patient.display_name, "Nguyễn Văn An")
        self.assertEqual(
            patient.with_context(show_patient_identity=True).display_name,
            f"Nguyễn Văn An (62, {self.patient.patient_number})",
        )

    def test_employee_sees_the_name_only(self):
        self.assertEqual(
            self.patient.with_user(self.employee)
            .with_context(
                show_patient_identity=True,
            )
            .display_name,
            "Nguyễn Văn An",
        )

    def test_contact_keeps_its_name(self):
        contact = self.Partner.create({'name': "Supplier"})
        self.assertEqual(
            contact.with_user(self.reception)
            .with_context(
                show_patient_identity=True,
            )
            .display_name,
            "Supplier",
        )
