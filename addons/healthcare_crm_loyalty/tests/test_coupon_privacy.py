from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_coupons import CouponCase


@tagged('post_install', '-at_install')
class TestCouponPrivacy(CouponCase):
    """Marketing gives coupons to patients with a condition, and tries to find out who has it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic.minimum_group = 10
        cls.marketing = cls.make_user('marketing', **cls.here)
        cls.patients = cls.Partner.create(
            [
                {'name': f"Patient {index}", 'is_patient': True, 'company_id': cls.clinic.id}
                for index in range(14)
            ]
        )
        cls.env['healthcare.condition'].create(
            [{'patient_id': one.id, 'name': "Q97.1", 'code': 'Q97.1'} for one in cls.patients[:12]]
        )
        cls.group = cls.env['healthcare.segment'].create(
            {
                'name': "Invited",
                'company_id': cls.clinic.id,
                'condition_ids': [Command.create({'kind': 'illness', 'text': 'Q97'})],
            }
        )
        cls.group._refresh()

    def make_for_group(self):
        """Let marketing give coupons to the group."""
        batch = (
            self.env['healthcare.coupon.batch']
            .with_user(self.marketing)
            .create(
                {
                    'name': "For you",
                    'company_id': self.clinic.id,
                    'segment_id': self.group.id,
                    'value': 10,
                }
            )
        )
        batch.action_give_out()
        self.env.invalidate_all()
        return batch

    def test_marketing_gives_coupons_to_a_group_it_cannot_see(self):
        batch = self.make_for_group()
        self.assertEqual(len(batch.sudo().card_ids), 12)
        self.assertIn(batch.given_count, (10, 20))
        self.assertIn("fewer than 10 used", batch.result)

    def test_the_report_leaves_out_what_marketing_does_not_see_into(self):
        reports = [
            self.env['healthcare.coupon.report'].with_user(user)
            for user in (self.desk, self.marketing)
        ]
        hidden, seen = self.make_for_group().sudo(), self.make_batch('codes')
        batches = hidden | seen | self.make_batch(name="Open segment")
        of_these = [('batch_id', 'in', batches.ids)]
        for_desk, for_marketing = (
            dict(one._read_group(of_these, ['batch_id'], ['given:sum'])) for one in reports
        )
        self.assertEqual(for_desk[hidden.with_user(self.desk)], 12)
        self.assertEqual(sorted(for_marketing.values()), [3, 3])
        self.assertNotIn(hidden.id, [one.id for one in for_marketing])
        # nothing that was open stays so
        self.segment.condition_ids = [Command.create({'kind': 'illness', 'text': 'Q97'})]
        self.env.flush_all()
        [(batch,)] = reports[1]._read_group(of_these, ['batch_id'])
        self.assertEqual(batch.id, seen.id)

    def test_reading_who_has_one(self):
        batch = self.make_for_group()
        holder = self.patients[0].with_user(self.marketing)
        cards = self.env['loyalty.card'].with_user(self.marketing)
        batches = self.env['healthcare.coupon.batch'].with_user(self.marketing)
        for attack in (
            lambda: cards.search([('batch_id', '=', batch.id)]),
            lambda: batch.read(['card_ids']),
            lambda: batch.read(['redemption_ids']),
            lambda: batch.read(['used']),
            lambda: batches.search([('card_ids.partner_id', '=', holder.id)]),
            lambda: batches.search([('redemption_ids.patient_id', '=', holder.id)]),
            lambda: batches.search([('used', '>', 0)]),
            lambda: batch.program_id.read(['coupon_ids']),
            lambda: batch.program_id.read(['coupon_count']),
            lambda: self.env['loyalty.history'].with_user(self.marketing).search([]),
            lambda: self.env['healthcare.coupon.redemption'].with_user(self.marketing).search([]),
            lambda: self.env['healthcare.coupon.use'].with_user(self.marketing).create({}),
        ):
            with self.assertRaises(AccessError):
                attack()
        self.assertEqual(batch.program_id.read(['member_count'])[0]['member_count'], 0)
        self.assertEqual(holder.with_user(self.desk).loyalty_card_count, 1)
        self.assertEqual(holder.loyalty_card_count, 0)
        self.assertEqual(holder.read(['loyalty_card_count'])[0]['loyalty_card_count'], 0)

    def test_whoever_sells_has_no_part_in_it(self):
        """Odoo's sales gives its people all cards; marketing may be among them."""
        batch = self.make_for_group()
        card = self.make_member()
        for model in ('card', 'history'):
            self.env['ir.model.access'].create(
                {
                    'name': "sales",
                    'model_id': self.env['ir.model']._get_id(f'loyalty.{model}'),
                    'group_id': self.env.ref('healthcare_crm.group_marketing').id,
                    'perm_read': True,
                    'perm_write': True,
                }
            )
        coupons = batch.sudo().card_ids
        for user, found in ((self.marketing, coupons.browse()), (self.desk, coupons)):
            cards = coupons.with_user(user)
            self.assertEqual(cards.search([('batch_id', '=', batch.id)]), found)
            moved = self.env['loyalty.history'].with_user(user)
            self.assertEqual(moved.search([('card_id', 'in', coupons.ids)]).card_id, found)
        seller = self.make_user('marketing', 'seller')
        desk = self.env['healthcare.loyalty.desk'].with_user(seller)
        self.assertTrue(card.with_user(seller).has_access('write'))
        for call in (
            lambda: desk.desk_open(card.id),
            lambda: desk.desk_scan(card.code),
            lambda: desk.desk_return_coupon(1),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_no_field_of_a_patient_tells(self):
        """Whatever marketing reads of a patient is the same before and after."""
        patient = self.patients[0].with_user(self.marketing)
        before = self.read_each(patient)
        self.make_for_group()
        self.assertEqual(before, self.read_each(patient))
        self.assertIn('email', before)

    def read_each(self, record):
        """Read what may be read, field by field."""
        told = {}
        for name in record.fields_get():
            try:
                told[name] = record.read([name])[0][name]
            except AccessError:
                continue
        return told

    def test_the_size_is_not_told_through_the_coupons(self):
        batch = self.make_for_group()
        self.assertEqual(batch.segment_size, self.group.with_user(self.marketing).group_size)
        self.assertNotEqual(batch.segment_size, "12")
        told = batch.read(['given_count', 'used_count', 'unused_count', 'result', 'segment_size'])
        self.assertNotIn('12', str({**told[0], 'id': 0}))
        self.assertFalse(
            {'given_count', 'used_count', 'unused_count'}
            & {name for name, field in batch._fields.items() if field.store}
        )

    def test_one_who_uses_it_is_not_seen(self):
        batch = self.make_for_group()
        before = batch.read()
        self.take(batch.sudo().card_ids[0])
        self.env.invalidate_all()
        after = batch.read()
        for one in (*before, *after):
            one.pop('write_date')
        self.assertEqual(before, after)

    def test_one_who_came_since_is_not_seen(self):
        """Each edge of the steps is passed by one patient, who would be known by it."""
        with patch.object(self.registry['healthcare.segment'], '_get_salt', lambda *_: 7):
            batch = self.make_for_group()
            self.assertEqual(batch.given_count, 10)
            for patient in self.patients[12:]:
                self.env['healthcare.condition'].create(
                    {'patient_id': patient.id, 'name': "Q97.1", 'code': 'Q97.1'}
                )
                self.group._refresh()
                batch.action_give_out()
                self.env.invalidate_all()
                self.assertEqual((batch.given_count, batch.unused_count), (10, 10))
        self.assertEqual(len(batch.sudo().card_ids), 14)

    def test_too_small_a_group(self):
        self.patients[:3].condition_ids.unlink()
        self.group._refresh()
        with self.assertRaisesRegex(UserError, "fewer than 10"):
            self.make_for_group()
        self.env['healthcare.coupon.batch'].create(
            {
                'name': "By the nurse",
                'company_id': self.clinic.id,
                'segment_id': self.group.id,
                'value': 10,
            }
        ).action_give_out()

    def test_a_group_that_shrank(self):
        """One more is given to those who came since, and there is one only: who is it?"""
        batch = self.make_for_group()
        self.patients[:3].condition_ids.unlink()
        self.group._refresh()
        with self.assertRaisesRegex(UserError, "fewer than 10"):
            batch.action_give_out()

    def test_who_opened_a_page_about_an_illness(self):
        group = self.env['healthcare.segment'].create(
            {
                'name': "Readers",
                'company_id': self.clinic.id,
                'condition_ids': [Command.create({'kind': 'clicked', 'text': '/hiv-test'})],
            }
        )
        self.assertTrue(group.with_user(self.marketing).is_opaque)

    def test_not_the_group_of_another_clinic(self):
        elsewhere = self.make_user('marketing', 'marketing-elsewhere')
        with self.assertRaises(UserError):
            self.env['healthcare.coupon.batch'].with_user(elsewhere).create(
                {'name': "x", 'segment_id': self.group.id, 'value': 10}
            )
        batch = self.make_for_group()
        with self.assertRaises(AccessError):
            batch.with_user(elsewhere).action_give_out()
