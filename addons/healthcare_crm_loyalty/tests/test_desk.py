from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import card_numbers
from .test_redemptions import RedemptionCase

TOKEN = '0123456789abcdef'


@tagged('post_install', '-at_install')
class TestDesk(RedemptionCase):
    """What the screen at the desk asks, as reception."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.earning_ids = [
            Command.create({'name': "A talk", 'event': 'manual', 'points': 5, 'cap': 8})
        ]
        cls.talk = cls.program.earning_ids.filtered(lambda one: one.event == 'manual')
        cls.other = cls.make_member(name="Trần Thị Bình")
        cls.user = cls.make_user('reception')
        cls.Desk = cls.env['healthcare.loyalty.desk'].with_user(cls.user)

    def offers(self, shown, key):
        """Return the offers of a section."""
        [section] = [one for one in shown['card']['sections'] if one['key'] == key]
        return section['offers']

    # ------------------------------------------------------------ scanning

    def test_a_card_is_scanned(self):
        for text in (
            self.card.code,
            f' {self.card.number} ',
            f'https://x.tw/c/{self.card.code}?a=1',
        ):
            with self.subTest(text=text):
                shown = self.Desk.desk_scan(text)['card']
                self.assertEqual((shown['id'], shown['balance']), (self.card.id, '100'))
        self.assertEqual(shown['name'], "Nguyễn Văn An")

    def test_a_name_finds_who_is_meant(self):
        self.card.partner_id.name = "Zoltan Quux"
        shown = self.Desk.desk_scan("zoltan qu")
        self.assertEqual(shown['card']['id'], self.card.id, "the only one is opened")
        twin = self.make_patient("Zoltan Quuxley")
        people = self.Desk.desk_scan("Zoltan Quux")['people']
        self.assertEqual({one['card_id'] for one in people}, {self.card.id, False})
        [stranger] = [one for one in people if not one['card_id']]
        self.assertEqual(
            (stranger['patient_id'], stranger['joins']),
            (twin.id, [{'id': self.program.id, 'name': "Club"}]),
        )
        joined = self.Desk.desk_join(twin.id, self.program.id)['card']
        self.assertEqual(joined['patient_id'], twin.id)
        again = self.Desk.desk_join(twin.id, self.program.id)['card']
        self.assertEqual(again['id'], joined['id'])

    def test_part_of_a_number_or_an_address_finds_who_is_meant(self):
        self.card.partner_id.write(
            {
                'patient_number': 'QX-0077',
                'email': 'zoltan_z@quux.example',
                'phone': '+886 900 123 987',
            }
        )
        self.make_patient("Zoltan Other", email='zoltanyz@quux.example', phone='+886900000333')
        for text in ('qx-00', 'zoltan_z@q', '0900-123', '123987'):
            with self.subTest(text=text):
                self.assertEqual(self.Desk.desk_scan(text)['card']['id'], self.card.id)

    def test_which_of_several_memberships(self):
        family = self.make_membership(name="Family club")
        over = self.make_membership(name="Former club", date_to='2020-01-01')
        stranger = self.make_patient("Zoltan Quux")
        [person] = self.Desk.desk_scan("Zoltan Quux")['people']
        self.assertEqual({one['name'] for one in person['joins']}, {"Club", "Family club"})
        joined = self.Desk.desk_join(stranger.id, family.id)['card']
        self.assertEqual(joined['program'], "Family club")
        with self.assertRaisesRegex(UserError, "Nobody can join"):
            self.Desk.desk_join(stranger.id, over.id)
        gone = self.make_patient("Quux Gone", deceased=True)
        with self.assertRaisesRegex(UserError, "Only patients"):
            self.Desk.desk_join(gone.id, family.id)

    def test_a_card_that_is_not_used_any_more(self):
        self.card._leave()
        shown = self.Desk.desk_scan(self.card.code)
        self.assertEqual(set(shown), {'notice'})
        self.assertIn("no member any more", shown['notice']['text'])
        with self.assertRaisesRegex(UserError, "not in use"):
            self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN)

    def test_the_card_of_a_record_that_became_another_opens_that(self):
        redemption = self.card._reserve(self.reward)
        self.card.partner_id._merge_into(self.other.partner_id)
        for code in (self.card.code, redemption.code):
            self.assertEqual(self.Desk.desk_scan(code)['card']['id'], self.other.id)
        self.Desk.desk_return(redemption.id)
        self.assertBalance(self.other, 100)

    def test_a_blocked_card_gives_and_pays_nothing(self):
        self.card._block("Lost")
        shown = self.Desk.desk_scan(self.card.code)['card']
        self.assertEqual(shown['blocked'], "Lost")
        for section in shown['sections']:
            for offer in section['offers']:
                self.assertIn("blocked", offer['problem'])
        for call in (
            lambda: self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN),
            lambda: self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN),
        ):
            with self.assertRaisesRegex(UserError, "is blocked"), self.env.cr.savepoint():
                call()
        self.assertBalance(self.card, 100)

    def test_a_family_pays_from_one_purse(self):
        household = self.env['healthcare.household'].create({'name': "Family"})
        (self.card | self.other).partner_id.household_id = household
        self.other._share(self.card)
        done = self.Desk.desk_redeem(self.other.id, self.reward.id, TOKEN)
        self.assertEqual(
            (done['card']['balance'], done['card']['purse']), ('70', self.card.partner_id.name)
        )
        self.Desk.desk_earn(self.other.id, self.talk.id, TOKEN)
        self.assertBalance(self.card, 75)
        self.assertEqual(self.talk._get_points_left(self.other, self.days(0)), 3)
        self.assertEqual(self.talk._get_points_left(self.card, self.days(0)), 5)
        method, args = done['undo']
        getattr(self.Desk, method)(*args)
        self.assertBalance(self.card, 105)

    def test_what_a_family_has_is_told_when_something_is_taken_back(self):
        child = self.make_member(name="Child")
        child.purse_id = self.card
        done = child._redeem(self.reward)
        back = self.Desk.desk_return(done.id)
        self.assertIn("100 points on the card", back['notice']['text'])

    def test_what_nobody_knows(self):
        self.assertIn("Nobody is called", self.Desk.desk_scan("Zzyzx")['notice']['text'])
        self.assertIn("no code", self.Desk.desk_scan("R234-5678-9A")['notice']['text'])
        number = card_numbers.make()
        self.assertIn("Nobody is called", self.Desk.desk_scan(number)['notice']['text'])
        slip = number[:-1] + str((int(number[-1]) + 1) % 10)
        for text in (slip, card_numbers.spell(slip)):
            self.assertIn("a digit is wrong", self.Desk.desk_scan(text)['notice']['text'])
        for hostile in (None, False, 3, [], {}, '', '   '):
            with self.subTest(text=hostile):
                self.assertEqual(self.Desk.desk_scan(hostile), {'people': []})

    def test_a_code_is_given_out_by_scanning_it(self):
        reserved = self.card._reserve(self.reward)
        shown = self.Desk.desk_scan(reserved.code.lower())
        self.assertEqual(shown['card']['id'], self.card.id)
        [offer] = shown['scanned']
        self.assertFalse(offer['problem'])
        done = getattr(self.Desk, offer['method'])(*offer['args'])
        self.assertIn("Tea set", done['notice']['text'])
        self.assertEqual(reserved.redeemed_by_id, self.user)
        again = self.Desk.desk_scan(reserved.code)
        self.assertEqual(again['notice']['tone'], 'danger')
        self.assertRegex(again['notice']['text'], "given out to Nguyễn Văn An already, on .* by")
        with self.assertRaisesRegex(UserError, "already"):
            self.Desk.desk_hand_over(reserved.id)

    def test_a_code_of_somebody_else_says_whose_it_is(self):
        reserved = self.other
        reserved._give(50, description="Welcome")
        code = reserved._reserve(self.reward).code
        shown = self.Desk.desk_scan(code, self.card.id)
        self.assertEqual(shown['card']['id'], self.other.id)
        self.assertEqual(shown['notice']['tone'], 'warning')
        self.assertIn("Trần Thị Bình", shown['notice']['text'])
        self.assertNotIn('notice', self.Desk.desk_scan(code, self.other.id))
        next_one = self.Desk.desk_scan(self.other.code, self.card.id)
        self.assertEqual(next_one['card']['id'], self.other.id)
        self.assertNotIn('notice', next_one, "the next card in the queue is no mistake")

    def test_a_patient_of_another_clinic_is_not_named(self):
        self.card._redeem(self.reward)
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        code = self.card._reserve(self.reward).code
        self.program.company_id = False
        self.card.partner_id.company_id = elsewhere
        for text in (code, self.card.code):
            shown = self.Desk.desk_scan(text)
            self.assertEqual(set(shown), {'notice'})
            self.assertNotIn("Nguyễn", shown['notice']['text'])
        with self.assertRaises(AccessError):
            self.Desk.desk_open(self.card.id)
        with self.assertRaises(AccessError):
            self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN)
        self.assertBalance(self.card, 40)

    # ------------------------------------------------------------ rewards

    def test_a_reward_is_redeemed_and_taken_back(self):
        shown = self.Desk.desk_open(self.card.id)
        [offer] = self.offers(shown, 'rewards')
        self.assertEqual((offer['title'], offer['amount']), ("Tea set", "30 points"))
        done = getattr(self.Desk, offer['method'])(*offer['args'], TOKEN)
        self.assertEqual(done['card']['balance'], '70')
        method, args = done['undo']
        back = getattr(self.Desk, method)(*args)
        self.assertEqual(back['card']['balance'], '100')
        with self.assertRaisesRegex(UserError, "taken back"):
            getattr(self.Desk, method)(*args)
        self.assertBalance(self.card, 100)

    def test_pressed_again_because_no_answer_came(self):
        for method, id_, balance in (
            ('desk_redeem', self.reward.id, 70),
            ('desk_earn', self.talk.id, 75),
        ):
            with self.subTest(method=method):
                [first, again] = [
                    getattr(self.Desk, method)(self.card.id, id_, TOKEN) for _press in range(2)
                ]
                self.assertEqual(first, again)
                self.assertBalance(self.card, balance)
        self.assertEqual(len(self.card.redemption_ids), 1)
        self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN[::-1])
        self.assertBalance(self.card, 45)
        self.Desk.desk_return(self.card.redemption_ids[0].id)
        with (
            self.assertRaises(IntegrityError),
            mute_logger('odoo.sql_db'),
            self.env.cr.savepoint(),
        ):
            self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN[::-1])
        self.assertBalance(self.card, 75)

    def test_what_expires_is_told_in_time(self):
        self.assertFalse(self.Desk.desk_open(self.card.id)['card']['expiring'])
        for points, days in ((10, 40), (20, 9), (30, 12)):
            self.card._give(points, description="More", expires_on=self.days(days))
        self.assertEqual(
            self.Desk.desk_open(self.card.id)['card']['expiring'],
            self.card._say_expiring(self.days(9), 20),
        )

    def test_what_cannot_be_had_says_why(self):
        dear = self.make_reward(description="Piano", required_points=150)
        offers = {
            one['title']: one['problem']
            for one in self.offers(self.Desk.desk_open(self.card.id), 'rewards')
        }
        self.assertEqual(offers, {"Tea set": '', "Piano": "50 points are missing."})
        with self.assertRaisesRegex(UserError, "150 points"), self.env.cr.savepoint():
            self.Desk.desk_redeem(self.card.id, dear.id, TOKEN)

    def test_rewards_of_another_membership_are_refused(self):
        other = self.make_membership(name="Other club")
        with self.assertRaisesRegex(UserError, "Other club"):
            self.Desk.desk_redeem(self.card.id, self.make_reward(program_id=other.id).id, TOKEN)

    # ------------------------------------------------------------ earning

    def test_points_are_given_by_hand_within_the_limit(self):
        done = self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN)
        self.assertEqual(done['card']['balance'], '105')
        movement = self.env['loyalty.history'].browse(done['undo'][1])
        self.assertEqual((movement.kind, movement.earning_id), ('earn', self.talk))
        self.assertEqual(self.offers(done, 'earnings')[0]['amount'], "+3 points")
        done = self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN[::-1])
        self.assertEqual(self.offers(done, 'earnings')[0]['amount'], '', "why is said beside it")
        with self.assertRaisesRegex(UserError, "has reached the limit"):
            self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN[:8])
        self.assertBalance(self.card, 108)

    def test_the_limit_of_a_day_counts_everything(self):
        self.program.day_cap = 4
        self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN)
        self.assertBalance(self.card, 104)

    def test_fractions_that_are_left_are_not_given(self):
        self.program.whole_points = False
        self.card._give(1.5, 'earn', description="Letter")
        self.program.write({'whole_points': True, 'day_cap': 4})
        self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN)
        self.assertBalance(self.card, 103.5)
        with self.assertRaisesRegex(UserError, "has reached the limit"):
            self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN[::-1])

    def test_a_membership_that_ended_gives_and_has_nothing(self):
        for values, problem in (
            ({'date_to': self.days(-1)}, "ended on"),
            ({'date_from': self.days(1), 'date_to': False}, "begins on"),
        ):
            self.program.write(values)
            for call in (
                lambda: self.Desk.desk_redeem(self.card.id, self.reward.id, TOKEN),
                lambda: self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN),
            ):
                with self.assertRaisesRegex(UserError, problem), self.env.cr.savepoint():
                    call()
        self.assertFalse(self.reward._is_available())
        self.assertBalance(self.card, 100)

    def test_points_are_taken_back_by_who_gave_them(self):
        done = self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN)
        method, args = done['undo']
        colleague = self.Desk.with_user(self.make_user('reception', login='test-colleague'))
        with self.assertRaises(AccessError):
            getattr(colleague, method)(*args)
        getattr(self.Desk, method)(*args)
        self.assertBalance(self.card, 100)
        with self.assertRaisesRegex(UserError, "already"):
            getattr(self.Desk, method)(*args)
        welcome = self.card.history_ids.filtered(lambda one: one.description == "Welcome")
        with self.assertRaises(AccessError):
            self.Desk.desk_take_back(welcome.id)

    def test_only_what_the_desk_gives_is_given(self):
        visit = self.program.earning_ids - self.talk
        with self.assertRaisesRegex(UserError, "not given at the desk"):
            self.Desk.desk_earn(self.card.id, visit.id, TOKEN)
        self.talk.date_to = '2020-01-01'
        with self.assertRaisesRegex(UserError, "earns nothing today"):
            self.Desk.desk_earn(self.card.id, self.talk.id, TOKEN)
        self.assertBalance(self.card, 100)

    # ------------------------------------------------------------ who may

    def test_others_do_nothing_here(self):
        reserved = self.card._reserve(self.reward)
        for role in ('marketing', 'privacy_officer', None):
            desk = self.Desk.with_user(self.make_user(role))
            for call in (
                lambda desk=desk: desk.desk_scan(self.card.code),
                lambda desk=desk: desk.desk_open(self.card.id),
                lambda desk=desk: desk.desk_join(self.card.partner_id.id, self.program.id),
                lambda desk=desk: desk.desk_earn(self.card.id, self.talk.id, TOKEN),
                lambda desk=desk: desk.desk_redeem(self.card.id, self.reward.id, TOKEN),
                lambda desk=desk: desk.desk_hand_over(reserved.id),
                lambda desk=desk: desk.desk_return(reserved.id),
                lambda desk=desk: reserved.with_user(desk.env.user).action_hand_over(),
                lambda desk=desk: reserved.with_user(desk.env.user).action_take_back(),
            ):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    call()
        self.assertBalance(self.card, 70)

    def test_nonsense_is_refused(self):
        for id_ in (None, False, 'x', [1, 2], {}, -1, 0, 2**31 - 1, 2**70, 1.5, True):
            for call in (
                lambda id_=id_: self.Desk.desk_open(id_),
                lambda id_=id_: self.Desk.desk_join(id_, self.program.id),
                lambda id_=id_: self.Desk.desk_redeem(self.card.id, id_, TOKEN),
                lambda id_=id_: self.Desk.desk_earn(self.card.id, id_, TOKEN),
                lambda id_=id_: self.Desk.desk_hand_over(id_),
                lambda id_=id_: self.Desk.desk_return(id_),
                lambda id_=id_: self.Desk.desk_take_back(id_),
            ):
                with self.subTest(id=id_), self.assertRaises(UserError):
                    call()
        for token in (None, 3, '', 'x' * 16, TOKEN * 4):
            with self.subTest(token=token), self.assertRaises(UserError):
                self.Desk.desk_earn(self.card.id, self.talk.id, token)
            with self.subTest(token=token), self.assertRaises(UserError):
                self.Desk.desk_redeem(self.card.id, self.reward.id, token)

    def test_a_code_may_be_part_of_an_address_only(self):
        self.assertEqual(self.Desk._read_scanned('https://a/b/XY/'), 'XY')
        self.assertEqual(self.Desk._read_scanned('a/b'), 'a/b')
