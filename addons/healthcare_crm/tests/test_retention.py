import base64
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.healthcare_retention_rule import LABELS
from ..privacy.retention import KINDS
from .audit_case import AuditChecks
from .common import HealthcareCase

OLD = datetime.now() - timedelta(days=400)


def test_every_kind_has_its_words_and_the_audit_is_none():
    assert set(KINDS) == set(dict(LABELS))
    assert not any(kind.model.startswith('healthcare.audit') for kind in KINDS.values())


class RetentionCase(AuditChecks, HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create(
            {'name': "Retention", 'country_id': cls.env.ref('base.tw').id}
        )
        cls.officer = cls.make_user('privacy_officer')
        cls.officer.company_ids += cls.clinic
        cls.patient = cls.make_patient(company_id=cls.clinic.id)
        cls.old = cls.make_communication(cls.patient, body="Old words", date=OLD)
        cls.young = cls.make_communication(cls.patient, body="Young words")

    @classmethod
    def make_rule(cls, data_class='message', **values):
        return (
            cls.env['healthcare.retention.rule']
            .with_user(cls.officer)
            .with_context(allowed_company_ids=cls.clinic.ids)
            .create({'data_class': data_class, 'days': 365, 'reason': "Policy of 2026", **values})
        )

    def age(self, record, date=OLD):
        """Make a record old."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                'UPDATE %s SET create_date = %s WHERE id = ANY(%s)',
                SQL.identifier(record._table),
                date,
                record.ids,
            )
        )
        record.invalidate_recordset()


@tagged('post_install', '-at_install')
class TestRetention(RetentionCase):
    def test_trying_says_what_would_go_and_removes_nothing(self):
        rule = self.make_rule()
        rule.action_try()
        self.assertEqual(rule.trial_count, 1)
        self.assertEqual(rule.trial['sample'], [[self.old.id, f'{OLD:%Y-%m-%d}']])
        self.assertIn(str(self.old.id), rule.trial_summary)
        self.assertNotIn("Old words", rule.trial_summary)
        self.assertEqual(self.old.body, "Old words")
        self.assertFalse(rule.run_ids)

    def test_applying_is_certified_and_recorded(self):
        rule = self.make_rule()
        with self.assertRaises(UserError):
            rule.action_apply()
        rule.action_try()
        rule.action_apply()
        self.assertFalse(self.old.body)
        self.assertTrue(self.old.exists(), "that it was sent stays")
        self.assertEqual(self.young.body, "Young words")
        run = rule.run_ids
        self.assertEqual((run.record_count, run.user_id), (1, self.officer))
        self.assertTrue(run.is_genuine)
        said = run._get_certificate()
        self.assertEqual((said['legal_basis'], said['days']), ("Policy of 2026", 365))
        row = self.recorded(action='erase')[0]
        self.assertEqual((row['patients'], row['record_ids']), (self.patient.ids, self.old.ids))

    def test_a_changed_certificate_is_found(self):
        rule = self.make_rule()
        rule.action_try()
        rule.action_apply()
        run = rule.run_ids.sudo()
        for vals in (
            {'content': {**run.content, 'count': 0}},
            {'content': {**run.content, 'legal_basis': "Another"}},
            {'record_count': 7},
            {'seal': 'f' * 64},
        ):
            kept = run.read(list(vals))[0]
            run.write(vals)
            run.invalidate_recordset()
            with self.subTest(vals=vals):
                self.assertFalse(run.is_genuine)
            run.write({name: kept[name] for name in vals})
        run.invalidate_recordset()
        self.assertTrue(run.is_genuine)
        with self.assertRaises(AccessError):
            rule.run_ids.record_count = 0
        with self.assertRaises(AccessError):
            rule.unlink()

    def test_a_rule_that_was_changed_is_tried_anew(self):
        rule = self.make_rule()
        with self.assertRaises(UserError):
            rule.automatic = True
        rule.action_try()
        rule.automatic = True
        rule.days = 100
        self.assertFalse(rule.automatic or rule.tried_at)
        with self.assertRaises(UserError):
            rule.action_apply()
        for vals in ({'tried_at': OLD}, {'trial_count': 5}, {'trial': {}}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                rule.write(vals)

    def test_the_job_applies_what_is_switched_on(self):
        rule = self.make_rule()
        Rule = self.env['healthcare.retention.rule']
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_retention').method_direct_trigger()
        self.assertEqual(self.old.body, "Old words")
        rule.action_try()
        rule.automatic = True
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_retention').method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.old.body)
        self.assertTrue(Rule.browse(rule.id).run_ids.is_genuine)

    def test_batches_are_certified_each(self):
        module = 'odoo.addons.healthcare_crm.models.healthcare_retention_rule'
        for number in range(4):
            self.make_communication(self.patient, body=f"Words {number}", date=OLD)
        self.startPatcher(patch(f'{module}.BATCH', 2))
        rule = self.make_rule()
        counts = []

        def commit(_count):
            counts.append((rule.run_ids.record_count, rule.run_ids.is_genuine))
            return len(counts) < 2

        self.assertFalse(rule._apply(commit), "there was no time for the last")
        self.assertEqual(counts, [(2, True), (4, True)])
        self.assertTrue(rule._apply(lambda _count: True))
        self.assertEqual(sorted(rule.run_ids.mapped('record_count')), [1, 4])

    def test_what_is_held_stays(self):
        asked = self.env['healthcare.privacy.request'].create(
            {'patient_id': self.patient.id, 'kind': 'access'}
        )
        rule = self.make_rule()
        rule.action_try()
        self.assertEqual((rule.trial_count, rule.trial['held']), (0, {'request': 1}))
        self.assertIn("waits for an answer", rule.trial_summary)
        rule.action_apply()
        self.assertEqual(self.old.body, "Old words")
        asked.answer = "No."
        asked.action_refuse()
        breach = self.env['healthcare.incident'].create({'kind': 'lost'})
        breach.patient_ids = self.patient
        rule.action_try()
        self.assertEqual(rule.trial['held'], {'breach': 1})

    def test_medical_records_stay_while_the_law_says_so(self):
        gone, held, minor, coming = (
            self.make_patient(f"Patient {n}", company_id=self.clinic.id) for n in range(4)
        )
        minor.birth_date = datetime.now() - timedelta(days=365 * 15)
        ages = {gone: 365 * 8, held: 365 * 6, minor: 365 * 8, coming: 365 * 8}
        for patient, days in ages.items():
            date = datetime.now() - timedelta(days=days)
            condition = self.env['healthcare.condition'].create(
                {'patient_id': patient.id, 'name': "Asthma"}
            )
            self.age(condition, date)
            self.age(patient, date)
        self.make_appointment(coming)
        rule = self.make_rule('record', days=2000)
        rule.action_try()
        self.assertEqual(rule.trial['sample'], [[gone.id, rule.trial['dates'][0]]])
        self.assertEqual((rule.trial_count, rule.trial['held']), (1, {'medical': 2}))
        rule.action_apply()
        erasure = self.env['healthcare.erasure'].search([('company_id', '=', self.clinic.id)])
        self.assertEqual((erasure.patient_id, erasure.ground), (gone, 'purpose'))
        self.assertEqual(erasure.state, 'running')
        rule.action_try()
        self.assertEqual(rule.trial_count, 0, "it is erased already")

    def test_no_more_patients_are_erased_at_once_than_can_be_searched_for(self):
        gone = [self.make_patient(f"Gone {n}", company_id=self.clinic.id) for n in range(3)]
        for patient in gone:
            self.age(patient, datetime.now() - timedelta(days=365 * 8))
        self.startPatcher(
            patch('odoo.addons.healthcare_crm.models.healthcare_retention_rule.MOST_ERASED', 2)
        )
        Erasure = self.env['healthcare.erasure']
        mine = [('company_id', '=', self.clinic.id)]
        rule = self.make_rule('record', days=2000)
        rule.action_try()
        self.assertEqual(rule.trial_count, 3)
        for _night in range(2):
            rule.action_apply()
            self.assertEqual(Erasure.search(mine).patient_id, gone[0] | gone[1])
        Erasure.search(mine, order='id', limit=1)._run(lambda *_args, **_kwargs: None)
        rule.action_apply()
        self.assertEqual(len(Erasure.search(mine)), 3)
        self.assertEqual(sum(rule.run_ids.mapped('record_count')), 3)

    def test_enquiries_and_files_go_wholly(self):
        Enquiry = self.env['healthcare.enquiry'].with_company(self.clinic)
        lost, waiting = (
            Enquiry.create({'name': "Zeb", 'date': OLD, 'company_id': self.clinic.id})
            for _time in range(2)
        )
        lost.write({'state': 'lost', 'lost_reason': 'other'})
        rule = self.make_rule('enquiry')
        rule.action_try()
        rule.action_apply()
        self.assertFalse(lost.exists())
        self.assertTrue(waiting.exists())
        done = self.env['healthcare.import'].create(
            {
                'company_id': self.clinic.id,
                'file': base64.b64encode(b'name\nZeb'),
                'file_name': 'a.csv',
            }
        )
        done.sudo().write({'state': 'done', 'done_at': OLD})
        self.assertTrue(done.file)
        rule = self.make_rule('import_file')
        rule.action_try()
        rule.action_apply()
        done.invalidate_recordset()
        self.assertFalse(done.file)

    def test_another_clinics_stay(self):
        other = self.make_patient("Elsewhere", company_id=self.company.id)
        message = self.make_communication(other, body="Theirs", date=OLD)
        rule = self.make_rule()
        rule.action_try()
        rule.action_apply()
        self.assertEqual(message.body, "Theirs")
        stranger = self.make_user('privacy_officer', login='stranger')
        stranger.write(
            {'company_ids': [Command.set(self.company.ids)], 'company_id': self.company.id}
        )
        with self.assertRaises(AccessError):
            rule.with_user(stranger).with_context(allowed_company_ids=self.company.ids).action_try()

    def test_only_the_privacy_officer(self):
        rule = self.make_rule()
        for role in ('reception', 'nurse', 'clinic_administrator', 'marketing', 'quality'):
            user = self.make_user(role, login=f'retention_{role}')
            for method in ('action_try', 'action_apply'):
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    getattr(rule.with_user(user), method)()
