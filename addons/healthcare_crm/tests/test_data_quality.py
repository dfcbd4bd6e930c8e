from collections import Counter
from itertools import count
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL, mute_logger

from .common import HealthcareCase

LOGGERS = (
    'odoo.addons.healthcare_crm.models.healthcare_quality_rule',
    'odoo.addons.healthcare_crm.models.res_partner_quality',
)
COMPLETE = {
    'birth_date': '1970-05-17',
    'gender': 'female',
    'city': "Hanoi",
    'lang': 'en_US',
}


@tagged('post_install', '-at_install')
class TestDataQuality(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Rule = cls.env['healthcare.quality.rule']
        cls.Finding = cls.env['healthcare.quality.finding']
        cls.numbers = count(12345678)
        cls.rules = {rule.code: rule for rule in cls.Rule.search([('code', '!=', False)])}

    def complete(self, name="Lan", **values):
        """Make a patient nothing is missing of."""
        own_phone = f'+849{next(self.numbers)}'
        patient = self.make_patient(name, **({'phone': own_phone} | COMPLETE | values))
        self.make_consent(patient)
        return patient

    def codes(self, patient):
        """Return what is missing of a patient, looked up now."""
        patient._refresh_quality()
        findings = self.Finding.search([('patient_id', '=', patient.id)])
        return set(findings.rule_id.mapped('code'))

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_quality').method_direct_trigger()
        self.env.invalidate_all()

    # ------------------------------------------------------------ the rules that are shipped

    def test_nothing_is_missing_of_a_complete_record(self):
        patient = self.complete()
        self.assertEqual(self.codes(patient), set())
        self.assertEqual(patient.quality_score, 100)

    def test_what_each_rule_finds(self):
        today = fields.Date.today()
        expected = {
            'no_birth_date': {'birth_date': False},
            'unlikely_birth_date': {'birth_date': '1960-01-01'},
            'unreachable': {'phone': False},
            'no_language': {'lang': False},
            'no_gender': {'gender': 'unknown'},
            'no_address': {'city': False},
            'test_name': {'name': "Test patient"},
            'minor_without_guardian': {'birth_date': today - relativedelta(years=8, days=3)},
            'channel_without_address': {'preferred_channel': 'email'},
            'no_practitioner': {'lifecycle_stage': 'active'},
        }
        for code, values in expected.items():
            with self.subTest(code):
                self.assertEqual(self.codes(self.complete(**values)), {code})

    def test_unlikely_birth_dates(self):
        for date in ('1900-12-31', '1988-01-01'):
            with self.subTest(date):
                self.assertIn('unlikely_birth_date', self.codes(self.complete(birth_date=date)))
        for date in ('1988-01-02', '1988-02-01'):
            with self.subTest(date):
                self.assertEqual(self.codes(self.complete(birth_date=date)), set())

    def test_names_that_are_none(self):
        for name in ("X", "王", "TEST", "Test 2", "測試病患", "asdfgh", "My test"):
            with self.subTest(name):
                self.assertEqual(self.codes(self.complete(name)), {'test_name'})
        for name in ("王明", "Testa", "Contestabile", "Xu"):
            with self.subTest(name):
                self.assertEqual(self.codes(self.complete(name)), set())

    def test_a_child_is_reached_through_the_guardian(self):
        born = fields.Date.today() - relativedelta(years=8, days=3)
        child = self.complete(phone=False, birth_date=born, guardian_id=self.complete("An").id)
        self.assertEqual(self.codes(child), set())

    def test_the_phone_of_five_is_nobodys_own(self):
        phone = '+84 999 888 777'
        patients = self.Partner.concat(*(self.complete(f"Lan {n}", phone=phone) for n in range(4)))
        self.assertEqual(self.codes(patients[0]), set(), "a family")
        patients += self.complete("Lan 5", phone=phone)
        self.assertEqual(self.codes(patients[0]), {'shared_phone'})
        self.assertEqual(patients.mapped('has_shared_phone'), [True] * 5)
        patients[4].active = False
        self.assertEqual(self.codes(patients[0]), set())

    def test_the_address_of_five_is_nobodys_own(self):
        patients = [self.complete(f"Lan {n}", email="Clinic@example.com") for n in range(5)]
        self.assertEqual(self.codes(patients[0]), {'shared_email'})
        self.assertTrue(patients[0].has_shared_email)

    def test_two_records_nobody_has_decided_about(self):
        one, two = self.complete("An"), self.complete("An", city="Taipei")
        link = self.env['healthcare.patient.link'].create(
            {'patient_id': one.id, 'other_id': two.id}
        )
        for patient in (one, two):
            self.assertEqual(self.codes(patient), {'possible_duplicate'})
        self.assertEqual((one | two).mapped('has_possible_duplicate'), [True, True])
        two.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        one.company_id = self.company
        self.assertEqual(self.codes(one), set(), "nobody may merge across clinics")
        one.company_id = False
        self.assertEqual(self.codes(one), {'possible_duplicate'})
        two.active = False
        self.assertEqual(self.codes(one), set())
        two.active = True
        link.status = 'different'
        self.env.invalidate_all()
        self.assertEqual(self.codes(one), set())
        self.assertFalse(one.has_possible_duplicate)

    def test_a_number_nobody_compared_with_the_document(self):
        patient = self.complete()
        number = self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': patient.id,
                'system_id': self.env.ref('healthcare_crm.identifier_system_tw_national').id,
                'value': 'A123456789',
            }
        )
        self.assertEqual(self.codes(patient), {'unverified_identifier'})
        number.is_verified = True
        self.assertEqual(self.codes(patient), set())
        # on no document
        number.copy(
            {
                'system_id': self.env.ref('healthcare_crm.identifier_system_merged').id,
                'value': 'P1',
            }
        )
        self.assertEqual(self.codes(patient), set())

    def test_who_may_not_read_who_shares_cannot_ask(self):
        marketing = self.make_user('marketing')
        for name in ('has_shared_phone', 'has_possible_duplicate'):
            with self.subTest(name), self.assertRaises(AccessError):
                self.Partner.with_user(marketing).search([(name, '=', True)])

    def test_no_decision_on_reminders(self):
        patient = self.make_patient(phone='+84 912 345 678', **COMPLETE)
        self.assertEqual(self.codes(patient), {'no_reminder_decision'})
        self.make_consent(patient, decision='deny')
        self.assertEqual(self.codes(patient), set(), "a refusal is a decision")

    def test_the_deceased_are_left_alone_but_for_their_appointments(self):
        patient = self.make_patient("T", deceased=True)
        self.assertEqual(self.codes(patient), set())
        visit = self.make_appointment(patient)
        self.assertEqual(self.codes(patient), {'deceased_appointment'})
        visit.appointment_status = 'cancelled'
        self.assertEqual(self.codes(patient), set())

    def test_insurance_that_ran_out(self):
        patient = self.complete()
        yesterday = fields.Date.subtract(fields.Date.today(), days=2)
        Coverage = self.env['healthcare.coverage']
        Coverage.create({'patient_id': patient.id, 'end_date': yesterday})
        self.assertEqual(self.codes(patient), {'expired_coverage'})
        Coverage.create({'patient_id': patient.id, 'kind': 'private'})
        self.assertEqual(self.codes(patient), set(), "another one pays")

    def test_not_updated_for_years(self):
        patient = self.complete()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = now() - interval '4 years' WHERE id = %s",
            [patient.id],
        )
        patient.invalidate_recordset()
        self.assertEqual(self.codes(patient), {'stale'})
        with Form(patient, view='healthcare_crm.res_partner_view_form_patient') as form:
            form.city = "Taipei"
        self.assertEqual(self.codes(patient), set())

    # ------------------------------------------------------------ score

    def test_the_score_loses_the_weight_of_each_rule(self):
        patient = self.complete(gender=False, city=False)
        patient._refresh_quality()
        lost = self.rules['no_gender'].weight + self.rules['no_address'].weight
        self.assertEqual(patient.quality_score, 100 - lost)

    def test_the_score_is_never_below_zero(self):
        patient = self.make_patient("T", lang=False, preferred_channel='email')
        patient._refresh_quality()
        self.assertEqual(patient.quality_score, 0)

    def test_saving_the_form_looks_again(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        nurse = self.make_user('reception')
        patient.with_user(nurse).web_save({'gender': 'male'}, {})
        self.assertEqual(patient.quality_score, 100)
        self.assertFalse(patient.quality_finding_ids)
        created = self.Partner.with_user(nurse).web_save(
            {'name': "New", 'is_patient': True}, {'id': {}}
        )
        self.assertTrue(self.Partner.browse(created[0]['id']).quality_finding_ids)

    def test_the_page_of_a_patient_says_what_is_missing_now(self):
        patient = self.complete(gender=False, city=False)
        seen = patient.with_user(self.make_user('reception'))
        block = seen.get_overview_block('quality')
        rules = self.rules['no_gender'] + self.rules['no_address']
        self.assertEqual([line['title'] for line in block['rows']], rules.mapped('name'))
        self.assertEqual(block['facts'][0]['value'], f'{100 - sum(rules.mapped("weight"))}%')
        patient._refresh_quality()
        patient.quality_finding_ids.filtered(lambda finding: finding.rule_id == rules[0])._ignore(
            'right', False
        )
        block = seen.get_overview_block('quality')
        self.assertEqual([line['title'] for line in block['rows']], rules[1].mapped('name'))
        patient.write({'gender': 'male', 'city': "Hanoi"})
        self.assertEqual(seen.get_overview_block('quality')['rows'], [])

    def test_the_page_of_a_patient_asks_little(self):
        patient = self.complete(gender=False).with_user(self.make_user('reception'))
        patient.get_overview_block('quality')
        self.env.invalidate_all()
        self.env.flush_all()
        with self.assertQueryCount(10):
            patient.get_overview_block('quality')

    def test_completing_a_record_does_not_make_it_newer(self):
        patient = self.complete(gender=False)
        self.env.flush_all()
        before = patient.write_date
        patient._refresh_quality()
        self.assertEqual(patient.write_date, before)

    def test_a_rule_that_fails_loses_nobodys_work(self):
        patient = self.complete(gender=False)
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE healthcare_quality_rule SET domain = %s WHERE id = %s',
            ["[('gone_with_an_addon', '=', 1)]", self.rules['no_address'].id],
        )
        self.Rule.invalidate_model()
        with mute_logger(*LOGGERS):
            patient.web_save({'city': "Taipei"}, {})
        self.assertEqual(patient.city, "Taipei")

    # ------------------------------------------------------------ the job

    def test_the_job_finds_and_forgets(self):
        patient = self.complete(gender=False)
        self.run_cron()
        finding = self.Finding.search([('patient_id', '=', patient.id)])
        self.assertEqual(finding.rule_id, self.rules['no_gender'])
        self.assertLess(patient.quality_score, 100)
        patient.gender = 'male'
        self.Rule.search([]).refreshed_at = False
        self.run_cron()
        self.assertFalse(finding.exists())
        self.assertEqual(patient.quality_score, 100)

    def test_what_is_known_stays_as_it_is(self):
        patient = self.complete(gender=False)
        rule = self.rules['no_gender']
        rule._refresh()
        finding = self.Finding.search([('patient_id', '=', patient.id)])
        since = fields.Datetime.subtract(fields.Datetime.now(), days=3)
        finding.found_at = since
        rule._refresh()
        self.assertEqual(finding.exists().found_at, since)

    def test_archived_patients_and_rules_leave(self):
        patient, other = self.complete(gender=False), self.complete(city=False)
        self.run_cron()
        patient.active = False
        self.rules['no_address'].active = False
        self.run_cron()
        self.assertFalse(self.Finding.search([('rule_id', '=', self.rules['no_address'].id)]))
        self.assertEqual(other.quality_score, 100)
        self.rules['no_gender']._refresh()
        self.assertFalse(self.Finding.search([('patient_id', '=', patient.id)]))

    def test_a_new_weight_reaches_the_scores(self):
        patient = self.complete(gender=False)
        self.run_cron()
        self.rules['no_gender'].weight = 50
        self.run_cron()
        self.assertEqual(patient.quality_score, 50)

    def test_the_job_goes_on_where_it_was(self):
        patient = self.complete(gender=False)
        self.run_cron()
        self.rules['no_gender'].weight = 50
        left = iter([1, 1, 0])  # time is over before the scores are written
        with patch.object(
            type(self.env['ir.cron']), '_commit_progress', lambda *args, **kwargs: next(left, 1)
        ):
            self.Rule._cron_refresh()
            self.assertNotEqual(patient.quality_score, 50)
            self.Rule._cron_refresh()
        self.env.invalidate_all()
        self.assertEqual(patient.quality_score, 50)

    def test_a_rule_that_fails_does_not_stop_the_others(self):
        patient = self.complete(gender=False)
        broken = self.rules['no_address']
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE healthcare_quality_rule SET domain = %s, refreshed_at = NULL WHERE id = %s',
            ["[('gone_with_an_addon', '=', 1)]", broken.id],
        )
        self.Rule.invalidate_model()
        with mute_logger(*LOGGERS):
            self.run_cron()
        self.assertIn('gone_with_an_addon', broken.failure)
        self.assertTrue(self.Finding.search([('patient_id', '=', patient.id)]))
        broken.domain = "[('city', '=', False)]"
        self.run_cron()
        self.assertFalse(broken.failure)

    def test_how_things_stand_is_noted_each_day(self):
        self.complete(gender=False)
        self.run_cron()
        Snapshot = self.env['healthcare.quality.snapshot']
        rule = self.rules['no_gender']
        today = Snapshot.search(
            [('rule_id', '=', rule.id), ('date', '=', fields.Date.context_today(Snapshot))]
        )
        self.assertEqual(sum(today.mapped('failing')), rule.failing)
        self.assertGreater(sum(today.mapped('total')), 0)
        self.complete("An", gender=False)
        rule.refreshed_at = False
        self.run_cron()
        self.assertEqual(sum(today.mapped('failing')), rule.failing, "replaced, not repeated")

    def test_a_rule_is_about_the_patients_of_its_clinic(self):
        other = self.env['res.company'].create({'name': "Other"})
        here = self.complete(company_id=self.company.id)
        there = self.complete("An", company_id=other.id)
        everywhere = self.complete("Hoa")
        rule = self.Rule.create(
            {
                'name': "No website",
                'advice': "Ask.",
                'domain': "[('website', '=', False)]",
                'company_id': self.company.id,
            }
        )
        rule._refresh()
        found = self.Finding.search([('rule_id', '=', rule.id)]).patient_id
        self.assertLessEqual(here | everywhere, found)
        self.assertNotIn(there, found)

    def test_nobody_learns_from_a_rule_about_people_of_another_clinic(self):
        other = self.env['res.company'].create({'name': "Other"})
        anywhere = self.make_patient("Guardian", city="Hue")
        here, there = (
            self.make_patient("Guardian", city="Hue", company_id=company.id)
            for company in (self.company, other)
        )
        wards = {
            (clinic, guardian): self.complete(company_id=clinic.id, guardian_id=guardian.id)
            for clinic in (self.company, other, self.env['res.company'])
            for guardian in (anywhere, here, there)
        }
        for company in (self.company, self.env['res.company']):
            rule = self.Rule.create(
                {
                    'name': "A guardian in Hue",
                    'advice': "Ask.",
                    'domain': "[('guardian_id.city', '=', 'Hue')]",
                    'company_id': company.id,
                }
            )
            rule._refresh()
            found = self.Finding.search([('rule_id', '=', rule.id)]).patient_id
            for (clinic, guardian), ward in wards.items():
                known = guardian.company_id in (clinic, self.env['res.company'])
                if company:
                    known = clinic != other and guardian != there
                with self.subTest(rule=company, clinic=clinic, guardian=guardian.company_id):
                    self.assertEqual(ward in found, known)

    def test_how_many_are_to_be_completed_is_of_the_clinics_of_the_user(self):
        other = self.env['res.company'].create({'name': "Other"})
        rule = self.rules['no_gender']
        rule._refresh()
        before = {
            company: rule.with_company(company).with_user(
                self.make_user(
                    'nurse',
                    f'nurse-{company.id}',
                    company_id=company.id,
                    company_ids=[Command.set(company.ids)],
                )
            )
            for company in (self.company, other)
        }
        numbers = {company: mine.failing for company, mine in before.items()}
        self.complete(gender=False, company_id=other.id)
        rule._refresh()
        for company, mine in before.items():
            mine.invalidate_recordset()
            self.assertEqual(mine.failing - numbers[company], company == other)

    # ------------------------------------------------------------ the counts

    def assert_counted(self):
        """Compare what is counted beforehand with the findings, one by one."""
        self.env.flush_all()
        found = Counter(
            self.env.execute_query(
                SQL('SELECT rule_id, company_id, state FROM healthcare_quality_finding')
            )
        )
        by = ['rule_id', 'company_id', 'state']
        counted = {
            (rule.id, company.id or None, state): number
            for rule, company, state, number in self.Finding._read_group([], by, ['__count'])
        }
        self.assertEqual(counted, found)
        return counted

    def test_findings_are_counted_whatever_happens_to_them(self):
        other = self.env['res.company'].create({'name': "Other"})
        patient = self.complete(gender=False, birth_date=False, company_id=self.company.id)
        self.codes(patient)
        seen = [self.assert_counted()]
        finding = patient.quality_finding_ids[0]

        def note(counted):
            self.assertNotEqual(counted, seen[-1])
            seen.append(counted)

        finding._ignore('other', "")
        note(self.assert_counted())
        finding.action_reopen()
        note(self.assert_counted())
        patient.company_id = other
        note(self.assert_counted())
        self.Finding._refresh_visits()
        self.assertEqual(self.assert_counted(), seen[-1])
        self.env.cr.execute('DELETE FROM res_company WHERE id = %s', (other.id,))
        self.env.invalidate_all()
        note(self.assert_counted())
        rule_id = finding.rule_id.id
        self.env.cr.execute('DELETE FROM healthcare_quality_rule WHERE id = %s', (rule_id,))
        self.env.invalidate_all()
        note(self.assert_counted())
        patient.gender = 'female'
        patient._refresh_quality()
        note(self.assert_counted())
        Count = self.env['healthcare.quality.count']
        self.assertGreater(Count.search_count([]), len(seen[-1]))
        Count._recount()
        self.assertEqual(self.assert_counted(), seen[-1])
        self.assertEqual(Count.search_count([]), len(seen[-1]))

    def test_the_list_opens_by_the_counts(self):
        self.codes(self.complete(gender=False))
        self.assert_counted()
        nurse = self.make_user('nurse')
        Finding = self.Finding.with_user(nurse)
        for domain in (
            [('state', '=', 'open')],
            [('state', '=', 'open'), ('rule_id', '=', self.rules['no_gender'].id)],
            [('state', '=', 'open'), ('company_id', '=', False)],
        ):
            plain = {}
            for one in Finding.search(domain):
                plain[one.rule_id.id] = plain.get(one.rule_id.id, 0) + 1
            self.assertTrue(plain)
            groups = Finding.web_read_group(domain, ['rule_id'])['groups']
            self.assertEqual({one['rule_id'][0]: one['__count'] for one in groups}, plain)
        # from nothing else
        self.env.cr.execute('DELETE FROM healthcare_quality_count')
        self.assertFalse(Finding.web_read_group([('state', '=', 'open')], ['rule_id'])['groups'])
        self.assertTrue(Finding.web_read_group([('state', '=', 'open')], ['patient_id'])['groups'])
        with self.assertRaises(AccessError):
            self.Finding.with_user(self.make_user('marketing')).web_read_group([], ['rule_id'])

    # ------------------------------------------------------------ the work list

    def test_who_comes_soon_is_first(self):
        soon, later, never = (self.complete(name, gender=False) for name in ("A B", "C D", "E F"))
        now = fields.Datetime.now()
        self.make_appointment(soon, fields.Datetime.add(now, days=1))
        self.make_appointment(later, fields.Datetime.add(now, days=9))
        self.rules['no_gender']._refresh()
        mine = [('patient_id', 'in', (soon | later | never).ids)]
        findings = self.Finding.search(mine)
        self.assertEqual(findings.patient_id.ids, [soon.id, later.id, never.id])
        self.assertTrue(findings[0].visit_at)
        self.assertEqual(findings[2].priority, self.rules['no_gender'].weight)

        soon.appointment_ids.appointment_status = 'cancelled'
        self.make_appointment(never, fields.Datetime.add(now, days=2))
        self.Finding._refresh_visits()
        self.env.invalidate_all()
        findings = self.Finding.search(mine)
        self.assertEqual(findings.patient_id.ids, [never.id, later.id, soon.id])
        self.assertFalse(findings[2].visit_at)

    def test_ignored_stays_ignored_until_the_record_changes(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        user = self.make_user('reception')
        finding = self.Finding.with_user(user).search([('patient_id', '=', patient.id)])
        action = finding.action_ignore()
        wizard = Form(
            self.env['healthcare.quality.ignore'].with_user(user).with_context(**action['context'])
        )
        wizard.reason = 'unknown'
        wizard.save().action_ignore()
        self.assertEqual((finding.state, finding.ignored_by_id), ('ignored', user))
        self.assertEqual(patient.quality_score, 100)
        patient._refresh_quality()
        self.rules['no_gender']._refresh()
        self.assertEqual(finding.state, 'ignored')

        finding.action_reopen()
        self.assertEqual((finding.state, finding.ignore_reason), ('open', False))
        self.assertLess(patient.quality_score, 100)

    def test_another_reason_is_written_down(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        wizard = self.env['healthcare.quality.ignore'].create(
            {'finding_ids': patient.quality_finding_ids.ids, 'reason': 'other', 'note': " "}
        )
        with self.assertRaises(UserError):
            wizard.action_ignore()

    def test_an_entry_opens_the_patient(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        action = patient.quality_finding_ids.with_user(
            self.make_user('reception')
        ).action_open_patient()
        self.assertEqual((action['res_model'], action['res_id']), ('res.partner', patient.id))

    # ------------------------------------------------------------ who may what

    def test_readers_do_not_see_the_list(self):
        for role in ('marketing', 'quality', 'privacy_officer'):
            user = self.make_user(role)
            with self.subTest(role), self.assertRaises(AccessError):
                self.Finding.with_user(user).search([])
            with self.subTest(role), self.assertRaises(AccessError):
                self.Partner.with_user(user).search([('quality_score', '<', 50)])

    def test_quality_reads_the_report(self):
        Snapshot = self.env['healthcare.quality.snapshot']
        Snapshot.with_user(self.make_user('quality')).search([])
        with self.assertRaises(AccessError):
            Snapshot.with_user(self.make_user('reception')).search([])

    def test_nobody_writes_a_finding_by_hand(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        finding = patient.quality_finding_ids.with_user(self.make_user('clinic_administrator'))
        with self.assertRaises(AccessError):
            finding.state = 'ignored'
        with self.assertRaises(AccessError):
            finding.unlink()

    def test_other_clinics_are_hidden(self):
        other = self.env['res.company'].create({'name': "Other"})
        patient = self.complete(gender=False, company_id=other.id)
        patient._refresh_quality()
        finding = patient.quality_finding_ids
        self.assertEqual(finding.company_id, other)
        user = self.make_user('reception')
        self.assertFalse(self.Finding.with_user(user).search([('id', '=', finding.id)]))
        for method in ('action_ignore', 'action_reopen', 'action_open_patient'):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(finding.with_user(user), method)()
        wizard = self.env['healthcare.quality.ignore'].with_user(user)
        with self.assertRaises(AccessError):
            wizard.create({'finding_ids': finding.ids, 'reason': 'right'}).action_ignore()

    def test_a_finding_moves_with_its_patient_to_another_clinic(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        other = self.env['res.company'].create({'name': "Other"})
        patient.company_id = other
        self.assertEqual(patient.quality_finding_ids.company_id, other)

    def test_a_rule_tells_nothing_clinical(self):
        admin = self.make_user('clinic_administrator')
        admin.group_ids += self.env.ref('healthcare_crm.group_clinical')
        for domain in (
            "[('condition_ids', '!=', False)]",
            "[('condition_ids.code', '=', 'E11')]",
            "[('condition_ids', 'any', [('code', '=', 'E11')])]",
            "['!', ('appointment_ids', 'any', [('patient_id.medication_ids.name', '=', 'x')])]",
        ):
            with self.subTest(domain), self.assertRaises(ValidationError):
                self.Rule.with_user(admin).create({'name': "A", 'advice': "B", 'domain': domain})

    def test_a_condition_that_cannot_be_read_is_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", '[(', '1', "__import__('os')"):
            with self.subTest(domain), self.assertRaisesRegex(UserError, '"Rule"'):
                self.Rule.create({'name': "Rule", 'advice': "B", 'domain': domain})

    def test_the_author_must_be_able_to_read_what_the_condition_looks_at(self):
        hidden = next(
            name
            for name, field in self.Partner._fields.items()
            if field.groups == 'base.group_erp_manager' and field.store
        )
        admin = self.make_user('clinic_administrator')
        with self.assertRaisesRegex(ValidationError, hidden):
            self.Rule.with_user(admin).create(
                {'name': "A", 'advice': "B", 'domain': f"[('{hidden}', '!=', False)]"}
            )

    def test_nobody_has_a_finding_twice(self):
        patient = self.complete(gender=False)
        patient._refresh_quality()
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            patient.quality_finding_ids.copy()
            self.env.flush_all()
