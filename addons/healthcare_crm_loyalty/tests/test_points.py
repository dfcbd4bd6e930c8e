from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestPoints(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.card = self.make_member()

    def days(self, number):
        return self.program._get_today() + timedelta(days=number)

    def give(self, points, **values):
        return self.card._give(points, description="Welcome", **values)

    def test_the_oldest_points_go_first(self):
        late = self.give(10, expires_on=self.days(300))
        soon = self.give(10, expires_on=self.days(3))
        self.card._spend(15, description="Soap")
        self.assertEqual([soon.remaining, late.remaining], [0, 5])
        self.assertBalance(self.card, 5)

    def test_what_expired_is_not_there_though_the_daily_job_did_not_run(self):
        lot = self.give(10)
        self.give(5)
        lot.expires_on = self.days(-1)
        self.card.invalidate_recordset()
        self.assertEqual((self.card.points, self.card.balance), (15, 5))
        self.card._expire(self.days(0))
        self.assertEqual((self.card.points, self.card.balance), (5, 5))

    def test_a_card_that_does_not_add_up_says_so(self):
        self.give(5)
        self.env.flush_all()
        self.env.cr.execute('UPDATE loyalty_card SET points = 50 WHERE id = %s', self.card.ids)
        self.card.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "does not add up"), self.env.cr.savepoint():
            self.card._spend(20, description="Soap")

    def test_nothing_is_told_of_nothing(self):
        visit = self.make_appointment(
            self.card.partner_id,
            fields.Datetime.now() - timedelta(days=1),
            appointment_status='fulfilled',
            company_id=self.company.id,
        )
        self.process()
        self.card._spend(10, description="Soap")
        visit.appointment_status = 'noshow'
        self.process()
        told = [one['points'] for one in self.card._prepare_history_benefit(9)]
        self.assertEqual(told, ["−10", "+10"])
        self.assertEqual(self.card.owed, 10)

    def test_never_more_than_there_is(self):
        self.give(10)
        with self.assertRaisesRegex(UserError, "11 points.*has 10"):
            self.card._spend(11, description="Soap")
        self.assertBalance(self.card, 10)

    def test_expired_points_cannot_be_spent(self):
        self.give(10, expires_on=self.days(-1))
        with self.assertRaises(UserError):
            self.card._spend(1, description="Soap")

    def test_points_expire(self):
        self.give(10, expires_on=self.days(-1))
        self.give(7, expires_on=self.days(0))
        self.give(3, expires_on=False)
        self.assertEqual(self.Card._expire_all(self.days(0), self.program), 1)
        self.assertBalance(self.card, 10)
        self.assertEqual(self.Card._expire_all(self.days(0), self.program), 0)

    def test_a_refund_goes_back_to_where_it_came_from(self):
        lot = self.give(10, expires_on=self.days(3))
        spent = self.card._spend(4, description="Soap")
        self.card._refund(spent, description="Soap")
        self.assertEqual(lot.remaining, 10)
        self.assertBalance(self.card, 10)
        with self.assertRaisesRegex(UserError, "already"):
            self.card._refund(spent, description="Soap")

    def test_a_refund_of_expired_points_can_be_used_for_a_while(self):
        lot = self.give(10)
        spent = self.card._spend(4, description="Soap")
        lot.expires_on = self.days(-1)
        refund = self.card._refund(spent, description="Soap")
        self.assertEqual((refund.remaining, refund.expires_on), (4, self.days(30)))
        self.Card._expire_all(self.days(0), self.program)
        self.assertBalance(self.card, 4)

    def test_what_another_card_spent_is_not_refunded_here(self):
        self.give(10)
        spent = self.card._spend(4, description="Soap")
        other = self.make_member(name="Trần Thị Bình")
        with self.assertRaises(UserError):
            other._refund(spent, description="Soap")

    def test_fractions_and_nothing_are_refused(self):
        for points in (0, -1, 0.5, 1.25):
            with self.subTest(points=points), self.assertRaises(UserError):
                self.give(points)
        self.program.whole_points = False
        self.give(0.1)
        self.give(0.2)
        self.card._spend(0.3, description="Soap")
        self.assertBalance(self.card, 0)

    def test_a_correction_by_odoo_itself_is_followed(self):
        self.give(10)
        for balance in (4, 9):
            self.env['loyalty.card.update.balance'].create(
                {'card_id': self.card.id, 'new_balance': balance, 'description': "Counted"}
            ).action_update_card_point()
            self.assertBalance(self.card, balance)

    def test_points_last_as_long_as_the_program_says(self):
        self.program.points_months = 6
        lot = self.give(1)
        self.assertEqual(lot.expires_on, fields.Date.add(self.days(0), months=6))
        self.program.points_months = 0
        self.assertFalse(self.give(1).expires_on)

    def order(self, issued=0, used=0):
        """Do what confirming an order does; return the movement."""
        movement = self.env['loyalty.history'].create(
            {'card_id': self.card.id, 'description': "Order", 'issued': issued, 'used': used}
        )
        self.card.points += issued - used
        return movement

    def cancel(self, movement):
        """Do what cancelling an order does."""
        change = movement.issued - movement.used
        movement.unlink()
        self.card.points -= change
        self.assertFalse(self.Card._find_doubtful(self.program))

    def test_an_order_that_is_cancelled_gives_back_what_it_took(self):
        lot = self.give(10, expires_on=self.days(3))
        self.cancel(self.order(used=4))
        self.assertEqual(lot.remaining, 10)
        self.assertBalance(self.card, 10)

    def test_an_order_that_is_cancelled_takes_back_what_it_gave(self):
        self.cancel(self.order(issued=10))
        self.assertBalance(self.card, 0)
        order = self.order(issued=10, used=0)
        self.give(20)
        spent = self.card._spend(6, description="Soap")
        self.cancel(order)
        self.assertBalance(self.card, 14)
        self.card._refund(spent, description="Soap")
        self.assertBalance(self.card, 20)

    def test_what_a_cancelled_order_gave_and_was_spent_is_owed(self):
        order = self.order(issued=10)
        spent = self.card._spend(6, description="Soap")
        self.cancel(order)
        self.assertBalance(self.card, 0)
        self.assertEqual(self.card.owed, 6)
        self.give(10)
        self.assertBalance(self.card, 4)
        self.card._refund(spent, description="Soap")
        self.assertBalance(self.card, 10)

    def test_what_was_returned_to_a_cancelled_order(self):
        order = self.order(issued=10)
        spent = self.card._spend(6, description="Soap")
        self.card._refund(spent, description="Soap")
        self.cancel(order)
        self.assertBalance(self.card, 0)
        self.assertFalse(self.card.owed)

    def test_more_is_redeemed_on_an_order(self):
        lot = self.give(10)
        order = self.order(used=4)
        order.used += 3
        self.card.points -= 3
        self.assertEqual(lot.remaining, 3)
        self.assertBalance(self.card, 3)
        self.cancel(order)
        self.assertBalance(self.card, 10)
