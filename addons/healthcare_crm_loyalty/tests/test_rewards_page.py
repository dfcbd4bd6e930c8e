from odoo.tests import HttpCase, tagged

from ..points import codes
from .test_redemptions import RedemptionCase


@tagged('post_install', '-at_install')
class TestRewardsPage(HttpCase, RedemptionCase):
    """Members reserve rewards on the page of their benefits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.portal_point_name = "points"
        cls.patient = cls.card.partner_id
        cls.patient.lang = 'en_US'
        cls.other = cls.make_member(name="Trần Thị Bình", lang='en_US')
        cls.other._give(100, description="Welcome")

    def get(self):
        return self.url_open(self.patient._get_benefits_path()).text

    def post(self, action, **form):
        key = self.patient.sudo()._sign_benefit_key(self.patient)
        path = self.patient._get_benefits_path()
        return self.url_open(path, data={'action': action, 'key': key, **form})

    def reserve(self, card=None, reward=None):
        return self.post(
            'reward_reserve',
            card=(card or self.card).id,
            reward=(reward or self.reward).id,
        )

    def test_a_reward_is_reserved_and_cancelled(self):
        page = self.get()
        self.assertIn("Tea set", page)
        self.assertIn("Reserve", page)
        answer = self.reserve()
        self.assertEqual(answer.status_code, 200)
        redemption = self.card.redemption_ids
        self.assertEqual(redemption.state, 'reserved')
        self.assertIn("It is reserved for you", answer.text)
        self.assertIn(codes.show(redemption.code), answer.text)
        self.assertBalance(self.card, 70)
        answer = self.post('reward_cancel', redemption=redemption.id)
        self.assertIn("You have your points again", answer.text)
        self.assertEqual(redemption.state, 'cancelled')
        self.assertBalance(self.card, 100)
        answer = self.post('reward_cancel', redemption=redemption.id)
        self.assertEqual(answer.status_code, 422)
        self.assertBalance(self.card, 100)

    def test_what_cannot_be_reserved_says_why_or_is_not_there(self):
        tier = self.env['healthcare.loyalty.tier'].create(
            {'name': "Gold", 'program_id': self.program.id}
        )
        self.make_reward(description="Piano", required_points=150)
        self.make_reward(description="Lounge", tier_id=tier.id)
        self.make_reward(description="Sold out", is_limited=True)
        self.make_reward(description="Long over", valid_until=self.days(-1))
        self.make_reward(description="At the desk only", is_reservable=False)
        page = self.get()
        self.assertIn("50 points are missing", page)
        self.assertIn("For members from tier Gold on", page)
        self.assertIn("At the desk only", page)
        self.assertNotIn("Sold out", page)
        self.assertNotIn("Long over", page)
        self.assertEqual(page.count('value="reward_reserve"'), 1)

    def test_forged_forms_reserve_nothing(self):
        desk = self.make_reward(is_reservable=False)
        dear = self.make_reward(required_points=1000)
        over = self.make_reward(valid_until=self.days(-1))
        foreign = self.make_reward(program_id=self.make_membership(name="Ginger Circle").id)
        for card, reward in (
            (self.other, self.reward),
            (self.card, desk),
            (self.card, dear),
            (self.card, over),
            (self.card, foreign),
        ):
            with self.subTest(reward=reward):
                answer = self.reserve(card, reward)
                self.assertEqual(answer.status_code, 422)
                self.assertNotIn("Ginger", answer.text)
        for nonsense in ('', 'x', '-1', '9' * 30, "1' OR 1=1"):
            answer = self.post('reward_reserve', card=self.card.id, reward=nonsense)
            self.assertEqual(answer.status_code, 422)
        self.assertBalance(self.card, 100)
        self.assertBalance(self.other, 100)

    def test_reservations_of_others_are_not_cancelled(self):
        redemption = self.other._reserve(self.reward)
        answer = self.post('reward_cancel', redemption=redemption.id)
        self.assertEqual(answer.status_code, 422)
        self.assertEqual(redemption.state, 'reserved')

    def test_a_blocked_card_reserves_nothing(self):
        self.card._block("Suspicion of misuse")
        self.assertNotIn('value="reward_reserve"', self.get())
        answer = self.reserve()
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn("Suspicion", answer.text)

    def test_why_the_head_of_the_family_is_blocked_is_not_told(self):
        self.card.purse_id = self.other
        self.other._block("Suspicion of misuse")
        self.assertNotIn('value="reward_reserve"', self.get())
        answer = self.reserve()
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn("Suspicion", answer.text)
        self.assertNotIn("blocked", answer.text)

    def test_points_that_expired_today_are_missing(self):
        self.card.history_ids.expires_on = self.days(-1)
        self.assertIn("30 points are missing", self.get())
