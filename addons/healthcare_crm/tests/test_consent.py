from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestConsent(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient()

    def _decide(self, patient=None, channel='sms', purpose=None):
        patient = patient or self.patient
        purpose = purpose or self.purpose_reminder
        decisions = self.Consent._decisions([patient.id], [purpose.id], [channel])
        return decisions.get((patient.id, purpose.id, channel))

    def test_never_asked(self):
        self.assertIsNone(self._decide())
        self.assertEqual(self.Consent._decisions([], [], []), {})

    def test_latest_counts(self):
        self.make_consent(self.patient, date=datetime(2026, 1, 1))
        denied = self.make_consent(self.patient, decision='deny', date=datetime(2026, 2, 1))
        # entered later, but decided earlier
        self.make_consent(self.patient, date=datetime(2025, 12, 1))
        self.assertEqual(self._decide(), ('deny', denied.id))

    def test_last_entered_counts_at_the_same_moment(self):
        moment = datetime(2026, 1, 1)
        self.make_consent(self.patient, date=moment)
        last = self.make_consent(self.patient, decision='deny', date=moment)
        self.assertEqual(self._decide(), ('deny', last.id))

    def test_purpose_and_channel_apart(self):
        self.make_consent(self.patient)
        self.assertIsNone(self._decide(channel='email'))
        self.assertIsNone(self._decide(purpose=self.purpose_marketing))
        self.assertIsNone(self._decide(patient=self.make_patient("Other")))

    def test_one_query_for_many(self):
        patients = self.Partner.create(
            [{'name': str(index), 'is_patient': True} for index in range(50)]
        )
        for patient in patients:
            self.make_consent(patient)
        self.env.flush_all()
        with self.assertQueryCount(1):
            decisions = self.Consent._decisions(
                patients.ids,
                [self.purpose_reminder.id],
                ['sms', 'email'],
            )
        self.assertEqual(len(decisions), 50)

    def test_cannot_be_changed(self):
        consent = self.make_consent(self.patient)
        for record in (consent, consent.sudo()):
            with self.assertRaisesRegex(UserError, "cannot be changed"):
                record.decision = 'deny'

    def test_cannot_be_deleted(self):
        consent = self.make_consent(self.patient)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            consent.sudo().unlink()

    def test_not_from_the_future(self):
        with self.assertRaisesRegex(UserError, "in the future"):
            self.make_consent(self.patient, date=datetime.now() + timedelta(days=2))

    def test_wizard(self):
        reception = self.make_user('reception')
        guardian = self.Partner.create({'name': "Mother"})
        self.patient.guardian_id = guardian
        wizard = (
            self.env['healthcare.consent.wizard']
            .with_user(reception)
            .create(
                {
                    'patient_id': self.patient.id,
                    'decision': 'permit',
                    'purpose_ids': [(6, 0, (self.purpose_reminder | self.purpose_marketing).ids)],
                    'channel_sms': True,
                    'channel_email': True,
                    'method': 'form',
                }
            )
        )
        self.assertEqual(wizard.given_by_id, guardian, "the guardian is proposed")
        wizard.action_record()
        self.assertEqual(len(self.patient.consent_ids), 4)
        self.assertEqual(self.patient.consent_ids.given_by_id, guardian)
        self.assertEqual(self._decide(channel='email')[0], 'permit')

    def test_wizard_needs_a_channel(self):
        wizard = self.env['healthcare.consent.wizard'].create({'patient_id': self.patient.id})
        with self.assertRaisesRegex(UserError, "at least one"):
            wizard.action_record()

    def test_overview(self):
        self.make_consent(self.patient)
        self.make_consent(self.patient, channel='email', decision='deny')
        overview = self.patient.with_user(self.make_user('reception')).consent_overview
        self.assertIn("Agreed", overview)
        self.assertIn("Refused", overview)
        self.assertIn("Never asked", overview)
        self.assertIn(self.purpose_marketing.name, overview)

    def test_marketing_reads_but_does_not_record(self):
        marketing = self.make_user('marketing')
        consent = self.make_consent(self.patient)
        self.assertEqual(consent.with_user(marketing).decision, 'permit')
        with self.assertRaises(AccessError):
            self.Consent.with_user(marketing).create(
                {
                    'patient_id': self.patient.id,
                    'purpose_id': self.purpose_marketing.id,
                    'channel': 'sms',
                    'decision': 'permit',
                }
            )

    def test_employee_reads_no_consent(self):
        self.make_consent(self.patient)
        with self.assertRaises(AccessError):
            self.Consent.with_user(self.make_user()).search([])
