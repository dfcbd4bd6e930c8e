from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientNumber(HealthcareCase):
    def test_new_patient_gets_number(self):
        patient = self.make_patient()
        self.assertRegex(patient.patient_number, r'^P\d{7}$')
        self.assertEqual(patient.lifecycle_stage, 'new')

    def test_contact_gets_no_number(self):
        contact = self.Partner.create({'name': "Supplier"})
        self.assertFalse(contact.patient_number)
        self.assertFalse(contact.lifecycle_stage)

    def test_contacts_that_become_patients_get_numbers(self):
        contacts = self.Partner.create([{'name': "A"}, {'name': "B"}])
        known = self.make_patient(patient_number='X1')
        (contacts | known).write({'is_patient': True})
        numbers = contacts.mapped('patient_number')
        self.assertTrue(all(numbers))
        self.assertEqual(len(set(numbers)), 2)
        self.assertEqual(known.patient_number, 'X1', "an existing number stays")

    def test_given_number_is_kept(self):
        self.assertEqual(self.make_patient(patient_number='H-77').patient_number, 'H-77')

    def test_number_is_unique(self):
        self.make_patient(patient_number='H-77')
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_patient(patient_number='H-77')

    def test_copy_gets_own_number(self):
        patient = self.make_patient(birth_date='1963-03-12')
        copied = patient.copy()
        self.assertTrue(copied.patient_number)
        self.assertNotEqual(copied.patient_number, patient.patient_number)
        self.assertFalse(copied.birth_date, "identifying values are not copied")

    def test_batch_draws_numbers_in_one_query(self):
        sequence = self.env.ref('healthcare_crm.ir_sequence_healthcare_patient')
        sequence.read()
        self.assertTrue(sequence.env.user.name, "read before counting")
        with self.assertQueryCount(1):
            numbers = sequence._next_batch(500)
        self.assertEqual(len(set(numbers)), 500)
        self.assertEqual(numbers, sorted(numbers))

    def test_sequence_without_gaps_works(self):
        sequence = self.env.ref('healthcare_crm.ir_sequence_healthcare_patient')
        sequence.write({'implementation': 'no_gap', 'number_next': 500})
        patients = self.Partner.create([{'name': str(i), 'is_patient': True} for i in range(3)])
        self.assertEqual(
            patients.mapped('patient_number'),
            ['P0000500', 'P0000501', 'P0000502'],
        )
