from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..models.healthcare_allergy import NO_KNOWN_ALLERGY
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAllergies(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        nurse = cls.make_user('nurse')
        cls.patient = cls.make_patient().with_user(nurse)
        cls.Allergy = cls.env['healthcare.allergy'].with_user(nurse)

    def make(self, name="Penicillin", **values):
        return self.Allergy.create({'patient_id': self.patient.id, 'name': name, **values})

    def test_asked_and_none_is_not_never_asked(self):
        self.assertEqual(self.patient.allergy_status, 'unknown')
        self.patient.action_no_known_allergies()
        self.assertEqual(self.patient.allergy_status, 'none')
        self.assertEqual(self.patient.allergy_ids.code, NO_KNOWN_ALLERGY)
        self.assertTrue(self.patient.allergy_ids.is_none_known)
        self.patient.action_no_known_allergies()
        self.assertEqual(len(self.patient.allergy_ids), 1, "they were asked once")

    def test_an_allergy_is_the_better_answer(self):
        self.patient.action_no_known_allergies()
        none_known = self.patient.allergy_ids
        penicillin = self.make()
        self.assertEqual(none_known.clinical_status, 'inactive')
        self.assertEqual(self.patient.allergy_status, 'known')
        with self.assertRaisesRegex(ValidationError, "an allergy on record: “Penicillin”"):
            with self.env.cr.savepoint():
                self.patient.action_no_known_allergies()
        with self.assertRaises(ValidationError):
            none_known.clinical_status = 'active'
        penicillin.verification_status = 'refuted'
        self.assertEqual(self.patient.allergy_status, 'unknown')
        self.patient.action_no_known_allergies()
        self.assertEqual(self.patient.allergy_status, 'none')

    def test_what_does_not_count(self):
        for values in (
            {'clinical_status': 'resolved'},
            {'verification_status': 'entered-in-error'},
            {'verification_status': 'refuted'},
        ):
            self.make(**values)
        self.assertEqual(self.patient.allergy_status, 'unknown')

    def test_nobody_deletes_and_it_says_what_to_do(self):
        with self.assertRaisesRegex(AccessError, "set it to “Entered in error”"):
            self.make().unlink()

    def test_medication_is_for_a_condition_of_the_same_patient(self):
        other = self.env['healthcare.condition'].create(
            {'patient_id': self.make_patient("Binh").id, 'name': "Cold"}
        )
        Medication = self.env['healthcare.medication']
        with self.assertRaisesRegex(ValidationError, "“Taken For” belongs to another patient"):
            Medication.create(
                {'patient_id': self.patient.id, 'name': "Aspirin", 'reason_id': other.id}
            )
        medicine = Medication.create({'patient_id': self.patient.id, 'name': "Aspirin"})
        with self.assertRaises(ValidationError):
            medicine.reason_id = other
