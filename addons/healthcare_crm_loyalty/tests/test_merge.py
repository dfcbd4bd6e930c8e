from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestMerge(LoyaltyCase):
    """Two records of one member have one card, and two again when that was wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls.make_member(name="Nguyễn Văn An")
        cls.gone = cls.make_member(name="Nguyen Van An")
        cls.kept._give(10, description="Visit")
        cls.gone._give(7, description="Visit", expires_on='2099-01-01')

    def merge(self):
        return self.gone.partner_id._merge_into(self.kept.partner_id)

    def undo(self, merge):
        merge.action_undo()
        self.env.invalidate_all()
        self.assertFalse(merge.not_restored)
        self.assertEqual(self.gone.partner_id, merge.merged_id)
        self.assertTrue(self.gone.active)

    def visit(self, patient, day):
        return self.make_appointment(
            patient,
            datetime(2026, 3, day, 5),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )

    def snapshot(self):
        self.env.flush_all()
        self.env.invalidate_all()
        cards = self.kept | self.gone
        return [
            cards.read(['points', 'owed', 'active', 'joined_on', 'tier_id', 'partner_id']),
            [card.history_ids.sorted('id').read(['remaining', 'issued', 'used']) for card in cards],
        ]

    def test_nothing_is_lost_and_undoing_gives_all_of_it_back(self):
        self.gone._spend(2, description="Soap")
        gold = self.env['healthcare.loyalty.tier'].create(
            {'program_id': self.program.id, 'name': "Gold", 'rank': 3}
        )
        self.gone._invite(gold)
        self.gone.joined_on = '2019-05-05'
        before = self.snapshot()
        merge = self.merge()
        self.env.invalidate_all()
        self.assertBalance(self.kept, 15)
        self.assertEqual(self.kept.tier_id, gold)
        self.assertEqual(str(self.kept.joined_on), '2019-05-05')
        self.assertBalance(self.gone, 0)
        self.assertFalse(self.gone.active)
        self.assertEqual(self.gone._follow_merges(), self.kept)
        self.assertEqual(len(self.kept.history_ids), 3)
        merge.action_undo()
        self.assertFalse(merge.not_restored)
        self.assertEqual(self.snapshot(), before)

    def test_the_points_of_who_left_come_along(self):
        self.gone._leave()
        before = self.snapshot()
        merge = self.merge()
        self.env.invalidate_all()
        self.assertBalance(self.kept, 17)
        self.assertTrue(self.kept.active)
        self.assertFalse(self.gone.left_on)
        merge.action_undo()
        self.assertEqual(self.snapshot(), before)
        self.assertTrue(self.gone.left_on)

    def test_who_left_is_a_member_by_the_other_card(self):
        self.kept._leave()
        self.merge()
        self.env.invalidate_all()
        self.assertBalance(self.kept, 17)
        self.assertTrue(self.kept.active)
        self.assertFalse(self.kept.left_on)

    def test_nobody_joins_again_beside_another_card(self):
        self.gone._leave()
        self.gone.partner_id = self.kept.partner_id
        with self.assertRaisesRegex(UserError, "a member already"):
            self.gone.action_join_again()

    def test_visits_earn_nothing_twice(self):
        visit = self.visit(self.gone.partner_id, 2)
        self.process()
        self.merge()
        self.process()
        self.assertBalance(self.kept, 27)
        visit.appointment_status = 'cancelled'
        self.process()
        self.assertBalance(self.kept, 17)

    def test_visits_of_who_was_no_member_earn_then(self):
        stranger = self.make_patient()
        self.visit(stranger, 2)
        self.process()
        merge = stranger._merge_into(self.kept.partner_id)
        self.process()
        self.assertBalance(self.kept, 20)
        merge.action_undo()
        self.process()
        self.assertBalance(self.kept, 10)

    def test_what_was_settled_before_is_not_paid_by_the_rules_of_today(self):
        self.visit(self.kept.partner_id, 1)
        self.process()
        self.kept._block("Lost")
        self.visit(self.kept.partner_id, 2)
        self.process()
        self.kept.action_unblock()
        self.kept._leave()
        self.visit(self.kept.partner_id, 3)
        self.process()
        self.kept._join_again()
        self.process()
        self.assertBalance(self.kept, 20)
        self.env['healthcare.loyalty.earning'].create(
            {
                'program_id': self.program.id,
                'name': "New",
                'event': 'visit',
                'points': 100,
                'date_from': False,
            }
        )
        merge = self.make_patient()._merge_into(self.kept.partner_id)
        self.process()
        self.assertBalance(self.kept, 20)
        merge.action_undo()
        self.process()
        self.assertBalance(self.kept, 20)

    def test_who_joined_earlier_for_a_while(self):
        self.kept.joined_on = '2026-06-01'
        theirs = self.visit(self.gone.partner_id, 3)
        theirs.appointment_status = 'booked'
        self.process()
        merge = self.merge()
        theirs.appointment_status = 'fulfilled'
        self.visit(self.kept.partner_id, 2)
        self.process()
        self.assertBalance(self.kept, 37)
        self.env.flush_all()
        self.undo(merge)
        self.process()
        self.assertBalance(self.kept, 10)
        self.assertBalance(self.gone, 17)

    def test_the_card_of_who_was_no_member_just_moves(self):
        stranger = self.make_patient()
        merge = self.gone.partner_id._merge_into(stranger)
        self.assertEqual(self.gone.partner_id, stranger)
        self.assertBalance(self.gone, 7)
        self.undo(merge)
        self.assertBalance(self.gone, 7)

    def test_what_was_earned_since_goes_to_who_came(self):
        merge = self.merge()
        mine = self.visit(self.kept.partner_id, 2)
        theirs = self.visit(self.kept.partner_id, 3)
        self.process()
        self.assertBalance(self.kept, 37)
        self.env.flush_all()
        self.undo(merge)
        theirs.patient_id = self.gone.partner_id
        self.process()
        self.assertBalance(self.kept, 20)
        self.assertBalance(self.gone, 17)
        self.assertEqual(mine.patient_id, self.kept.partner_id)

    def test_what_was_spent_since_is_paid_with_own_points(self):
        merge = self.merge()
        self.env.invalidate_all()
        # the oldest first: those of the other one are last, having all the time in the world
        self.kept._spend(12, description="Soap")
        self.assertBalance(self.kept, 5)
        self.undo(merge)
        self.assertBalance(self.gone, 7)
        self.assertBalance(self.kept, 0)
        self.assertEqual(self.kept.owed, 2)
        self.assertFalse(self.Card._find_doubtful(self.program))

    def test_what_was_returned_since(self):
        spent = self.gone._spend(3, description="Soap")
        merge = self.merge()
        self.env.invalidate_all()
        self.kept._refund(spent, description="Soap")
        both = self.kept._spend(12, description="Soap")
        self.kept._refund(both, description="Soap")
        self.assertBalance(self.kept, 17)
        self.undo(merge)
        self.assertBalance(self.gone, 7)
        self.assertBalance(self.kept, 10)
        self.assertFalse(self.kept.owed)

    def test_what_expired_or_was_taken_back_since(self):
        visit = self.visit(self.gone.partner_id, 2)
        self.process()
        merge = self.merge()
        self.env.invalidate_all()
        visit.appointment_status = 'cancelled'
        self.process()
        self.kept.history_ids.filtered(lambda one: one.issued == 7).expires_on = '2026-01-01'
        self.Card._expire_all(self.program._get_today(), self.program)
        self.assertBalance(self.kept, 10)
        self.undo(merge)
        self.process()
        self.assertBalance(self.gone, 0)
        self.assertBalance(self.kept, 10)

    def test_debts_are_paid_and_given_back(self):
        lost = self.gone._give(5, 'earn', description="Visit")
        self.gone._spend(12, description="Soap")
        self.Card._claw_back(lost.ids)
        self.assertEqual(self.gone.owed, 5)
        before = self.snapshot()
        merge = self.merge()
        self.env.invalidate_all()
        self.assertBalance(self.kept, 5)
        self.assertFalse(self.kept.owed)
        merge.action_undo()
        self.assertEqual(self.snapshot(), before)

    def test_a_stolen_card_stays_blocked(self):
        self.gone._block("Stolen")
        merge = self.merge()
        self.env.invalidate_all()
        self.assertTrue(self.kept.is_blocked)
        self.assertEqual(self.kept.block_reason, "Stolen")
        self.undo(merge)
        self.assertFalse(self.kept.is_blocked)
        self.assertTrue(self.gone.is_blocked)

    def give_bonuses(self, cards):
        """Give for joining, and for a birthday of yesterday."""
        self.process()
        line = self.env['healthcare.loyalty.earning']
        for event in ('joining', 'birthday'):
            line.create(
                {
                    'program_id': self.program.id,
                    'name': event,
                    'event': event,
                    'points': 5,
                    'date_from': False,
                }
            )
        today = self.program._get_today()
        cards.partner_id.birth_date = today - relativedelta(years=33, days=1)
        self.Cause._note('card', cards.ids)
        self.Cause._note('birthday', cards.partner_id.ids)
        self.process()

    def test_one_bonus_for_joining_and_for_a_birthday(self):
        self.give_bonuses(self.kept | self.gone)
        before = self.snapshot()
        self.assertBalance(self.kept, 20)
        self.assertBalance(self.gone, 17)
        merge = self.merge()
        self.env.invalidate_all()
        self.assertBalance(self.kept, 27)
        self.assertFalse(self.kept.owed)
        self.assertFalse(self.Card._find_doubtful(self.program))
        merge.action_undo()
        self.assertFalse(merge.not_restored)
        self.assertEqual(self.snapshot(), before)

    def test_a_bonus_of_the_merged_record_is_not_given_again(self):
        self.give_bonuses(self.gone)
        before = self.snapshot()
        merge = self.merge()
        self.Cause._note('card', self.kept.ids)
        self.Cause._note('birthday', self.kept.partner_id.ids)
        self.process()
        self.assertBalance(self.kept, 27)
        merge.action_undo()
        self.env.invalidate_all()
        self.assertEqual(self.snapshot(), before)

    def test_a_bonus_in_the_purse_of_a_family(self):
        head = self.make_member(name="Nguyễn Head")
        self.gone.purse_id = head
        self.give_bonuses(self.kept | self.gone)
        self.assertBalance(head, 10)
        # that of joining, years ago, has expired
        head._spend(3, description="Soap")
        merge = self.merge()
        self.env.invalidate_all()
        self.assertFalse(self.Card._find_doubtful(self.program))
        self.assertEqual((head.points, head.owed), (0, 3))
        self.undo(merge)
        self.assertEqual((head.points, head.owed), (2, 0))
        self.assertFalse(self.Card._find_doubtful(self.program))

    def test_other_memberships_are_left_alone(self):
        other = self.make_membership(name="Other")
        card = other._join(self.gone.partner_id)
        card._give(3, description="Visit")
        self.merge()
        self.assertEqual(card.partner_id, self.kept.partner_id)
        self.assertBalance(card, 3)
        self.assertBalance(self.kept, 17)

    def test_the_printed_card_of_the_merged_record_still_opens(self):
        self.merge()
        found = self.env['healthcare.loyalty.desk']._scan(self.gone.code)
        self.assertEqual(found['card'], self.kept)

    def test_who_shared_the_points_of_the_merged_record_pays_alone(self):
        home = self.env['healthcare.household'].create({'name': "Home"})
        (self.kept | self.gone).partner_id.household_id = home
        self.kept._share(self.gone)
        self.assertBalance(self.gone, 17)
        merge = self.merge()
        self.env.invalidate_all()
        self.assertFalse(self.kept.purse_id)
        self.assertBalance(self.kept, 17)
        self.undo(merge)
        self.assertEqual(self.kept.purse_id, self.gone)
        self.assertBalance(self.gone, 17)

    def ask(self, card, purse):
        (card | purse).partner_id.household_id = self.env['healthcare.household'].create(
            {'name': "Nguyễn"}
        )
        return self.env['healthcare.loyalty.share']._ask(card, purse)

    def test_both_had_asked_to_share_the_points_of_somebody(self):
        aunt, uncle = (self.make_member(name=name) for name in ("Aunt", "Uncle"))
        kept, gone = self.ask(self.kept, aunt), self.ask(self.gone, uncle)
        merge = self.merge()
        self.env.invalidate_all()
        self.assertEqual((kept.state, gone.state), ('asked', 'ended'))
        self.undo(merge)
        self.assertEqual((kept.state, gone.state), ('asked', 'asked'))
        self.assertEqual(gone.card_id, self.gone)

    def test_both_shared_the_points_of_somebody(self):
        aunt, uncle = (self.make_member(name=name) for name in ("Aunt", "Uncle"))
        kept, gone = self.ask(self.kept, aunt), self.ask(self.gone, uncle)
        (kept | gone)._agree('desk')
        self.merge()
        self.env.invalidate_all()
        self.assertEqual((kept.state, gone.state), ('shared', 'ended'))
        self.assertEqual(self.kept.purse_id, aunt)
        self.assertBalance(aunt, 10)
        self.assertBalance(uncle, 7)

    def test_one_shared_the_points_of_the_other(self):
        share = self.ask(self.gone, self.kept)
        share._agree('desk')
        merge = self.merge()
        self.env.invalidate_all()
        self.assertEqual(share.state, 'ended')
        self.assertFalse(self.kept.purse_id)
        self.undo(merge)
        self.assertEqual((share.state, self.gone.purse_id), ('shared', self.kept))

    def test_families_make_no_chain(self):
        aunt, child = (self.make_member(name=name) for name in ("Aunt", "Child"))
        self.ask(self.kept, aunt)._agree('desk')
        share = self.ask(child, self.gone)
        share._agree('desk')
        merge = self.merge()
        self.env.invalidate_all()
        self.assertEqual(self.kept.purse_id, aunt)
        self.assertFalse(child.purse_id)
        self.assertEqual(share.state, 'ended')
        self.undo(merge)
        self.assertEqual((share.state, child.purse_id), ('shared', self.gone))
