import json
from datetime import date
from unittest.mock import patch

import pytest
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..privacy.deadlines import (
    JURISDICTIONS,
    KINDS,
    TERMS,
    acknowledge_on,
    add_months,
    due_on,
    jurisdiction_of,
)
from ..step_up import StepUpNeeded
from .audit_case import AuditChecks
from .common import HealthcareCase

FIRST = date(2026, 1, 31)


def days(jurisdiction, kind, extended=False):
    return (due_on(jurisdiction, kind, FIRST, extended) - FIRST).days


def test_every_law_has_a_term_for_every_kind():
    assert {law: set(kinds) for law, kinds in TERMS.items()} == dict.fromkeys(
        JURISDICTIONS, set(KINDS)
    )


@pytest.mark.parametrize('kind', KINDS)
def test_gdpr(kind):
    """Regulation (EU) 2016/679, art. 12(3): one month, extended by two further months."""
    assert due_on('gdpr', kind, FIRST) == date(2026, 2, 28)
    assert due_on('gdpr', kind, FIRST, extended=True) == date(2026, 4, 30)


@pytest.mark.parametrize('kind', ['access', 'portability'])
def test_taiwan_access(kind):
    """Personal Data Protection Act, art. 13(1): requests under art. 10 in 15 days, and 15 more."""
    assert (days('tw_pdpa', kind), days('tw_pdpa', kind, True)) == (15, 30)


@pytest.mark.parametrize('kind', ['correction', 'restriction', 'objection', 'erasure'])
def test_taiwan_correction_and_deletion(kind):
    """Personal Data Protection Act, art. 13(2): requests under art. 11 in 30 days, and 30 more."""
    assert (days('tw_pdpa', kind), days('tw_pdpa', kind, True)) == (30, 60)


@pytest.mark.parametrize(
    ('kind', 'term'),
    [
        ('access', 10),
        ('portability', 10),
        ('correction', 10),
        ('restriction', 15),
        ('objection', 15),
        ('erasure', 20),
    ],
)
def test_vietnam(kind, term):
    """Law 91/2025/QH15 and Decree 356/2025/ND-CP: 10, 15 or 20 days; extended by as many."""
    assert (days('vn_pdp', kind), days('vn_pdp', kind, True)) == (term, 2 * term)


@pytest.mark.parametrize(
    ('received', 'told'),
    [
        (date(2026, 1, 5), date(2026, 1, 7)),  # Monday
        (date(2026, 1, 1), date(2026, 1, 5)),  # Thursday
        (date(2026, 1, 2), date(2026, 1, 6)),  # Friday
        (date(2026, 1, 3), date(2026, 1, 6)),  # Saturday
        (date(2026, 1, 4), date(2026, 1, 6)),  # Sunday
    ],
)
def test_vietnam_wants_a_first_answer_in_two_working_days(received, told):
    """Decree 356/2025/ND-CP: acknowledged within two working days; weekends are none."""
    assert acknowledge_on('vn_pdp', received) == told


def test_others_want_no_first_answer():
    assert not any(acknowledge_on(law, FIRST) for law in JURISDICTIONS if law != 'vn_pdp')


@pytest.mark.parametrize('kind', ['access', 'portability'])
def test_hipaa_access(kind):
    """45 CFR 164.524(b)(2): 30 days, and 30 more."""
    assert (days('hipaa', kind), days('hipaa', kind, True)) == (30, 60)


def test_hipaa_correction():
    """45 CFR 164.526(b)(2): 60 days, and 30 more."""
    assert (days('hipaa', 'correction'), days('hipaa', 'correction', True)) == (60, 90)


def test_jurisdictions():
    assert [jurisdiction_of(code) for code in ('TW', 'VN', 'US', 'FR', 'BR', None)] == [
        'tw_pdpa',
        'vn_pdp',
        'hipaa',
        'gdpr',
        'gdpr',
        'gdpr',
    ]
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)


