from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientMerge(HealthcareCase):
    def _merge(self, source, destination, user=None):
        wizard = self.env['base.partner.merge.automatic.wizard']
        if user:
            wizard = wizard.with_user(user)
            destination = destination.with_user(user)
        wizard._merge((source | destination).ids, destination, extra_checks=False)

    def test_no_row_is_lost(self):
        his = self.env['healthcare.identifier.system'].create({'name': "HIS", 'code': 'his'})
        kept, merged = self.make_patient("An"), self.make_patient("An")
        rows = []
        for index, patient in enumerate((kept, merged)):
            # the same purpose, channel and system on both sides: nothing may conflict
            rows += [
                self.make_appointment(patient),
                self.make_consent(patient),
                self.make_communication(patient, idempotency_key=f'key-{index}'),
                self.env['healthcare.patient.identifier'].create(
                    {
                        'patient_id': patient.id,
                        'system_id': his.id,
                        'value': f'H{index}',
                    }
                ),
            ]
        child = self.make_patient("Child", guardian_id=merged.id, referrer_id=merged.id)

        self._merge(merged, kept)

        self.assertFalse(merged.exists())
        for row in rows:
            self.assertTrue(row.exists(), row)
            self.assertEqual(row.patient_id, kept)
        self.assertEqual(child.guardian_id, kept)
        self.assertEqual(child.referrer_id, kept)

    def test_former_number_is_kept_as_identifier(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        number, former = kept.patient_number, merged.patient_number
        self._merge(merged, kept)
        self.assertEqual(kept.patient_number, number)
        self.assertEqual(
            kept.identifier_ids.filtered(lambda i: i.system_id.code == 'merged').value,
            former,
        )

    def test_patient_merged_into_contact(self):
        contact = self.Partner.create({'name': "An"})
        patient = self.make_patient("An", birth_date='1963-03-12')
        number = patient.patient_number
        self._merge(patient, contact)
        self.assertTrue(contact.is_patient)
        self.assertEqual(contact.patient_number, number)
        self.assertEqual(str(contact.birth_date), '1963-03-12')
        self.assertFalse(contact.identifier_ids)

    def test_child_merged_with_guardian(self):
        guardian = self.make_patient("Wrong twin")
        child = self.make_patient("Right twin", guardian_id=guardian.id)
        self._merge(guardian, child)
        self.assertFalse(child.guardian_id, "nobody is their own guardian")

    def test_employee_cannot_merge_patients(self):
        kept, merged = self.make_patient("An"), self.make_patient("An")
        user = self.make_user(login='sales')
        user.group_ids += self.env.ref('base.group_partner_manager')
        with self.assertRaises(AccessError) as caught:
            self._merge(merged, kept, user)
        self.assertNotIn("patient", str(caught.exception).lower())

    def test_reception_merges_patients(self):
        kept, merged = self.make_patient("An"), self.make_patient("An", birth_date='1963-03-12')
        appointment = self.make_appointment(merged)
        self._merge(merged, kept, self.make_user('reception'))
        self.assertEqual(appointment.patient_id, kept)
        self.assertEqual(str(kept.birth_date), '1963-03-12')
