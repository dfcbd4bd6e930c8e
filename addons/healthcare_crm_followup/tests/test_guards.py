from datetime import timedelta

from odoo.tests import tagged

from ..engine import guards
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestRecheck(FollowupCase):
    """The second look, in the moment of sending."""

    def queued(self, *names):
        """Return patients with a reminder each, decided and not yet sent, and these ledger rows."""
        patients = self.env['res.partner']
        for name in names or ["An Nguyen"]:
            patients |= self.patient(name)
        for patient in patients:
            self.appointment(patient)
        self.workflow()._publish(NOW)
        self.go(NOW + DAY, send=False)
        return patients, self.ledger(patients)

    def reasons(self, rows, now=NOW + DAY):
        verdicts = guards.recheck(self.env, rows, now)
        return [verdicts[row.id][0].reason for row in rows]

    def test_nothing_changed(self):
        _patients, rows = self.queued()
        verdict, wait_until = guards.recheck(self.env, rows, NOW + DAY)[rows.id]
        self.assertTrue(verdict.allowed)
        self.assertEqual(verdict.address, rows.address)
        self.assertIsNone(wait_until)

    def test_whatever_changed_meanwhile_counts(self):
        patients, rows = self.queued("An", "Binh", "Chi", "Dung", "Em", "Giang")
        an, binh, chi, dung, em, _giang = patients
        an.deceased = True
        self.consent(binh, 'deny', 'email')
        chi.email = False
        dung.appointment_ids.patient_id = an
        em.appointment_ids.appointment_status = 'cancelled'
        self.assertEqual(
            self.reasons(rows),
            [
                'deceased',
                'consent_denied',
                'no_address',
                'subject_cancelled',
                'subject_cancelled',
                None,
            ],
        )

    def test_what_waited_too_long_is_late(self):
        _patients, rows = self.queued()
        rows.expires_at = NOW + DAY
        self.assertEqual(self.reasons(rows), [None])
        self.assertEqual(self.reasons(rows, NOW + DAY + timedelta(seconds=1)), ['late'])

    def test_a_row_of_no_workflow_is_judged_by_person_and_consent(self):
        patient = self.patient()
        row = self.env['healthcare.communication'].create(
            {'patient_id': patient.id, 'channel': 'email', 'purpose_id': self.reminder.id}
        )
        self.assertEqual(self.reasons(row), [None])
