import json
from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..privacy.deadlines import acknowledge_on, add_months, due_on, jurisdiction_of
from .audit_case import AuditChecks
from .common import HealthcareCase


def test_terms_of_the_laws():
    first = date(2026, 1, 31)
    assert due_on('gdpr', 'access', first) == date(2026, 2, 28)
    assert due_on('gdpr', 'erasure', first, extended=True) == date(2026, 4, 30)
    assert due_on('tw_pdpa', 'access', first) == first + timedelta(15)
    assert due_on('tw_pdpa', 'erasure', first, extended=True) == first + timedelta(60)
    assert due_on('vn_pdp', 'access', first) == first + timedelta(10)
    assert due_on('vn_pdp', 'restriction', first) == first + timedelta(15)
    assert due_on('hipaa', 'access', first, extended=True) == first + timedelta(60)


def test_vietnam_wants_a_first_answer_in_two_working_days():
    assert acknowledge_on('vn_pdp', date(2026, 1, 2)) == date(2026, 1, 6)
    assert acknowledge_on('gdpr', date(2026, 1, 2)) is None


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
