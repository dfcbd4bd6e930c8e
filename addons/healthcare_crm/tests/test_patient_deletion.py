from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientDeletion(HealthcareCase):
    def test_patient_without_history(self):
        patient = self.make_patient()
        patient.identifier_ids = [
            (
                0,
                0,
                {
                    'system_id': self.env.ref('healthcare_crm.identifier_system_merged').id,
                    'value': 'X',
                },
            )
        ]
        patient.unlink()
        self.assertFalse(patient.exists())

    def test_patient_with_appointment(self):
        patient = self.make_appointment().patient_id
        with self.assertRaisesRegex(UserError, "Nguyễn Văn An cannot be deleted.*Archive"):
            patient.unlink()

    def test_patient_with_archived_appointment(self):
        appointment = self.make_appointment()
        appointment.active = False
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            appointment.patient_id.unlink()

    def test_patient_with_message(self):
        patient = self.make_patient()
        self.make_communication(patient)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            patient.unlink()

    def test_patient_with_consent(self):
        patient = self.make_patient()
        self.make_consent(patient)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            patient.unlink()

    def test_guardian_who_gave_consent(self):
        guardian = self.Partner.create({'name': "Mother"})
        self.make_consent(self.make_patient(), given_by_id=guardian.id)
        with self.assertRaisesRegex(UserError, "Mother cannot be deleted"):
            guardian.unlink()

    def test_employee_learns_nothing(self):
        patient = self.make_appointment().patient_id
        user = self.make_user(login='sales')
        user.group_ids += self.env.ref('base.group_partner_manager')
        with self.assertRaises(AccessError) as caught:
            patient.with_user(user).unlink()
        self.assertNotIn("appointment", str(caught.exception).lower())
        self.assertNotIn("patient", str(caught.exception).lower())
