from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import LoyaltyCase


class FamilyCase(LoyaltyCase):
    """A father and a child, members both."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.home = cls.env['healthcare.household'].create({'name': "Lin"})
        cls.head = cls.make_member(name="Lin Father", household_id=cls.home.id, lang='en_US')
        cls.child = cls.make_member(name="Lin Child", household_id=cls.home.id, lang='en_US')
        cls.today = cls.program._get_today()
        cls.Share = cls.env['healthcare.loyalty.share']

    def share(self, child=None, head=None):
        self.Share._ask(child or self.child, head or self.head)._agree('desk')

    def visit(self, card, days=1):
        visit = self.make_appointment(
            card.partner_id,
            fields.Datetime.now() - timedelta(days=days),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )
        self.process()
        return visit


@tagged('post_install', '-at_install')
class TestFamily(FamilyCase):
    def test_nothing_is_shared_before_the_head_agrees(self):
        share = self.Share._ask(self.child, self.head)
        self.assertFalse(self.child.purse_id)
        share._agree('link')
        self.assertEqual(self.child.purse_id, self.head)
        self.assertEqual(share.state, 'shared')
        with self.assertRaises(UserError):
            share._agree('link')

    def test_points_come_along_with_their_last_days(self):
        soon = self.today + timedelta(days=10)
        self.child._give(30, description="Welcome", expires_on=soon)
        self.child._give(20, description="Welcome")
        self.share()
        self.assertBalance(self.child, 0)
        self.assertBalance(self.head, 50)
        self.assertEqual(self.head._get_expiring(1), [(soon, 30)])
        self.assertEqual(self.child.balance, 50)

    def test_fractions_of_before_come_along(self):
        self.program.whole_points = False
        self.child._give(1.5, description="Visit")
        self.program.whole_points = True
        self.share()
        self.assertBalance(self.head, 1.5)

    def test_who_earns_and_who_spends_is_in_the_movement(self):
        self.share()
        self.visit(self.child)
        self.visit(self.head)
        self.assertBalance(self.child, 0)
        self.assertBalance(self.head, 20)
        earned = self.head.history_ids.filtered(lambda one: one.kind == 'earn')
        self.assertEqual(earned.by_card_id, self.child)
        spent = self.child._spend(15, description="Soap")
        self.assertEqual((spent.card_id, spent.by_card_id), (self.head, self.child))
        self.assertBalance(self.head, 5)
        with self.assertRaises(UserError):
            self.child._spend(6, description="Soap")

    def test_given_once_before_and_after_coming_in(self):
        visit = self.visit(self.child)
        self.share()
        visit._note_visits()
        self.process()
        self.assertBalance(self.child, 0)
        self.assertBalance(self.head, 10)
        kinds = (self.child | self.head).history_ids.mapped('kind')
        self.assertNotIn('clawback', kinds)

    def test_taken_back_from_the_purse(self):
        visit = self.visit(self.child)
        self.share()
        later = self.visit(self.child, days=2)
        self.assertBalance(self.head, 20)
        later.appointment_status = 'noshow'
        self.process()
        self.assertBalance(self.head, 10)
        visit.appointment_status = 'noshow'
        self.process()
        self.assertBalance(self.head, 0)
        self.assertBalance(self.child, 0)
        self.assertFalse(self.head.owed or self.child.owed)

    def test_limits_are_those_of_each_member(self):
        self.program.earning_ids.cap = 10
        self.share()
        for card in (self.child, self.head, self.child):
            self.visit(card)
        self.assertBalance(self.head, 20)

    def test_refund_after_leaving_goes_back_into_the_purse(self):
        self.head._give(30, description="Welcome")
        self.share()
        spent = self.child._spend(10, description="Soap")
        self.child._end_sharing()
        self.child._refund(spent, description="Soap")
        self.assertBalance(self.head, 30)
        self.assertBalance(self.child, 0)
        with self.assertRaises(UserError):
            self.child._refund(spent, description="Soap")

    def test_refund_after_coming_in_goes_into_the_purse(self):
        self.child._give(30, description="Welcome")
        spent = self.child._spend(10, description="Soap")
        self.share()
        self.child._refund(spent, description="Soap")
        self.assertBalance(self.child, 0)
        self.assertBalance(self.head, 30)
        self.child._spend(30, description="Soap")

    def test_limits_go_along_into_a_family_and_out_of_it(self):
        self.program.earning_ids.write({'cap': 10, 'cap_period': 'ever'})
        manual = self.env['healthcare.loyalty.earning'].create(
            {
                'program_id': self.program.id,
                'name': "Letter",
                'event': 'manual',
                'points': 4,
                'cap': 4,
                'cap_period': 'ever',
            }
        )
        manual._give_by_hand(self.child, 'a' * 8)
        self.visit(self.child)
        self.share()
        self.assertBalance(self.head, 14)
        for is_over in (False, True):
            if is_over:
                self.child._end_sharing()
            self.visit(self.child)
            with self.assertRaises(UserError):
                manual._give_by_hand(self.child, 'b' * 8)
            self.assertBalance(self.head, 14)
            self.assertBalance(self.child, 0)

    def test_both_cards_are_written_when_points_are_shared(self):
        """Whoever shares the purse with somebody else meanwhile cannot, and sees this."""

        def place():
            self.env.flush_all()
            self.env.cr.execute('SELECT ctid FROM loyalty_card WHERE id = %s', self.head.ids)
            return self.env.cr.fetchone()

        before = place()
        self.child._share(self.head)
        self.assertNotEqual(place(), before)

    def test_who_goes_takes_nothing_along(self):
        self.child._give(30, description="Welcome")
        self.share()
        self.child._leave()
        self.assertFalse(self.child.purse_id)
        self.assertBalance(self.child, 0)
        self.assertBalance(self.head, 30)
        self.assertEqual(self.child.share_ids.state, 'ended')

    def test_the_purse_ends_with_its_head(self):
        self.share()
        self.head._leave()
        self.assertFalse(self.child.purse_id)
        self.assertEqual(self.child.share_ids.state, 'ended')

    def test_a_blocked_head_pays_for_nobody(self):
        self.head._give(30, description="Welcome")
        self.share()
        self.head._block("Lost")
        with self.assertRaises(UserError):
            self.child._spend(10, description="Soap")
        self.head.action_unblock()
        self.child._block("Lost")
        with self.assertRaises(UserError):
            self.child._spend(10, description="Soap")
        self.head._spend(10, description="Soap")

    def test_a_blocked_card_brings_nothing_to_anybody(self):
        self.child._give(30, description="Welcome")
        self.child._block("Lost")
        with self.assertRaisesRegex(UserError, "Lin Child is blocked"):
            self.Share._ask(self.child, self.head)
        self.child.action_unblock()
        share = self.Share._ask(self.child, self.head)
        for card in (self.child, self.head):
            card._block("Lost")
            with self.assertRaisesRegex(UserError, "blocked"), self.env.cr.savepoint():
                share._agree('desk')
            card.action_unblock()
        share._agree('desk')
        self.assertBalance(self.head, 30)

    def test_what_expired_in_the_purse_is_not_owed(self):
        visit = self.visit(self.child)
        self.share()
        lot = self.head.history_ids.filtered('remaining')
        self.assertEqual(lot.moved_from_id, self.child.history_ids.filtered('earning_id'))
        lot.expires_on = self.today - timedelta(days=1)
        self.head._expire(self.today)
        self.assertBalance(self.head, 0)
        visit.appointment_status = 'noshow'
        self.process()
        self.assertFalse(self.head.owed or self.child.owed)
        self.assertBalance(self.head, 0)

    def test_what_was_brought_along_twice_is_taken_back_where_it_is(self):
        visit = self.visit(self.child)
        self.share()
        self.child._end_sharing()
        aunt = self.make_member(name="Lin Aunt", household_id=self.home.id)
        self.share(self.head, aunt)
        aunt._spend(4, description="Soap")
        visit.appointment_status = 'noshow'
        self.process()
        for card in (self.child, self.head, aunt):
            self.assertBalance(card, 0)
        self.assertEqual((self.child.owed, self.head.owed, aunt.owed), (0, 0, 4))
        self.assertFalse(self.Card._find_doubtful(self.program))

    def test_who_shares_reads_what_was_taken_back(self):
        self.share()
        visit = self.visit(self.child)
        visit.appointment_status = 'noshow'
        self.process()
        told = [one._say_change() for one in self.child._get_movements(9)]
        self.assertEqual(told, ["−10", "+10"])

    def test_tiers_are_those_of_each_member(self):
        self.program.tier_ids = [Command.create({'name': "Gold", 'entry_value': 20})]
        self.share()
        for days in (1, 2):
            self.visit(self.child, days)
        self.visit(self.head)
        self.Card._recompute_tiers(self.program)
        self.assertEqual(self.child.tier_id, self.program.tier_ids)
        self.assertFalse(self.head.tier_id)
        self.assertEqual(self.head._get_progress().value, 10)

    def test_with_whom_points_cannot_be_shared(self):
        stranger = self.make_member(name="Chen Yu")
        aunt = self.make_member(name="Lin Aunt", household_id=self.home.id)
        other = self.make_membership(name="Other")._join(self.head.partner_id)
        self.share()
        for child, head in (
            (aunt, stranger),
            (aunt, aunt),
            (aunt, other),
            (aunt, self.child),
            (self.head, aunt),
            (self.child, aunt),
        ):
            with self.assertRaises(UserError):
                self.Share._ask(child, head)

    def test_who_asks_somebody_else_asks_no_more(self):
        aunt = self.make_member(name="Lin Aunt", household_id=self.home.id)
        first = self.Share._ask(self.child, self.head)
        self.Share._ask(self.child, aunt)
        self.assertEqual(first.state, 'ended')

    def test_reception_asks_and_answers(self):
        desk = new_test_user(self.env, 'desk1', groups='healthcare_crm.group_reception')
        wizard = (
            self.env['healthcare.loyalty.family']
            .with_user(desk)
            .create({'card_id': self.child.id, 'head_id': self.head.partner_id.id})
        )
        self.assertEqual(wizard.possible_ids, self.head)
        wizard.action_share()
        self.assertFalse(self.child.purse_id)
        self.head.purse_share_ids.with_user(desk).action_agree()
        self.assertEqual(self.child.purse_id, self.head)
        self.assertEqual(self.child.share_ids.method, 'desk')
        self.child.with_user(desk).action_end_sharing()
        self.assertFalse(self.child.purse_id)

    def test_marketing_and_other_clinics_answer_nothing(self):
        share = self.Share._ask(self.child, self.head)
        marketing = new_test_user(self.env, 'm1', groups='healthcare_crm.group_marketing')
        with self.assertRaises(AccessError):
            share.with_user(marketing).action_agree()
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        self.child.partner_id.company_id = elsewhere
        desk = new_test_user(self.env, 'desk1', groups='healthcare_crm.group_reception')
        with self.assertRaises(AccessError):
            share.with_user(desk).action_agree()


@tagged('post_install', '-at_install')
class TestFamilyPage(FamilyCase, HttpCase):
    """What a family does by its links."""

    def post(self, asker, **form):
        patient = asker.partner_id
        key = patient.sudo()._sign_benefit_key(patient)
        path = patient._get_benefits_path()
        return self.url_open(path, data={'key': key, **form}, allow_redirects=False).status_code

    def page(self, card):
        return self.url_open(card.partner_id._get_benefits_path()).text

    def test_the_head_agrees(self):
        share = self.Share._ask(self.child, self.head)
        self.assertIn("Lin Child", self.page(self.head))
        self.assertEqual(self.post(self.head, action='share_agree', share=share.id), 303)
        self.assertEqual(self.child.purse_id, self.head)
        self.assertEqual(share.method, 'link')
        self.assertIn("Lin Father", self.page(self.child))
        self.assertEqual(self.post(self.head, action='share_agree', share=share.id), 422)

    def test_the_head_declines(self):
        share = self.Share._ask(self.child, self.head)
        self.post(self.head, action='share_decline', share=share.id)
        self.assertEqual(share.state, 'declined')
        self.assertFalse(self.child.purse_id)

    def test_either_ends_it(self):
        self.share()
        self.assertEqual(self.post(self.child, action='share_end', card=self.child.id), 303)
        self.assertFalse(self.child.purse_id)
        self.share()
        share = self.child.share_ids.filtered(lambda one: one.state == 'shared')
        self.assertEqual(self.post(self.head, action='share_end', share=share.id), 303)
        self.assertFalse(self.child.purse_id)

    def test_nobody_answers_for_others(self):
        share = self.Share._ask(self.child, self.head)
        stranger = self.make_member(name="Chen Yu")
        for card in (self.child, stranger):
            for action in ('share_agree', 'share_decline', 'share_end'):
                self.assertEqual(self.post(card, action=action, share=share.id), 422)
        self.assertEqual(share.state, 'asked')
        share._agree('desk')
        self.assertEqual(self.post(stranger, action='share_end', card=self.child.id), 422)
        self.assertEqual(self.post(stranger, action='share_end', share='²'), 422)
        self.assertEqual(self.child.purse_id, self.head)
