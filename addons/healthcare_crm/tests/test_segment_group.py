from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..segmenting.telling import blur
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestSegmentGroup(HealthcareCase):
    """Marketing uses groups that the clinic defined, and tries to find out who is in them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Clinic of Groups"})
        cls.clinic.minimum_group = 10
        cls.here = {'company_id': cls.clinic.id, 'company_ids': [Command.set(cls.clinic.ids)]}
        cls.marketing = cls.make_user('marketing', **cls.here)
        cls.nurse = cls.make_user('nurse', **cls.here)
        cls.number = 0

    @classmethod
    def make_patients(cls, count, diagnosis='Q97.1'):
        """Create patients with a diagnosis."""
        patients = cls.Partner.create(
            [
                {'name': f"Patient {index}", 'is_patient': True, 'company_id': cls.clinic.id}
                for index in range(cls.number, cls.number + count)
            ]
        )
        cls.number += count
        cls.diagnose(patients, diagnosis)
        return patients

    @classmethod
    def diagnose(cls, patients, diagnosis):
        """Enter a diagnosis of patients."""
        cls.env['healthcare.condition'].create(
            [
                {'patient_id': patient.id, 'name': diagnosis, 'code': diagnosis}
                for patient in patients
            ]
        )

    def make_segment(self, *conditions, code='Q97', **values):
        """Create a segment about a diagnosis, look it up, and return it as marketing sees it."""
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Invited to talks",
                'company_id': self.clinic.id,
                'condition_ids': [
                    Command.create({'kind': 'illness', 'text': code}),
                    *map(Command.create, conditions),
                ],
                **values,
            }
        )
        segment._refresh()
        return segment.with_user(self.marketing)

    def refresh(self, segment):
        segment.sudo()._refresh()
        self.env.invalidate_all()

    def test_a_name_and_about_how_many(self):
        self.make_patients(34)
        group = self.make_segment()
        self.assertTrue(group.is_opaque)
        self.assertIn(group.patient_count, (30, 40))
        self.assertEqual(group.group_size, f"about {group.patient_count}")
        group._check_group()
        self.assertNotIn('Q97', str(group.read()))
        self.assertNotIn('34', str(group.read(['sentence', 'domain', 'patient_count'])))

    def test_staff_see_the_number(self):
        self.make_patients(4)
        group = self.make_segment().with_user(self.nurse)
        self.assertFalse(group.is_opaque)
        self.assertEqual((group.patient_count, group.group_size), (4, "4"))
        group._check_group(count=1)
        self.assertEqual(group._tell(3, 'x'), 3)

    def test_what_everybody_may_ask_is_no_secret(self):
        tag = self.env['res.partner.category'].create({'name': "Tea"})
        self.make_patients(4).category_id = tag
        for values in (
            {'condition_ids': [Command.create({'kind': 'tag', 'tag_ids': [Command.set(tag.ids)]})]},
            {'condition_ids': [], 'domain': f"[('category_id', 'in', {tag.ids})]"},
        ):
            with self.subTest(values=values):
                group = self.make_segment(**values)
                self.assertFalse(group.is_guarded)
                self.assertEqual((group.patient_count, group.group_size), (4, "4"))
                group._check_group(count=1)

    def test_too_small_a_group_is_refused(self):
        self.make_patients(9)
        group = self.make_segment()
        self.assertEqual((group.patient_count, group.group_size), (0, "fewer than 10"))
        with self.assertRaisesRegex(UserError, "fewer than 10"):
            group._check_group()
        self.clinic.minimum_group = 9
        self.env.invalidate_all()
        group._check_group()

    def test_neither_are_parts_of_it(self):
        """What is left of a group after a choice, or what several have in common."""
        self.make_patients(30)
        group = self.make_segment()
        group._check_group(count=10)
        with self.assertRaises(UserError):
            group._check_group(count=9, among='email')
        self.assertIsNone(group._tell(9, 'reached'))
        self.assertEqual(group._tell_words(0, 'reached'), "fewer than 10")
        self.assertEqual(group._tell_words(9, 'reached'), "fewer than 10")

    def test_before_it_was_looked_up(self):
        group = self.make_segment()
        group.sudo().refreshed_at = False
        with self.assertRaisesRegex(UserError, "looked up"):
            group._check_group()

    # ------------------------------------------------------------ attacks

    def test_asking_for_the_members(self):
        hidden = self.make_patients(12)
        group = self.make_segment()
        patients = self.Partner.with_user(self.marketing)
        for domain in (
            [('segment_member_ids', '!=', False)],
            [('segment_member_ids.segment_id', 'in', group.ids)],
            [('condition_ids.code', '=', 'Q97.1')],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                patients.search(domain)
        segments = self.env['healthcare.segment'].with_user(self.marketing)
        for domain in (
            [('member_ids.patient_id', '=', hidden[0].id)],
            [('member_count', '=', 12)],
            [('told_of', '=', 12)],
            [('revision', '>', 0)],
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                segments.search(domain)
        for call in (
            lambda: group.explain(hidden[0].id),
            lambda: group.sample_now(group.id, {}),
            lambda: group.count_now(group.id, {}),
            lambda: group.funnel_now(group.id, {}),
            group.action_refresh,
            lambda: group.read(['member_count']),
            lambda: group.read(['member_ids']),
            lambda: group.copy(),
            lambda: group.write({'match': 'any'}),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_asking_what_it_asks(self):
        """Even the harmless half of what it asks helps to guess."""
        group = self.make_segment({'kind': 'age', 'number_from': 99})
        conditions = self.env['healthcare.segment.condition'].with_user(self.marketing)
        self.assertFalse(conditions.search([('segment_id', '=', group.id)]))
        segments = group.search([('condition_ids.kind', '=', 'illness')])
        self.assertFalse(segments & group)
        with self.assertRaises(AccessError):
            group.sudo().condition_ids.with_user(self.marketing).read(['kind'])

    def test_watching_when_somebody_comes_or_goes(self):
        """The number, and whether it can be used, say nothing about one patient more or less."""
        self.make_patients(25)
        group = self.make_segment()
        told = group.patient_count
        for _step in range(9):
            (late,) = self.make_patients(1)
            self.refresh(group)
            self.assertEqual(group.patient_count, told)
        late.condition_ids.unlink()
        self.refresh(group)
        self.assertEqual(group.patient_count, told)
        self.make_patients(2)
        self.refresh(group)
        self.assertGreater(group.patient_count, told)

    def test_opening_and_closing_a_group_by_one_patient(self):
        *_others, last = self.make_patients(10)
        group = self.make_segment()
        group._check_group()
        condition = last.condition_ids
        condition.unlink()
        self.refresh(group)
        with self.assertRaises(UserError):
            group._check_group()
        self.diagnose(last, 'Q97.1')
        self.refresh(group)
        with self.assertRaises(UserError, msg="one who came back does not open it again"):
            group._check_group()
        self.make_patients(9)
        self.refresh(group)
        group._check_group()

    def test_two_groups_that_differ_by_one(self):
        """One can be used, the other would not: whoever is in one only would be found out."""
        *_others, single = self.make_patients(10)
        everybody = self.make_segment()
        everybody._check_group()
        others = self.make_segment(domain=f"[('id', '!=', {single.id})]")
        for group in (everybody, others):
            with self.assertRaises(UserError):
                group._check_group()
        self.env.invalidate_all()
        self.assertEqual(everybody.group_size, others.group_size)
        # not with a group that has nobody in common with it
        self.make_patients(9, 'Q98')
        self.make_patients(10, 'Q99')
        self.make_segment(code='Q98')
        self.make_segment(code='Q99')._check_group()

    def test_comparing_numbers_proves_nothing(self):
        """Of two groups, the smaller may well be told as the larger, by chance that stays."""
        group = self.env['healthcare.segment'].new({'company_id': self.clinic.id})
        # so many that no key has salts by which it would be otherwise
        salts = [group._get_salt(str(number)) for number in range(4000)]
        pairs = list(zip(salts[::2], salts[1::2], strict=True))
        contrary = sum(blur(34, 10, one) > blur(35, 10, other) for one, other in pairs)
        confirming = sum(blur(34, 10, one) < blur(35, 10, other) for one, other in pairs)
        self.assertGreater(contrary, confirming / 2)
        self.assertEqual(salts[3], group._get_salt('3'), "asked again it says the same")

    def test_the_ladder_of_figures(self):
        """A figure asked a thousand times is not worn down to the exact number."""
        self.make_patients(34)
        group = self.make_segment()
        self.assertEqual(len({group._tell(17, 'batch,1:redeemed') for _again in range(100)}), 1)

    def test_the_average_of_many_figures(self):
        """Each coupon and each campaign tells the same of the same patients, also when one came."""
        self.make_patients(34)
        group = self.make_segment()
        records = self.make_patients(20)
        first = {group._tell(24, 'used', record=one) for one in records[:10]}
        self.assertEqual(len(first), 1)
        self.assertEqual({group._tell(25, 'used', record=one) for one in records[10:]}, first)
        self.assertEqual(group._tell(9, 'chosen', 'email'), None)
        with self.assertRaises(UserError, msg="one patient more does not open it"):
            group._check_group(10, 'email')
        # nor does a record change because another one is told of more
        group._tell(44, 'used')
        self.assertEqual({group._tell(24, 'used', record=one) for one in records}, first)
        # a group more that changes nothing is no other draw
        other = self.make_segment(code='Q98')
        self.assertEqual((group | other)._get_salt('used'), group._get_salt('used'))

    def test_a_domain_is_guarded(self):
        self.make_patients(3)
        for domain in (
            "[('condition_ids.code', '=like', 'Q97%')]",
            "[('condition_ids', 'any', [('code', '=', 'Q97')])]",
            "['|', ('name', '=', 'x'), ('is_vip', '=', True)]",
            "['!', ('coverage_ids', '=', False)]",
            "[('company_id.name', '=', 'x')]",
        ):
            with self.subTest(domain=domain):
                group = self.make_segment(condition_ids=[], domain=domain)
                self.assertTrue(group.is_opaque)
                self.assertFalse(group.domain)

    def test_a_group_made_of_groups_is_guarded(self):
        self.make_patients(12)
        inner = self.make_segment()
        outer = self.make_segment(
            condition_ids=[
                Command.create(
                    {'kind': 'segment', 'options': ['any'], 'segment_ids': [Command.set(inner.ids)]}
                )
            ]
        )
        self.assertTrue(outer.is_opaque)

    def test_changing_what_it_asks_changes_the_guard(self):
        patients = self.make_patients(3)
        group = self.make_segment(condition_ids=[], domain=f"[('id', 'in', {patients.ids})]")
        self.assertEqual((group.is_opaque, group.patient_count), (False, 3))
        condition = {'kind': 'illness', 'text': 'Q97'}
        group.with_env(self.env).condition_ids = [Command.create(condition)]
        self.refresh(group)
        self.assertEqual((group.is_opaque, group.patient_count), (True, 0))
