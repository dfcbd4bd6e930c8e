from datetime import datetime, timedelta

from odoo.exceptions import AccessError
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


@tagged('post_install', '-at_install')
class TestRetention(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = cls.make_user('privacy_officer')
        old = datetime.now() - timedelta(days=400)
        cls.company = cls.env['res.company'].create({'name': "Retention"})
        cls.officer.company_ids += cls.company
        patient = cls.make_patient(company_id=cls.company.id)
        cls.old = cls.make_communication(patient, body="Old words", date=old)
        cls.young = cls.make_communication(patient, body="Young words")
        cls.rule = cls.env['healthcare.retention.rule'].create(
            {'data_class': 'message', 'days': 365, 'company_id': cls.company.id}
        )

    def test_trying_writes_nothing(self):
        self.rule.with_user(self.officer).action_try()
        self.assertEqual(self.rule.trial_count, 1)
        self.assertEqual(self.rule.trial_sample, str(self.old.id))
        self.assertEqual(self.old.body, "Old words")

    def test_applying_is_certified(self):
        run = self.rule._apply()
        self.assertFalse(self.old.body)
        self.assertTrue(self.old.exists())
        self.assertEqual(self.young.body, "Young words")
        self.assertEqual((run.record_count, run.is_genuine), (1, True))
        run.content = {**run.content, 'count': 0}
        self.assertFalse(run.is_genuine)

    def test_it_is_off_by_default(self):
        self.env['healthcare.retention.rule']._cron_apply()
        self.assertEqual(self.old.body, "Old words")
        self.rule.automatic = True
        self.env['healthcare.retention.rule']._cron_apply()
        self.assertFalse(self.old.body)

    def test_only_the_privacy_officer(self):
        for role in ('reception', 'nurse', 'clinic_administrator', 'marketing', 'quality'):
            user = self.make_user(role, login=f'retention_{role}')
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.rule.with_user(user).action_try()
