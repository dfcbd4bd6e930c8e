from datetime import date, timedelta
from decimal import Decimal
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import LoyaltyCase

POINTS = st.integers(1, 40)
FIRST_DAY = date(2026, 1, 1)
LOGGER = 'odoo.addons.healthcare_crm_loyalty.models.loyalty_card_check'
STEPS = st.one_of(
    st.tuples(st.just('earn'), POINTS),
    st.tuples(st.just('spend'), POINTS),
    st.tuples(st.just('refund'), st.integers(0, 9)),
    st.tuples(st.just('undo'), st.integers(0, 9)),
    st.tuples(st.just('wait'), st.integers(1, 60)),
)


class Naive:
    """The same rules, written as one would with pen and paper: every point is a coin.

    A coin is ``[lot, last day]``; a lot is the number of the earning that gave it.
    """

    VALID, NOTICE = 90, 30

    def __init__(self):
        self.today = FIRST_DAY
        self.coins = []
        self.owed = 0
        self.lots = 0
        self.spent = {}
        self.taken = {}
        self.undone = set()

    def wait(self, days):
        self.today += timedelta(days=days)

    def expire(self):
        self.coins = [coin for coin in self.coins if coin[1] >= self.today]

    def earn(self, points, last_day=None):
        lot, self.lots = self.lots, self.lots + 1
        last_day = last_day or self.today + timedelta(days=self.VALID)
        self.coins += [(lot, last_day)] * points
        self.settle()
        return lot

    def settle(self):
        if paid := min(self.owed, len(self.coins)):
            self.expire()
            paid = min(paid, len(self.coins))
            self.owed -= paid
            self._take(paid)

    def _take(self, points):
        self.coins.sort(key=lambda coin: (coin[1], coin[0]))
        taken, self.coins = self.coins[:points], self.coins[points:]
        for lot, _last_day in taken:
            self.taken[lot] = self.taken.get(lot, 0) + 1
        return taken

    def spend(self, points):
        if sum(coin[1] >= self.today for coin in self.coins) < points:
            return None
        self.expire()
        return self._take(points)

    def refund(self, taken):
        back = [coin for coin in taken if coin[1] >= self.today]
        for lot, _last_day in back:
            self.taken[lot] -= 1
        self.coins += back
        self.lots += 1
        self.coins += [(self.lots - 1, self.today + timedelta(days=self.NOTICE))] * (
            len(taken) - len(back)
        )
        self.settle()

    def undo(self, lot):
        self.coins = [coin for coin in self.coins if coin[0] != lot]
        self.owed += self.taken.get(lot, 0)
        self.settle()


@tagged('post_install', '-at_install')
class TestLedger(LoyaltyCase):
    """Whatever happens in whatever order, points are what they are with pen and paper."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.make_member()

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )
    @given(st.lists(STEPS, min_size=3, max_size=14))
    def test_the_same_as_with_pen_and_paper(self, steps):
        with self.env.cr.savepoint() as savepoint:
            self.play(steps)
            savepoint.rollback()
        self.env.invalidate_all()

    def play(self, steps):
        naive = Naive()
        earned, spent, undone, refunded = [], [], set(), set()
        Program = type(self.program)
        with (
            patch.object(Program, '_get_today', lambda _program: naive.today),
            patch.object(
                Program,
                '_get_last_day',
                lambda _program: naive.today + timedelta(days=Naive.VALID),
            ),
        ):
            for what, number in steps:
                if what == 'earn':
                    movement = self.card._give(number, 'earn', description="Visit")
                    earned.append((movement, naive.earn(number)))
                elif what == 'wait':
                    naive.wait(number)
                elif what == 'spend':
                    self.spend(naive, number, spent)
                elif what == 'refund' and number < len(spent):
                    movement, coins = spent[number]
                    if number in refunded:
                        with self.assertRaises(UserError):
                            self.card._refund(movement, description="Soap")
                    else:
                        refunded.add(number)
                        naive.refund(coins)
                        self.card._refund(movement, description="Soap")
                elif what == 'undo' and number < len(earned):
                    movement, lot = earned[number]
                    if number not in undone:
                        naive.undo(lot)
                    undone.add(number)
                    self.Card._claw_back(movement.ids)
                self.assertBalance(self.card, len(naive.coins))
                self.assertEqual(self.card.owed, naive.owed)
            naive.expire()
            self.Card._expire_all(naive.today, self.program)
            self.assertBalance(self.card, len(naive.coins))
        self.assertFalse(self.Card._find_doubtful(self.program))

    def spend(self, naive, points, spent):
        coins = naive.spend(points)
        if coins is None:
            with self.assertRaises(UserError):
                self.card._spend(points, description="Soap")
        else:
            spent.append((self.card._spend(points, description="Soap"), coins))

    def test_faults_are_found_and_marked_until_they_are_mended(self):
        other = self.make_member(name="Trần Thị Bình")
        for card in (self.card, other):
            card._give(10, description="Visit")
        spent = self.card._spend(4, description="Soap")
        self.assertFalse(self.Card._check_ledger(self.program))
        lot = self.card.history_ids.filtered('issued')
        for fault in (
            SQL('UPDATE loyalty_card SET points = points + 1 WHERE id = %s', self.card.id),
            SQL('UPDATE loyalty_history SET issued = 11 WHERE id = %s', lot.id),
            SQL('UPDATE loyalty_history SET remaining = 5 WHERE id = %s', lot.id),
            SQL('DELETE FROM loyalty_history WHERE id = %s', spent.id),
            SQL('DELETE FROM healthcare_loyalty_allocation WHERE history_id = %s', spent.id),
            SQL('UPDATE healthcare_loyalty_allocation SET points = 3.99'),
        ):
            with self.subTest(fault=fault.code):
                self.env.flush_all()
                with self.env.cr.savepoint() as savepoint:
                    self.env.cr.execute(fault)
                    with mute_logger(LOGGER):
                        self.assertEqual(self.Card._check_ledger(self.program), self.card.ids)
                    self.assertTrue(self.card.is_doubtful)
                    self.assertFalse(other.is_doubtful)
                    savepoint.rollback()
                self.env.invalidate_all()
        self.card.is_doubtful = True
        self.assertFalse(self.Card._check_ledger(self.program))
        self.assertFalse(self.card.is_doubtful)

    def test_what_is_owed_in_fractions_is_paid_when_points_became_whole(self):
        self.program.whole_points = False
        movement = self.card._give(1.5, 'earn', description="Visit")
        self.card._spend(Decimal('1.5'), description="Soap")
        self.Card._claw_back(movement.ids)
        self.program.whole_points = True
        self.card._give(2, description="Visit")
        self.assertBalance(self.card, 0.5)
        self.assertFalse(self.card.owed)
