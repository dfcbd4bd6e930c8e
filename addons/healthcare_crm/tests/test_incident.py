from datetime import datetime, timedelta

import pytest

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..privacy.deadlines import BREACH_HOURS, JURISDICTIONS
from .common import HealthcareCase

NOTICED = datetime(2026, 3, 2, 8, 0)


def test_every_law_has_its_clocks():
    assert set(BREACH_HOURS) == set(JURISDICTIONS)
    assert all(
        hours['early'] <= hours['authority'] <= hours['patients'] for hours in BREACH_HOURS.values()
    )


@pytest.mark.parametrize(
    ('law', 'authority', 'patients'),
    [
        # Regulation (EU) 2016/679, art. 33(1): 72 hours; art. 34: without undue delay
        ('gdpr', 72, 72),
        # Personal Data Protection Act, art. 12, and the rules under it: 72 hours
        ('tw_pdpa', 72, 72),
        # Law 91/2025/QH15, art. 23: 72 hours
        ('vn_pdp', 72, 72),
        # 45 CFR 164.404(b), 164.408: 60 days at the latest
        ('hipaa', 1440, 1440),
    ],
)
def test_clocks(law, authority, patients):
    """Everywhere 24 hours for an early warning: inside the house, or where a ministry asks so."""
    hours = {'early': 24, 'authority': authority, 'patients': patients}
    assert BREACH_HOURS[law] == hours


@tagged('post_install', '-at_install')
class TestIncident(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref('base.vn')
        cls.officer = cls.make_user('privacy_officer')
        cls.nurse = cls.make_user('nurse')

    def report(self, **values):
        return (
            self.env['healthcare.incident']
            .with_user(self.officer)
            .create({'kind': 'snooping', 'discovered_at': NOTICED, **values})
        )

    def look(self, user, patients, at, model='healthcare.condition'):
        self.env.cr.execute(
            """
            INSERT INTO healthcare_audit_event (recorded_at, user_id, login, roles, action, model,
                field_names, record_ids, patients, patient_count, purpose, detail, ip, route,
                session, mac)
            VALUES (%s, %s, '', '', 'read', %s, '', '{}', %s, 1, '', '', '', '', '', '')
            """,
            (at, user.id, model, patients.ids),
        )

    def test_the_clocks_run_from_the_discovery(self):
        incident = self.report()
        self.assertEqual(incident.early_due, NOTICED + timedelta(hours=24))
        self.assertEqual(incident.authority_due, NOTICED + timedelta(hours=72))
        self.assertTrue(incident.is_overdue)
        self.assertEqual(len(incident.activity_ids), 2)
        incident.jurisdiction = 'hipaa'
        self.assertEqual(incident.patients_due, NOTICED + timedelta(days=60))
        incident.action_authority_told()
        self.assertEqual(len(incident.activity_ids), 1)
        incident.action_patients_told()
        self.assertFalse(incident.activity_ids or incident.is_overdue)

    def test_the_audit_tells_whose_data_it_was(self):
        seen, also, later, others = (self.make_patient(f"Patient {n}") for n in range(4))
        inside = NOTICED - timedelta(hours=5)
        self.look(self.nurse, seen | also, inside)
        self.look(self.nurse, seen, inside)
        self.look(self.nurse, later, NOTICED + timedelta(hours=5))
        self.look(self.officer, others, inside)
        incident = self.report()
        with self.assertRaises(UserError):
            incident.action_find_patients()
        incident.write(
            {
                'looked_user_id': self.nurse.id,
                'looked_from': NOTICED - timedelta(days=1),
                'looked_until': NOTICED,
            }
        )
        incident.action_find_patients()
        self.assertEqual(incident.patient_ids, seen | also)
        self.assertEqual(incident.patient_count, 2)
        self.env.flush_all()
        with self.assertQueryCount(20):
            incident.action_find_patients()

    def test_it_is_closed_with_an_account_of_what_was_done(self):
        incident = self.report()
        with self.assertRaises(UserError):
            incident.action_close()
        incident.measures = "Talked to."
        incident.action_close()
        self.assertFalse(incident.activity_ids)
        with self.assertRaises(UserError):
            incident.action_contain()

    def test_only_the_privacy_officer(self):
        incident = self.report()
        for role in ('reception', 'nurse', 'clinic_administrator', 'marketing', 'quality'):
            other = incident.with_user(self.make_user(role, login=f'incident_{role}'))
            with self.subTest(role=role), self.assertRaises(AccessError):
                other.read(['state'])
            with self.subTest(role=role), self.assertRaises(AccessError):
                other.action_contain()
        for vals in ({'state': 'closed'}, {'patient_count': 0}, {'authority_told_at': NOTICED}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                incident.write(vals)
