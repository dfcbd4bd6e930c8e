from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase

from .tours import TourCase

#: a number of a card, and a code with the right last character
CARD, CODE = '0440000000001', 'R23456789D'


class LoyaltyDeskCase(TourCase, LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['loyalty.program'].search(
            [('is_membership', '=', True), ('id', '!=', cls.program.id)]
        ).active = False
        cls.program.write(
            {
                'portal_point_name': "points",
                'earning_ids': [
                    Command.create({'name': "A talk", 'event': 'manual', 'points': 5, 'cap': 8})
                ],
                'tier_ids': [Command.create({'name': "Silver", 'rank': 1})],
            }
        )
        cls.tea, cls.piano = cls.env['loyalty.reward'].create(
            [
                {
                    'program_id': cls.program.id,
                    'benefit': 'good',
                    'reward_type': 'product',
                    'description': name,
                    'required_points': points,
                }
                for name, points in (("Tea set", 30), ("Piano", 5000))
            ]
        )
        cls.an, cls.binh = (
            cls.make_member(name=f"Đỗ Hoài {given}", birth_date='1980-05-06')
            for given in ("An", "Bình")
        )
        cls.chi = cls.make_patient("Đỗ Hoài Chi")
        cls.an.code = CARD
        (cls.an | cls.binh)._invite(cls.program.tier_ids)
        for card in (cls.an, cls.binh):
            card._give(100, 'earn', description="Your visit")
        cls.binh._reserve(cls.tea).code = CODE
        new_test_user(
            cls.env,
            'desk',
            groups='healthcare_crm.group_reception',
            name="Main Receptionist",
            lang='en_US',
            tz='Asia/Taipei',
        )


@tagged('post_install', '-at_install')
class TestLoyaltyDesk(LoyaltyDeskCase):
    """Reception serves members: scan, choose, confirm."""

    def test_a_morning_at_the_desk(self):
        self.use(
            'healthcare_loyalty_desk',
            '/odoo/loyalty-desk',
            'desk',
            'loyalty-desk-1-empty',
            'loyalty-desk-2-member',
            'loyalty-desk-3-confirm',
            'loyalty-desk-4-given',
            'loyalty-desk-5-twice',
            'loyalty-desk-6-names',
        )
        self.assertBalance(self.an, 108)
        self.assertBalance(self.binh, 70)
        self.assertEqual(self.an.redemption_ids.state, 'refunded')
        self.assertEqual(self.binh.redemption_ids.state, 'redeemed')
        self.assertEqual(self.binh.redemption_ids.redeemed_by_id.login, 'desk')
        self.assertTrue(self.chi._get_memberships())

    def test_scan_earn_and_redeem_are_three_clicks(self):
        self.use(
            'healthcare_loyalty_desk_three_clicks',
            '/odoo/loyalty-desk',
            'desk',
            'loyalty-desk-8-three-clicks',
        )
        self.assertBalance(self.an, 75)
        self.assertEqual(self.an.redemption_ids.state, 'redeemed')

    def test_by_keyboard_alone(self):
        self.use('healthcare_loyalty_desk_keyboard', '/odoo/loyalty-desk', 'desk')
        self.assertBalance(self.an, 75)
        self.assertEqual(self.an.redemption_ids.state, 'redeemed')

    def test_who_is_scanned_before_the_last_answer_came(self):
        self.use('healthcare_loyalty_desk_in_a_hurry', '/odoo/loyalty-desk', 'desk')
        self.assertBalance(self.an, 105)
        self.assertBalance(self.binh, 75)

    def test_a_coupon_with_what_the_patient_spends(self):
        batch = self.env['healthcare.coupon.batch'].create(
            {'name': "Tea time", 'kind': 'single', 'code': 'TEA2026', 'value': 20}
        )
        batch.action_give_out()
        self.use(
            'healthcare_loyalty_desk_coupon',
            '/odoo/loyalty-desk',
            'desk',
            'loyalty-desk-9-amount',
        )
        self.assertRecordValues(
            batch.redemption_ids,
            [{'patient_id': self.an.partner_id.id, 'amount': 300, 'discount': 60}],
        )


@tagged('post_install', '-at_install')
class TestLoyaltyDeskOnATablet(LoyaltyDeskCase):
    """The same by touch."""

    browser_size = '820x1180'
    touch_enabled = True

    def test_three_taps(self):
        self.use(
            'healthcare_loyalty_desk_tablet', '/odoo/loyalty-desk', 'desk', 'loyalty-desk-7-tablet'
        )
        self.assertBalance(self.an, 70)
        self.assertEqual(self.an.redemption_ids.state, 'redeemed')
