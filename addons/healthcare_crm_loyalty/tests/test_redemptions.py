from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..points import codes
from .common import JOBS, LoyaltyCase


class RedemptionCase(LoyaltyCase):
    """A membership with a catalogue, and a member with a hundred points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Redemption = cls.env['healthcare.loyalty.redemption']
        cls.card = cls.make_member()
        cls.card._give(100, description="Welcome")
        cls.reward = cls.make_reward()

    @classmethod
    def make_reward(cls, **values):
        """Create a reward of the catalogue: a tea set for thirty points."""
        return cls.env['loyalty.reward'].create(
            {
                'program_id': cls.program.id,
                'benefit': 'good',
                'reward_type': 'product',
                'description': "Tea set",
                'required_points': 30,
                **values,
            }
        )

    def days(self, number):
        return self.program._get_today() + timedelta(days=number)


@tagged('post_install', '-at_install')
class TestRedemptions(RedemptionCase):
    """Points become rewards once, and come back once."""

    def test_what_is_new_in_the_catalogue_has_its_own_name_and_the_only_membership(self):
        self.assertEqual(self.reward.display_name, "Tea set")
        catalogue = self.env['loyalty.reward'].with_context(default_benefit='good')
        self.assertFalse(catalogue.new({}).display_name)
        values = catalogue.default_get(['benefit', 'program_id'])
        self.assertEqual(values.get('program_id'), self.program.id)
        self.make_membership(name="Other")
        self.assertFalse(catalogue.default_get(['benefit', 'program_id']).get('program_id'))

    def test_movements_are_read_by_day_in_the_words_of_the_reader(self):
        earning = self.program.earning_ids
        self.card._give(5, earning_id=earning.id, description="Before", date='2020-05-06')
        earning.name = "A visit of yours"
        self.card.invalidate_recordset()
        oldest = self.card.history_ids[-1]
        self.assertEqual(str(oldest.date), '2020-05-06')
        self.assertEqual(oldest.what, "A visit of yours")

    def test_a_reward_is_given_out(self):
        done = self.card._redeem(self.reward)
        self.assertEqual(done.state, 'redeemed')
        self.assertEqual(done.redeemed_by_id, self.env.user)
        self.assertEqual(done.company_id, self.company)
        self.assertTrue(done.redeemed_at)
        self.assertEqual(codes.read(done.code), done.code)
        self.assertEqual((done.movement_id.used, done.movement_id.order_id), (30, done.id))
        self.assertBalance(self.card, 70)

    def test_a_code_is_good_once(self):
        reserved = self.card._reserve(self.reward)
        self.assertBalance(self.card, 70)
        reserved._hand_over()
        with self.assertRaisesRegex(UserError, "Tea set.*was given out to Nguyễn Văn An already"):
            reserved._hand_over()
        self.assertBalance(self.card, 70)

    def test_what_was_given_out_is_taken_back_once(self):
        done = self.card._redeem(self.reward)
        done._take_back("Broken")
        self.assertEqual((done.state, done.reason), ('refunded', "Broken"))
        self.assertEqual(done.ended_by_id, self.env.user)
        self.assertBalance(self.card, 100)
        for again in (done._take_back, done._hand_over):
            with self.assertRaisesRegex(UserError, "Tea set.*was taken back on"):
                again()
        self.assertBalance(self.card, 100)

    def test_a_reservation_is_cancelled_once(self):
        reserved = self.card._reserve(self.reward)
        reserved._take_back()
        self.assertEqual(reserved.state, 'cancelled')
        self.assertBalance(self.card, 100)
        with self.assertRaises(UserError):
            reserved._take_back()
        self.assertBalance(self.card, 100)

    def test_whoever_comes_too_late_is_told_and_has_the_points_again(self):
        reserved = self.card._reserve(self.reward)
        self.assertEqual(reserved.reserved_until, self.days(14))
        reserved.reserved_until = self.days(-1)
        with self.assertRaisesRegex(UserError, "was kept for Nguyễn Văn An until"):
            reserved._hand_over()
        self.expire_late()
        self.assertEqual(reserved.state, 'expired')
        self.assertBalance(self.card, 100)
        self.assertFalse(self.Redemption._find_late(self.program))
        for again in (reserved._hand_over, reserved._take_back):
            with self.assertRaisesRegex(UserError, "points go back"):
                again()

    def test_the_last_day_counts(self):
        reserved = self.card._reserve(self.reward)
        reserved.reserved_until = self.days(0)
        self.assertFalse(self.Redemption._find_late(self.program))
        reserved._hand_over()
        self.assertEqual(reserved.state, 'redeemed')

    def expire_late(self):
        with self.enter_registry_test_mode():
            self.env.ref(
                'healthcare_crm_loyalty.ir_cron_loyalty_redemptions'
            ).method_direct_trigger()

    def test_one_that_cannot_end_keeps_no_other_from_it(self):
        first, last = (self.card._reserve(self.reward) for _time in range(2))
        (first | last).reserved_until = self.days(-1)
        first.movement_id.kind = 'adjust'
        with mute_logger('odoo.addons.healthcare_crm_loyalty.steps', JOBS):
            self.expire_late()
        self.assertEqual((first.state, last.state), ('reserved', 'expired'))

    def test_reservations_end_when_the_membership_was_archived(self):
        reserved = self.card._reserve(self.reward)
        reserved.reserved_until = self.days(-1)
        self.program.active = False
        self.expire_late()
        self.assertEqual(reserved.state, 'expired')

    def test_reserving_keeps_no_points_from_expiring(self):
        for is_cancelled in (False, True):
            with self.subTest(is_cancelled=is_cancelled):
                reserved = self.card._reserve(self.reward)
                self.card.history_ids.filtered('issued').expires_on = self.days(-2)
                self.Card._expire_all(self.days(0), self.program)
                self.assertBalance(self.card, 0)
                if is_cancelled:
                    reserved._take_back()
                else:
                    reserved.reserved_until = self.days(-1)
                    self.expire_late()
                self.assertBalance(self.card, 0)
                self.card._give(100, description="Welcome")

    def test_what_was_reserved_and_expired_is_not_owed(self):
        self.card._give(30, 'earn', description="Visit", expires_on=self.days(5))
        earned = self.card.history_ids.filtered(lambda one: one.kind == 'earn')
        reserved = self.card._reserve(self.reward)
        self.assertFalse(earned.remaining)
        earned.expires_on = self.days(-2)
        reserved.reserved_until = self.days(-1)
        self.expire_late()
        self.assertBalance(self.card, 100)
        self.Card._claw_back(earned.ids)
        self.assertBalance(self.card, 100)
        self.assertFalse(self.card.owed)

    def test_nothing_is_given_out_for_a_blocked_card_or_to_who_left(self):
        reserved = self.card._reserve(self.reward)
        self.card._block("Lost")
        with self.assertRaisesRegex(UserError, "blocked: Lost"):
            reserved.action_hand_over()
        self.card.action_unblock()
        self.card._leave()
        with self.assertRaisesRegex(UserError, "no member any more"):
            reserved.action_hand_over()
        self.assertIn("no member any more", reserved._get_problem())
        self.program._join(self.card.partner_id)
        reserved.action_hand_over()
        self.assertEqual(reserved.state, 'redeemed')

    def test_stock_goes_down_and_comes_back(self):
        self.reward.write({'is_limited': True, 'stock': 2})
        first = self.card._redeem(self.reward)
        self.card._reserve(self.reward)
        self.assertEqual(self.reward.stock, 0)
        with self.assertRaisesRegex(UserError, "none left"):
            self.card._redeem(self.reward)
        first._take_back()
        self.assertEqual(self.reward.stock, 1)
        self.assertBalance(self.card, 70)

    def test_what_was_not_taken_from_the_stock_does_not_come_back_into_it(self):
        redemption = self.card._reserve(self.reward)
        self.reward.write({'is_limited': True, 'stock': 5})
        redemption._take_back()
        self.assertEqual(self.reward.stock, 5)

    def test_stock_is_asked_in_the_statement_that_takes_it(self):
        self.reward.write({'is_limited': True, 'stock': 1})
        self.assertTrue(self.reward._change_stock(-1))
        self.assertFalse(self.reward._change_stock(-1))
        with self.assertRaisesRegex(UserError, "no “Tea set” left"):
            self.reward._take_one()

    def test_too_few_points(self):
        self.reward.required_points = 101
        with self.assertRaisesRegex(UserError, "101 points.*has 100"), self.env.cr.savepoint():
            self.card._redeem(self.reward)
        self.assertFalse(self.card.redemption_ids)
        self.assertBalance(self.card, 100)

    def test_expired_points_redeem_nothing(self):
        self.card.history_ids.expires_on = self.days(-1)
        with self.assertRaisesRegex(UserError, "has 0"), self.env.cr.savepoint():
            self.card._redeem(self.reward)

    def test_who_can_have_it(self):
        tiers = self.env['healthcare.loyalty.tier'].create(
            [
                {'name': name, 'program_id': self.program.id, 'rank': rank}
                for rank, name in ((1, "Silver"), (2, "Gold"))
            ]
        )
        other = self.make_membership(name="Other club")
        for values, problem in (
            ({'valid_from': self.days(1)}, "begins on"),
            ({'valid_until': self.days(-1)}, "ended on"),
            ({'tier_id': tiers[1].id}, "from tier Gold on"),
            ({'is_limited': True}, "none left"),
            ({'active': False}, "not in the catalogue"),
            ({'program_id': other.id}, "members of “Other club” only"),
        ):
            with self.subTest(problem=problem), self.assertRaisesRegex(UserError, problem):
                self.card._redeem(self.make_reward(**values))
        self.assertBalance(self.card, 100)
        self.card._invite(tiers[1])
        for tier in tiers:
            self.card._redeem(self.make_reward(tier_id=tier.id))

    def test_the_days_of_a_reward_are_included(self):
        today = self.days(0)
        self.card._redeem(self.make_reward(valid_from=today, valid_until=today))

    def test_rewards_of_orders_are_not_given_out(self):
        with self.assertRaisesRegex(UserError, "not in the catalogue"):
            self.card._redeem(self.make_reward(benefit=False, reward_type='discount'))

    def test_the_catalogue_is_not_offered_on_orders(self):
        discount = self.make_reward(benefit=False, reward_type='discount')
        domain = self.reward._get_active_products_domain()
        self.assertEqual((self.reward | discount).filtered_domain(domain), discount)

    @mute_logger('odoo.sql_db')
    def test_what_a_reward_cannot_be(self):
        other = self.make_membership(name="Other club")
        tier = self.env['healthcare.loyalty.tier'].create({'name': "Gold", 'program_id': other.id})
        coupons = self.env['loyalty.program'].create({'name': "Coupons", 'program_type': 'coupons'})
        for values, error in (
            ({'required_points': 0.5}, ValidationError),
            ({'required_points': 0}, IntegrityError),
            ({'required_points': -30}, IntegrityError),
            ({'is_limited': True, 'stock': -1}, IntegrityError),
            ({'worth': -1}, IntegrityError),
            ({'reserve_days': 0}, IntegrityError),
            ({'tier_id': tier.id}, ValidationError),
            ({'program_id': coupons.id}, ValidationError),
            ({'valid_from': self.days(2), 'valid_until': self.days(1)}, ValidationError),
        ):
            with self.subTest(values=values), self.assertRaises(error), self.env.cr.savepoint():
                self.make_reward(**values)
                self.env.flush_all()

    def test_a_reward_does_not_begin_after_it_ends(self):
        reward = self.make_reward(valid_until=self.days(1))
        with self.assertRaises(ValidationError):
            reward.valid_from = self.days(2)

    def test_names_come_from_what_is_given(self):
        service = self.make_service(name="Tooth cleaning")
        reward = self.env['loyalty.reward'].create(
            {
                'program_id': self.program.id,
                'benefit': 'service',
                'reward_type': 'product',
                'service_id': service.id,
            }
        )
        self.assertEqual(reward.description, "Tooth cleaning")

    def test_an_administrator_keeps_the_catalogue(self):
        user = self.make_user('clinic_administrator')
        reward = (
            self.env['loyalty.reward']
            .with_user(user)
            .create(
                {
                    'program_id': self.program.id,
                    'benefit': 'voucher',
                    'reward_type': 'product',
                    'description': "Voucher",
                    'required_points': 10,
                }
            )
        )
        reward.description = "Voucher of the pharmacy"
        self.assertEqual(reward.sudo().discount_line_product_id.name, "Voucher of the pharmacy")

    def test_how_many_were_given_out(self):
        self.card._redeem(self.reward)
        self.card._reserve(self.reward)
        self.assertEqual((self.reward.redeemed_count, self.reward.reserved_count), (1, 1))

    def test_a_refund_of_points_that_expired_can_be_used_for_a_while(self):
        done = self.card._redeem(self.reward)
        self.card.history_ids.filtered('issued').expires_on = self.days(-1)
        done._take_back()
        self.card._expire(self.days(0))
        self.assertBalance(self.card, 30)
        [lot] = self.card.history_ids.filtered('remaining')
        self.assertEqual(lot.expires_on, fields.Date.add(self.days(0), days=30))
