# Part of Healthcare CRM for Odoo. License LGPL-3.
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..matching import KEYS, Person
from .common import HealthcareCase

WHO = {
    'birth_date': '1963-03-12',
    'gender': 'male',
    'phone': '+84912345678',
    'street': "12 Tran Hung Dao",
    'city': "Hanoi",
}


@tagged('post_install', '-at_install')
class TestIdentity(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Link = cls.env['healthcare.patient.link']
        cls.Matching = cls.env['healthcare.patient.matching']
        cls.an = cls.make_patient("Nguyễn Văn An", **WHO)
        cls.twin = cls.make_patient("NGUYEN VAN AN", **WHO)
        cls.binh = cls.make_patient("Trần Thị Bình", birth_date='1990-07-01', gender='female')
        cls.reception = cls.make_user('reception')
        # whatever else is in the database is decided
        cls.Link.search([]).sudo().write({'status': 'different'})

    def system(self, name):
        return self.env.ref(f'healthcare_crm.identifier_system_{name}')

    def identify(self, patient, value, system='tw_national', **values):
        return self.env['healthcare.patient.identifier'].create(
            {
                'patient_id': patient.id,
                'system_id': self.system(system).id,
                'value': value,
                **values,
            }
        )

    def search_duplicates(self, *patients):
        self.Matching._search_duplicates([patient.id for patient in patients])
        self.env.invalidate_all()
        return self.Link.search([('status', '=', 'open')])

    # ------------------------------------------------------------ identifiers

    def test_a_wrong_number_is_refused_with_a_sentence(self):
        for value, sentence in (
            ('A123456788', "check digit"),
            ('A12345678', "9 characters where 10 are expected"),
            ('A12345678X', "looks like A123456789"),
            ('', "enter a number"),
        ):
            with self.subTest(value=value), self.assertRaisesRegex(ValidationError, sentence):
                self.identify(self.an, value)
        with self.assertRaisesRegex(ValidationError, "Compare it with the document"):
            self.identify(self.an, '003090012345', 'vn_cccd')

    def test_a_number_has_one_spelling(self):
        self.assertEqual(self.identify(self.an, ' a12345-6789 ').value, 'A123456789')
        other = self.env['healthcare.identifier.system'].create({'name': "HIS", 'code': 'his'})
        numbers = self.env['healthcare.patient.identifier'].create(
            [
                {'patient_id': self.an.id, 'system_id': other.id, 'value': value}
                for value in ('00-1', '001')
            ]
        )
        self.assertEqual(numbers.mapped('value'), ['00-1', '001'], "no rule, no other spelling")

    def test_who_verified(self):
        number = self.identify(self.an.with_user(self.reception), 'A123456789')
        self.assertFalse(number.verified_by_id)
        number.with_user(self.reception).write(
            {'is_verified': True, 'verified_by_id': self.env.uid, 'verified_at': '2001-01-01'}
        )
        self.assertEqual(number.verified_by_id, self.reception)
        self.assertGreater(number.verified_at.year, 2001)
        number.value = 'B123456780'
        self.assertFalse(number.is_verified, "another number was not seen")
        self.assertFalse(number.verified_by_id)

    def test_a_number_that_contradicts_the_record(self):
        number = self.identify(self.an, '001190012345', 'vn_cccd')
        self.assertIn("year of birth", number.remark)
        self.assertIn("gender", number.remark)

    def test_a_number_that_is_taken_is_refused_in_the_same_words_whoever_has_it(self):
        self.identify(self.an, 'A123456789', is_verified=True)
        with self.assertRaises(ValidationError) as verified:
            self.identify(self.binh.with_user(self.reception), 'a123456789')
        self.assertIn("Is it the same person?", str(verified.exception))
        self.an.identifier_ids.is_verified = False
        with self.assertRaises(ValidationError) as here:
            self.make_patient(
                "Somebody",
                identifier_ids=[
                    Command.create(
                        {'system_id': self.system('tw_national').id, 'value': 'A123456789'}
                    )
                ],
            )
        self.an.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        with self.assertRaises(ValidationError) as elsewhere:
            self.identify(self.binh.with_user(self.reception), 'A123456789')
        said = {str(caught.exception) for caught in (verified, here, elsewhere)}
        self.assertEqual(len(said), 1)
        self.assertNotIn(self.an.name, said.pop())

    def test_numbers_of_another_clinics_patients_are_not_seen(self):
        number = self.identify(self.an, 'A123456789').with_user(self.reception)
        self.assertTrue(number.has_access('write'))
        self.an.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertFalse(number.has_access('read'))
        self.assertFalse(number.search([('id', '=', number.id)]))

    def test_a_claim_is_recorded_although_it_is_rolled_back(self):
        self.identify(self.an, 'A123456789', is_verified=True)
        hooks = self.env.cr.postrollback
        before = len(hooks._funcs)
        with self.assertRaises(ValidationError):
            self.identify(self.binh, 'A123456789')
        self.assertEqual(len(hooks._funcs), before + 1)
        hooks._funcs.pop()
        self.Link._record_claim(self.binh.id, self.an.id)
        link = self.Link.search([('status', '=', 'open')])
        self.assertEqual({link.patient_id, link.other_id}, {self.an, self.binh})
        self.assertEqual((link.origin, link.rule), ('registration', 'same_id'))

    def test_found_by_a_number_whatever_was_merged(self):
        self.identify(self.twin, 'A123456789')
        find = self.Partner._find_by_identifier
        self.assertEqual(find('tw_national_id', ' a123456789'), self.twin)
        number = self.twin.patient_number
        self.twin._merge_into(self.an)
        self.assertEqual(find('tw_national_id', 'A123456789'), self.an)
        self.assertEqual(find('merged', number), self.an)
        for bad in ((None, None), ('nonsense', '1'), ('tw_national_id', 'x'), ('merged', ['x'])):
            self.assertFalse(find(*bad))

    def test_a_system_with_a_rule_nobody_knows(self):
        with self.assertRaisesRegex(ValidationError, "us.ssn"):
            self.env['healthcare.identifier.system'].create(
                {'name': "X", 'code': 'x', 'check_rule': 'stdnum', 'stdnum_module': 'os.path'}
            )

    # ------------------------------------------------------------ keys

    def row(self, patient):
        self.env.flush_all()
        self.Matching.invalidate_model()
        return self.Matching.search([('patient_id', '=', patient.id)])

    def test_every_key_has_a_column(self):
        columns = {name for name in self.Matching._fields if name.startswith('key_')}
        self.assertEqual(columns, {f'key_{key}' for key in KEYS})

    def test_keys_follow_the_patient(self):
        row = self.row(self.an)
        self.assertIn('912345678', row.key_phone)
        self.an.phone = '+84912345679'
        self.assertIn('912345679', self.row(self.an).key_phone)
        self.identify(self.an, 'A123456789')
        self.assertTrue(self.row(self.an).key_identifier)
        self.assertNotIn('a123456789', self.row(self.an).key_identifier.lower())
        self.an.active = False
        self.assertFalse(self.row(self.an).key_phone)
        self.assertEqual(self.row(self.an), row)
        self.an.active = True
        self.assertTrue(self.row(self.an).key_phone)

    def test_nothing_is_written_when_nothing_the_matcher_looks_at_changes(self):
        row = self.row(self.an)
        before = row.changed_at
        self.env.cr.execute(
            "UPDATE healthcare_patient_matching SET changed_at = '2001-01-01' WHERE id = %s",
            [row.id],
        )
        self.an.write({'comment': "x", 'name': self.an.name})
        self.assertEqual(self.row(self.an).changed_at.year, 2001)
        self.an.name = "Nguyễn Văn Ân Anh"
        self.assertGreaterEqual(self.row(self.an).changed_at, before)

    def test_backfill(self):
        self.env.flush_all()
        self.env.cr.execute(
            'DELETE FROM healthcare_patient_matching WHERE patient_id = %s', [self.an.id]
        )
        self.env.cr.execute(
            'UPDATE healthcare_patient_matching SET version = 1 WHERE patient_id = %s',
            [self.binh.id],
        )
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_matching_backfill').method_direct_trigger()
        self.assertTrue(self.row(self.an).key_phone)
        self.assertNotEqual(self.row(self.binh).version, 1)

    # ------------------------------------------------------------ candidates

    def candidates(self, user=None, **vals):
        return self.Partner.with_user(user or self.reception).match_candidates(vals)

    def test_candidates(self):
        found = self.candidates(name="Nguyen Van An", birth_date='1963-03-12', phone='0912 345 678')
        self.assertEqual({one['id'] for one in found[:2]}, {self.an.id, self.twin.id})
        best = found[0]
        self.assertIn(best['zone'], ('link', 'review'))
        self.assertEqual(best['age'], self.an.age)
        levels = {line['field']: line['level'] for line in best['evidence']}
        self.assertEqual(levels['phone'], 'same')
        self.assertEqual(levels['birth_date'], 'same')
        mine = {line['field']: line['mine'] for line in best['evidence']}
        self.assertEqual(mine['phone'], '0912 345 678')

    def test_nobody_is_their_own_candidate(self):
        found = self.candidates(name=self.an.name, id=self.an.id, birth_date='1963-03-12')
        self.assertNotIn(self.an.id, [one['id'] for one in found])

    def test_candidates_of_other_clinics_are_not_shown(self):
        self.an.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        found = self.candidates(name="Nguyen Van An", birth_date='1963-03-12', phone='0912345678')
        self.assertEqual([one['id'] for one in found], [self.twin.id])

    def test_a_merged_record_is_no_candidate(self):
        self.twin._merge_into(self.an)
        found = self.candidates(name="Nguyen Van An", birth_date='1963-03-12', phone='0912345678')
        self.assertEqual([one['id'] for one in found], [self.an.id])

    def test_hostile_arguments(self):
        for vals in (
            None,
            [],
            'x',
            {'name': ['x'], 'phone': {'a': 1}, 'id': 'x', 'state_id': 'x', 'country_id': [1]},
            {'name': "\x00" * 10, 'email': "'; DROP TABLE res_partner; --"},
            {'name': "😀", 'birth_date': '0001-01-01', 'gender': 'x', 'state_id': 10**30},
            {'name': "\u202eمحمد", 'birth_date': 'tomorrow', 'identifiers': [[1], ['a', 'b'], 5]},
            {'name': "A", 'identifiers': [[10**12, 'x'], [True, 'x'], [-1, 'A' * 10**5]]},
            {'name': "x" * 10**6, 'country_id': True, 'state_id': -5},
        ):
            with self.subTest(vals=str(vals)[:80]):
                self.assertIsInstance(
                    self.Partner.with_user(self.reception).match_candidates(vals), list
                )

    def test_only_staff_ask(self):
        for role in ('marketing', 'quality', None):
            with self.assertRaises(AccessError):
                self.candidates(self.make_user(role, login=f'ask-{role}'), name="An")

    def test_found_by_any_identifier(self):
        self.identify(self.binh, 'A123456789', is_verified=True)
        self.identify(self.binh, 'K1234567', 'passport')
        for system, value in (('tw_national', 'a123456789'), ('passport', 'K 1234567')):
            found = self.candidates(
                name="Tran Thi Binh", identifiers=[[self.system(system).id, value]]
            )
            self.assertIn(self.binh.id, [one['id'] for one in found], system)

    def test_many_of_one_name(self):
        self.Partner.create(
            [{'name': "王小明", 'is_patient': True, 'birth_date': '1980-01-31'}] * 300
        )
        wanted = self.make_patient("王小明", birth_date='1980-01-31', phone='+886912345678')
        found = self.candidates(name="王小明", birth_date='1980-01-31', phone='+886912345678')
        self.assertEqual(found[0]['id'], wanted.id)
        self.assertLessEqual(len(found), 8)

    def test_people_in_one_go(self):
        (an, nobody) = self.Partner._match_people(
            [
                Person(None, name="Nguyen Van An", birth_date='1963-03-12', phone='+84912345678'),
                Person(None, name="X"),
            ]
        )
        self.assertEqual({patient for patient, _match in an}, {self.an.id, self.twin.id})
        self.assertFalse(nobody)

    # ------------------------------------------------------------ the nightly search

    def test_search(self):
        link = self.search_duplicates(self.an)
        self.assertEqual((link.patient_id, link.other_id), (self.an, self.twin))
        self.assertEqual(link.origin, 'nightly')
        self.assertEqual(self.search_duplicates(self.an, self.twin), link, "once")
        self.twin.write(
            {'name': "Lê Hoa", 'birth_date': '2001-01-01', 'phone': False, 'street': False}
        )
        self.assertFalse(self.search_duplicates(self.twin), "no longer alike")

    def test_what_is_decided_stays_decided(self):
        link = self.search_duplicates(self.an)
        self.decide(link, 'different')
        self.assertFalse(self.search_duplicates(self.an, self.twin))
        self.assertEqual(link.status, 'different')
        self.assertEqual(link.decided_by_id, self.reception)
        link.with_user(self.reception).action_undo()
        self.assertEqual(link.status, 'open')

    def test_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_matching_search').method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(
            self.Link.search([('patient_id', '=', self.an.id), ('other_id', '=', self.twin.id)])
        )
        self.assertTrue(self.row(self.an).searched_at)

    def test_merged_by_itself_only_where_a_clinic_wants_it(self):
        for patient in (self.an, self.twin):
            patient.company_id = self.company
        link = self.search_duplicates(self.an)
        self.assertEqual(link.zone, 'link')
        self.assertEqual(link.status, 'open')
        self.company.healthcare_automatic_merge = True
        self.assertFalse(self.search_duplicates(self.an))
        merge = self.env['healthcare.patient.merge'].search([('kept_id', '=', self.an.id)])
        self.assertTrue(merge.automatic)
        self.assertEqual(self.twin.merged_into_id, self.an)
        merge.action_undo()
        self.assertEqual(self.search_duplicates(self.an).status, 'open', "never twice")

    # ------------------------------------------------------------ review

    def review(self, method, *args, user=None):
        return getattr(self.Link.with_user(user or self.reception), method)(*args)

    def decide(self, link, decision, *args):
        return self.review('review_decide', link.id, decision, *args)

    def test_review(self):
        link = self.search_duplicates(self.an)
        self.make_appointment(self.an)
        self.assertEqual(self.review('review_count'), 1)
        review = self.review('review_load', False)
        self.assertEqual(review, self.review('review_load', link.id))
        self.assertEqual(review['id'], link.id)
        self.assertEqual([one['id'] for one in review['patients']], [self.an.id, self.twin.id])
        name = next(field for field in review['fields'] if field['field'] == 'name')
        self.assertEqual(name['values'], [self.an.name, self.twin.name])
        self.assertEqual(name['survivor'], 0, "the spelling with its accents")
        self.assertIn(
            [1, 0], [line['counts'] for line in review['history'] if 'ppointment' in line['label']]
        )
        self.assertFalse(review['problem'])
        self.assertEqual(review['remaining'], 1)

    def test_only_what_a_clinic_knows_is_chosen(self):
        if 'calendar_last_notif_ack' not in self.an._fields:
            self.skipTest("nothing keeps technical moments on contacts")
        for patient, day, title in ((self.an, 1, "Cook"), (self.twin, 2, "Chef")):
            patient.write({'calendar_last_notif_ack': f'2026-01-0{day}', 'function': title})
            patient.occupation = title
        link = self.search_duplicates(self.an)
        shown = {field['field'] for field in self.review('review_load', link.id)['fields']}
        self.assertNotIn('calendar_last_notif_ack', shown)
        self.assertLessEqual({'name', 'occupation', 'function'}, shown)

    def test_a_decision_leaves_the_list_of_data_to_complete(self):
        link = self.search_duplicates(self.an)
        both = self.an | self.twin
        both._refresh_quality()
        findings = self.env['healthcare.quality.finding'].sudo()
        mine = [
            ('patient_id', 'in', both.ids),
            ('rule_id.code', '=', 'possible_duplicate'),
        ]
        self.assertEqual(findings.search(mine).patient_id, both)
        self.decide(link, 'different')
        self.assertFalse(findings.search(mine))
        link.with_user(self.reception).action_undo()
        self.assertEqual(findings.search(mine).patient_id, both)
        self.decide(link, 'merge', 0)
        self.assertFalse(findings.search(mine))

    def test_merge_from_review(self):
        link = self.search_duplicates(self.an)
        answer = self.decide(link, 'merge', 1, {'name': 0})
        self.assertFalse(answer['next'])
        self.assertEqual(self.an.merged_into_id, self.twin)
        self.assertEqual(self.twin.name, "Nguyễn Văn An")
        self.assertEqual((link.status, link.merge_id.id), ('merged', answer['merge_id']))
        with self.assertRaisesRegex(UserError, "already"):
            self.decide(link, 'merge')
        link.merge_id.with_user(self.reception).action_undo()
        self.assertEqual(link.status, 'open')
        self.assertEqual(self.twin.name, "NGUYEN VAN AN")

    def test_later_comes_last(self):
        third = self.make_patient("Nguyen van An", **WHO)
        self.search_duplicates(self.an, self.twin, third)
        first = self.review('review_load')
        answer = self.review('review_decide', first['id'], 'later')
        self.assertNotEqual(answer['next']['id'], first['id'])
        self.assertEqual(answer['next']['remaining'], 3)

    def test_links_with_a_third_record_go_on(self):
        third = self.make_patient("Nguyen van An", **WHO)
        self.search_duplicates(self.an, self.twin, third)
        link = self.Link.search([('patient_id', '=', self.an.id), ('other_id', '=', self.twin.id)])
        self.decide(
            self.Link.search([('patient_id', '=', self.twin.id), ('other_id', '=', third.id)]),
            'different',
        )
        self.decide(link, 'merge', 0)
        self.assertFalse(self.Link.search([('status', '=', 'open')]), "the other decision counts")
        link.merge_id.action_undo()
        self.env.invalidate_all()
        self.assertEqual(len(self.Link.search([('status', '=', 'open')])), 2)

    def test_review_is_for_staff_of_the_clinic(self):
        link = self.search_duplicates(self.an)
        for role in ('marketing', 'quality', None):
            user = self.make_user(role, login=f'review-{role}')
            for call in (
                ('review_load', link.id),
                ('review_count',),
                ('review_decide', link.id, 'merge'),
            ):
                with self.subTest(role=role, call=call[0]), self.assertRaises(AccessError):
                    self.review(*call, user=user)
        self.an.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertFalse(self.review('review_load', link.id))
        self.assertEqual(self.review('review_count'), 0)
        with self.assertRaises(AccessError):
            self.decide(link, 'different')

    def test_hostile_decisions(self):
        link = self.search_duplicates(self.an)
        for args in (
            (link.id, 'delete'),
            (link.id, 'merge', 2),
            (link.id, 'merge', 0, 'x'),
            ('x', 'merge'),
            (10**9, 'merge'),
            (True, 'merge'),
            (link.id, ['merge']),
            (link.id, 'merge', [0]),
        ):
            with self.subTest(args=args), self.assertRaises(UserError):
                self.review('review_decide', *args)
        self.assertFalse(self.review('review_load', 'x') is None)
        self.decide(link, 'merge', 0, {'name': 'x', 'active': 1, 'company_id': 1, '': 0})
        self.assertTrue(self.an.active)
