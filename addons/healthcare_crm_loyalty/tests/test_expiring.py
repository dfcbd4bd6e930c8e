from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged

from .common import JOBS, LoyaltyCase


@tagged('post_install', '-at_install')
class TestExpiring(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.make_member()
        cls.other = cls.make_member(name="Trần Thị Bình")
        cls.other._give(7, description="Welcome")

    def days(self, number):
        return self.program._get_today() + timedelta(days=number)

    def give(self, points, last_day):
        return self.card._give(points, description="Visit", expires_on=self.days(last_day))

    def find(self, *domain):
        return self.Card.search([('program_id', '=', self.program.id), *domain])

    def announce(self, after=0):
        today = self.days(after)
        with patch.object(type(self.program), '_get_today', lambda _program: today):
            return self.Card._announce_expiring(self.program)

    def test_what_expires_within_the_days_of_the_announcement(self):
        self.give(1, 0)
        self.give(2, 30)
        self.give(4, 31)
        self.assertEqual(self.card.points_expiring, 3)
        self.assertEqual(self.card.points_expiring_on, self.days(0))
        self.card._spend(1, description="Soap")
        self.assertEqual(self.card.points_expiring, 2)
        self.assertEqual(self.card.points_expiring_on, self.days(30))
        self.assertFalse(self.other.points_expiring or self.other.points_expiring_on)

    def test_cards_are_found_by_it(self):
        self.give(5, 3)
        both = self.card | self.other
        for domain, found in (
            (('points_expiring', '>', 0), self.card),
            (('points_expiring', '>', 5), self.Card),
            (('points_expiring', '<=', 4), self.other),
            (('points_expiring', '<', 6), both),
            (('points_expiring', '=', 0), self.other),
            (('points_expiring', '!=', 0), self.card),
            (('points_expiring', '=', 5), self.card),
            (('points_expiring_on', '=', False), self.other),
            (('points_expiring_on', '!=', False), self.card),
            (('points_expiring_on', '<=', self.days(3)), self.card),
            (('points_expiring_on', '<', self.days(3)), self.Card),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(self.find(domain), found)

    def test_members_are_told_once_and_before(self):
        self.give(5, 30)
        with patch.object(type(self.Card), '_tell_expiring') as tell:
            self.assertEqual(self.announce(), self.card)
            self.assertEqual(tell.call_count, 1)
            self.assertFalse(self.announce())
            self.assertEqual(tell.call_count, 1)
        self.assertEqual(self.card.expiry_told_on, self.days(0))

    def test_what_comes_a_few_days_later_waits_a_week(self):
        self.give(5, 30)
        self.announce()
        self.give(5, 33)
        self.assertFalse(self.announce(after=4))
        self.assertEqual(self.announce(after=7), self.card)
        self.assertFalse(self.announce(after=20))

    def test_what_expires_within_the_week_waits_for_nothing(self):
        self.program.notice_days = 3
        self.give(5, 3)
        self.assertEqual(self.announce(), self.card)
        self.give(5, 5)
        self.assertEqual(self.announce(after=2), self.card)
        self.assertFalse(self.announce(after=3))

    def test_what_came_after_the_announcement_and_expires_before(self):
        self.give(5, 30)
        self.announce()
        self.give(5, 20)
        self.assertFalse(self.announce(after=1))
        self.assertEqual(self.announce(after=7), self.card)
        self.assertFalse(self.announce(after=14))

    def test_what_was_spent_is_not_announced(self):
        self.give(5, 30)
        self.card._spend(5, description="Soap")
        self.assertFalse(self.announce())

    def test_nobody_is_told_after_they_have_left(self):
        self.give(5, 30)
        self.card.active = False
        self.assertFalse(self.announce())

    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_loyalty_daily').method_direct_trigger()

    def test_points_of_an_archived_membership_expire(self):
        self.give(5, 30).expires_on = self.days(-1)
        self.give(5, 30)
        self.program.active = False
        self.run_job()
        self.assertBalance(self.card, 5)
        self.assertFalse(self.card.expiry_told_on)

    def test_a_step_that_meets_a_desk_begins_anew(self):
        self.give(5, 30)
        answers = [SerializationFailure(), SerializationFailure(), 0]
        with patch.object(type(self.Card), '_recompute_tiers', side_effect=answers) as step:
            self.run_job()
        self.assertEqual(step.call_count, 3)
        self.assertEqual(self.card.expiry_told_on, self.days(0))

    def test_a_step_that_fails_keeps_no_other_from_being_done(self):
        self.give(5, 30)
        other = self.make_membership(name="Other")
        with (
            patch.object(type(self.Card), '_recompute_tiers', side_effect=ValueError) as step,
            self.assertLogs('odoo.addons.healthcare_crm_loyalty.steps', 'ERROR'),
            # Odoo would stop a job that keeps failing
            self.assertNoLogs(JOBS, 'ERROR'),
        ):
            self.run_job()
        self.assertEqual({call.args[0] for call in step.call_args_list}, {self.program, other})
        self.assertEqual(self.card.expiry_told_on, self.days(0))

    def test_the_nightly_run_does_all_of_it(self):
        self.give(5, 30)
        self.give(5, 30).expires_on = self.days(-1)
        self.run_job()
        self.assertBalance(self.card, 5)
        self.assertEqual(self.card.expiry_told_on, self.days(0))
