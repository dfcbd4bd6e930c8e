from datetime import datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .audit_case import AuditChecks
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestDisclosure(AuditChecks, HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls.make_user('privacy_officer')
        cls.patient = cls.make_patient()

    def test_a_referral_to_another_house_is_a_disclosure(self):
        other = self.env['res.partner'].create({'name': "General Hospital"})
        referral = self.env['healthcare.referral'].create(
            {'patient_id': self.patient.id, 'direction': 'outgoing', 'partner_id': other.id}
        )
        referral.action_send()
        row = self.env['healthcare.disclosure'].search([('patient_id', '=', self.patient.id)])
        self.assertEqual(
            (row.origin, row.basis, row.recipient_id), ('referral', 'treatment', other)
        )
        self.assertEqual(self.recorded(action='disclose')[0]['patients'], self.patient.ids)

    def test_what_was_written_down_stays(self):
        Disclosure = self.env['healthcare.disclosure'].with_user(self.officer)
        row = Disclosure.create(
            {'patient_id': self.patient.id, 'basis': 'law', 'recipient': "Court", 'origin': 'print'}
        )
        self.assertEqual((row.origin, row.user_id), ('manual', self.officer))
        with self.assertRaises(AccessError):
            row.recipient = "Somebody"
        for role in ('reception', 'nurse', 'clinic_administrator', 'marketing', 'quality'):
            user = self.make_user(role, login=f'disclosure_{role}')
            with self.subTest(role=role), self.assertRaises(AccessError):
                row.with_user(user).read(['basis'])

    def test_it_says_to_whom(self):
        values = {'patient_id': self.patient.id, 'basis': 'law'}
        Disclosure = self.env['healthcare.disclosure'].with_user(self.officer)
        with self.assertRaises(ValidationError):
            Disclosure.create(values)
        Disclosure.create({**values, 'recipient': "Court"})
        self.assertEqual(self.recorded(action='disclose')[0]['patients'], self.patient.ids)

    def test_a_patient_hears_who_handles_the_data(self):
        Processor = self.env['healthcare.processor'].with_user(self.officer)
        values = {'service': "Messages", 'data_classes': "Phone numbers"}
        texts = Processor.create({'name': "Texts", 'channel': 'sms', **values})
        host = Processor.create({'name': "Host", **values})
        letters = Processor.create({'name': "Letters", 'channel': 'letter', **values})
        self.make_communication(self.patient, 'letter', status='queued')
        self.make_communication(self.patient, 'sms', sent_at=datetime.now())
        found = Processor._find_of(self.patient)
        self.assertLessEqual(texts | host, found)
        self.assertNotIn(letters, found)