@tagged('post_install', '-at_install')
class TestPrivacyRequest(AuditChecks, HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref('base.tw')
        cls.patient = cls.make_patient("Zebulon Quixotesen", email='z@example.org')
        cls.officer = cls.make_user('privacy_officer')

    def ask(self, kind='access', **values):
        return (
            self.env['healthcare.privacy.request']
            .with_user(self.officer)
            .create({'patient_id': self.patient.id, 'kind': kind, **values})
        )

    def check(self, request):
        request.identity_method = 'document'
        request.action_check_identity()

    def test_it_is_due_as_the_law_of_the_clinic_says(self):
        request = self.ask(received_on='2026-03-02')
        self.assertEqual(request.jurisdiction, 'tw_pdpa')
        self.assertEqual(request.due_date, date(2026, 3, 17))
        self.assertTrue(request.is_overdue)
        activity = request.activity_ids
        self.assertEqual(activity.date_deadline, date(2026, 3, 12))
        self.assertEqual(activity.user_id, self.officer)
        self.assertNotIn("Zebulon", f'{activity.summary} {activity.note} {activity.res_name}')
        with self.assertRaises(UserError):
            request.action_extend()
        request.answer = "Seven volumes on paper."
        request.action_extend()
        self.assertEqual(request.due_date, date(2026, 4, 1))
        with self.assertRaises(UserError):
            request.action_extend()

    def test_nothing_is_handed_out_before_the_identity_is_checked(self):
        request = self.ask()
        for action in ('_check_export', 'action_check_identity', 'action_done'):
            with self.subTest(action=action), self.assertRaises(UserError):
                getattr(request, action)()
        with self.assertRaises(UserError):
            request._make_dossier('export')
        self.check(request)
        self.assertEqual((request.state, request.checked_by_id), ('checked', self.officer))
        request.answer = "Handed over."
        request.action_done()
        self.assertFalse(request.activity_ids)
        with self.assertRaises(UserError):
            request.action_refuse()

    def test_the_dossier_has_everything_and_is_recorded(self):
        self.env['healthcare.condition'].create(
            {'patient_id': self.patient.id, 'name': "Asthma", 'note': "worse in spring"}
        )
        self.make_appointment(self.patient)
        self.make_patient("Somebody Else", email='else@example.org')
        request = self.ask()
        self.check(request)
        dossier = json.dumps(request._make_dossier('export'), default=str)
        for told in ("Zebulon Quixotesen", 'z@example.org', "worse in spring", 'Appointment'):
            self.assertIn(told, dossier)
        for hidden in ("Somebody Else", 'else@example.org', '_sealed', 'v1.'):
            self.assertNotIn(hidden, dossier)
        rows = self.recorded(action='export')
        self.assertEqual(rows[0]['patients'], self.patient.ids)
        self.env.cr.execute(
            """
            INSERT INTO healthcare_audit_event (recorded_at, user_id, login, roles, action, model,
                field_names, record_ids, patients, patient_count, purpose, detail, ip, route,
                session, mac)
            VALUES (now(), 1, 'nosy', '', 'read', 'healthcare.condition', '', '{}', %s, 1, '', '',
                '', '', '', '')
            """,
            (self.patient.ids,),
        )
        dossier = request._make_dossier('export')
        looks = [e['resource'] for e in dossier['entry'] if 'agent' in e['resource']]
        self.assertEqual([look['agent'] for look in looks], ['nosy'])
        self.assertTrue(request._get_printed())

    def test_restriction_leaves_the_patient_alone(self):
        segment = self.env['healthcare.segment'].create({'name': "All"})
        self.assertIn(self.patient, self.env['res.partner'].search(segment.sudo()._get_domain()))
        request = self.ask('restriction')
        with self.assertRaises(UserError):
            request.action_restrict()
        self.check(request)
        request.action_restrict()
        self.assertTrue(self.patient.contact_blocked)
        self.assertNotIn(self.patient, self.env['res.partner'].search(segment.sudo()._get_domain()))

    def test_erasure_is_shown_first(self):
        request = self.ask('erasure')
        self.check(request)
        action = request.action_erase()
        self.assertEqual(action['res_id'], request.erasure_id.id)
        self.assertEqual(request.erasure_id.state, 'draft')
        request.answer = "Gone."
        with self.assertRaises(UserError):
            request.action_done()

    def test_only_the_privacy_officer(self):
        request = self.ask()
        for role in ('reception', 'nurse', 'clinic_administrator', 'marketing', 'quality'):
            with self.subTest(role=role):
                other = request.with_user(self.make_user(role))
                with self.assertRaises(AccessError):
                    other.read(['state'])
                with self.assertRaises(AccessError):
                    other.action_check_identity()
        for vals in ({'state': 'done'}, {'extended': True}, {'checked_by_id': self.officer.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                request.write(vals)
        self.assertEqual(self.ask('portability', state='done').state, 'received')

    def test_what_leaves_is_asked_for_again_and_recorded(self):
        request = self.ask()
        self.check(request)
        self.startPatcher(patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda env: False))
        for method in ('action_print', 'action_export', '_get_printed'):
            with self.subTest(method=method), self.assertRaises(StepUpNeeded):
                getattr(request, method)()
        self.assertFalse(self.recorded(action='print') or self.recorded(action='disclose'))
        self.startPatcher(patch('odoo.addons.healthcare_crm.step_up.is_shown', lambda env: True))
        self.assertEqual(request.action_print()['type'], 'ir.actions.report')
        request._get_printed()
        for action in ('print', 'disclose'):
            with self.subTest(action=action):
                self.assertEqual(self.recorded(action=action)[0]['patients'], self.patient.ids)

    def test_another_clinics_officer_gets_nothing(self):
        clinic = self.env['res.company'].create({'name': "Elsewhere"})
        self.patient.company_id = self.company
        request = self.ask()
        self.check(request)
        stranger = self.make_user('privacy_officer', login='stranger')
        stranger.write({'company_ids': [Command.set(clinic.ids)], 'company_id': clinic.id})
        theirs = request.with_user(stranger).with_context(allowed_company_ids=clinic.ids)
        for method in ('action_print', 'action_export', '_get_printed', 'action_check_identity'):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(theirs, method)()
        with self.assertRaises(AccessError):
            theirs._make_dossier('export')
        for kind in ('access', 'erasure'):
            with self.subTest(kind=kind), self.assertRaises(AccessError):
                theirs.create({'patient_id': self.patient.id, 'kind': kind})
        with self.assertRaises(AccessError):
            self.env['healthcare.erasure'].with_user(stranger).create(
                {'patient_id': self.patient.id}
            )

    def test_restriction_holds_until_the_officer_lifts_it(self):
        self.patient.company_id = self.company
        request = self.ask('restriction')
        self.check(request)
        request.action_restrict()
        self.assertTrue(request.is_restricted)
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.patient.contact_blocked = False
            self.env.flush_all()
        other = self.make_patient("Somebody Else", company_id=self.company.id)
        export = self.env['healthcare.export'].create(
            {'company_id': self.company.id, 'reason': "Audit"}
        )
        found = self.env['res.partner'].search(export._get_patients_domain())
        self.assertIn(other, found)
        self.assertNotIn(self.patient, found)
        rows = (self.patient | other).export_data(['name'])['datas']
        self.assertEqual(rows, [["Somebody Else"]])
        visits = self.make_appointment(self.patient) | self.make_appointment(other)
        self.assertEqual(len(visits.export_data(['id'])['datas']), 1)
        request.answer = "They are reconciled."
        request.action_lift()
        self.assertFalse(self.patient.processing_restricted)
        self.assertTrue(self.patient.contact_blocked, "staff asks anew")
