from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestSystemFields(HealthcareCase):
    """What only the software writes is refused to whoever may write the record."""

    def test_nobody_makes_a_merged_patient(self):
        patient, other = self.make_patient(), self.make_patient()
        with self.assertRaisesRegex(AccessError, "written by the software"):
            patient.with_user(self.make_user('reception')).merged_into_id = other
        self.assertFalse(patient.merged_into_id)

    def test_nobody_makes_the_evidence_of_an_enquiry(self):
        enquiry = self.env['healthcare.enquiry'].create({'name': "An"})
        with self.assertRaises(AccessError):
            enquiry.with_user(self.make_user('reception')).write({'agreed_words': "Yes"})

    def test_the_software_writes_them(self):
        patient = self.make_patient()
        patient.sudo().quality_score = 7
        self.assertEqual(patient.quality_score, 7)
