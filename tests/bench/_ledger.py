"""Eight who use one family's points at the same moment, and what must be true after all of it."""

import logging
import multiprocessing
import random
import time
from collections import Counter
from functools import partial
from types import SimpleNamespace

from psycopg2 import OperationalError

from odoo import api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service import model
from odoo.service.model import retrying
from odoo.tools import SQL

from tests.bench import DATABASE, forget_connections

WRITERS = 8
#: Points that the card has at first, pieces of the reward, and uses of the coupon: soon too few.
POINTS, STOCK, USES = 2000, 100, 300


# ---------------------------------------------------------------- what one of them does


class Moves:
    """What is done with a card; each returns how many points, or coupons, that were."""

    def __init__(self, env, ids, chance):
        self.env = env
        self.chance = chance
        card = env['loyalty.card']
        self.purse, self.coupon = card.browse(ids['purse']), card.browse(ids['coupon'])
        # one who shares the points as often as the one whose they are
        self.card = card.browse(ids[chance.choice(['purse', 'shared'])])
        self.reward = env['loyalty.reward'].browse(ids['reward'])

    def spend(self):
        return self.card._spend(self.chance.randint(3, 10), description="Soap").used

    def earn(self):
        return self.card._give(10, 'earn', description="Visit").issued

    def refund(self):
        spent = self._one_of('loyalty.history', "kind = 'spend' AND order_model IS NULL")
        card = spent.by_card_id or spent.card_id
        return card._refund(spent, description="Soap").issued if spent else 0

    def claw_back(self):
        self.env['loyalty.card']._claw_back(self._one_of('loyalty.history', "kind = 'earn'").ids)
        return 0

    def reserve(self):
        return self.card._reserve(self.reward).points

    def hand_over(self):
        self._one_of('healthcare.loyalty.redemption', 'TRUE')._hand_over()
        return 0

    def take_back(self):
        redemption = self._one_of('healthcare.loyalty.redemption', 'TRUE')
        redemption._take_back()
        return redemption.points

    def use_coupon(self):
        self.coupon.with_user(self.env.ref('base.user_admin'))._redeem_coupon()
        return 1

    def _one_of(self, name, which):
        """Return any one of the card's records, used up or not."""
        records = self.env[name]
        rows = self.env.execute_query(
            SQL(
                'SELECT id FROM %s WHERE card_id IN %s AND %s',
                SQL.identifier(records._table),
                (self.purse.id, self.card.id),
                SQL(which),
            )
        )
        if not rows:
            raise UserError("Nothing was done yet.")
        return records.browse(self.chance.choice(rows))


#: How often each is done, of 20 times.
SHARES = {
    'spend': 6,
    'earn': 3,
    'refund': 3,
    'claw_back': 1,
    'reserve': 3,
    'hand_over': 1,
    'take_back': 2,
    'use_coupon': 1,
}


def writer(number, ids, rounds, results):
    """Do something with the card again and again, as one of several who do."""
    forget_connections()
    # whoever comes too late begins anew: that is no error here
    logging.getLogger('odoo.sql_db').setLevel(logging.CRITICAL)
    # a person waits for seconds before the next try; here the others are to be met soon
    model.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 20))
    chance = random.Random(number)
    done = Counter()
    for _round in range(rounds):
        [what] = chance.choices(list(SHARES), SHARES.values())
        with Registry(DATABASE).cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            try:
                done[what] += retrying(partial(_move, env, ids, chance, what), env)
                done['done'] += 1
            except UserError:
                cr.rollback()
                done['refused'] += 1
            except OperationalError:
                # given up after as many tries as a request has
                cr.rollback()
                done['given_up'] += 1
    results.put(done)


def _move(env, ids, chance, what):
    return getattr(Moves(env, ids, chance), what)()


# ---------------------------------------------------------------- all of them


def prepare(env, program, cards):
    """Give a card points, a relative, a reward and a coupon; return the ids of all that."""
    purse, shared = cards
    shared.purse_id = purse
    purse._give(POINTS, description="Bench")
    reward = env['loyalty.reward'].create(
        {
            'program_id': program.id,
            'benefit': 'good',
            'description': "Soap",
            'required_points': 20,
            'is_limited': True,
            'stock': STOCK,
        }
    )
    batch = env['healthcare.coupon.batch'].create(
        {
            'name': "Bench",
            'kind': 'single',
            'benefit_kind': 'gift',
            'gift': "Soap",
            'limit_total': USES,
            'limit_person': 0,
            'stacking': 'free',
        }
    )
    batch.action_give_out()
    coupon = batch.card_ids
    env.cr.commit()
    return {'purse': purse.id, 'shared': shared.id, 'reward': reward.id, 'coupon': coupon.id}


def overspend(env, program, cards, rounds):
    """Let eight use one card at once for more than it has; return what came of it."""
    ids = prepare(env, program, cards)
    purse = env['loyalty.card'].browse(ids['purse'])
    had = purse.points
    results = multiprocessing.Queue()
    writers = [
        multiprocessing.Process(target=writer, args=(number, ids, rounds, results))
        for number in range(WRITERS)
    ]
    start = time.monotonic()
    for one in writers:
        one.start()
    done = sum((results.get() for _writer in writers), Counter())
    for one in writers:
        one.join()
    done['seconds'] = time.monotonic() - start
    env.cr.rollback()
    env.invalidate_all()
    return done | judge(env, ids, had, done)


def judge(env, ids, had, done):
    """Return how much more was had than there was, and how much got lost."""
    purse = env['loyalty.card'].browse(ids['purse'])
    reward = env['loyalty.reward'].browse(ids['reward'])
    coupon = env['loyalty.card'].browse(ids['coupon'])
    [(taken_back,)] = env.execute_query(
        SQL(
            "SELECT COALESCE(SUM(used), 0) FROM loyalty_history "
            "WHERE card_id = %s AND kind = 'clawback'",
            purse.id,
        )
    )
    # by what the eight say that they did
    left = had + done['earn'] + done['refund'] + done['take_back'] - taken_back
    left -= done['spend'] + done['reserve']
    given_out = reward.reserved_count + reward.redeemed_count
    return {
        'overspent': max(0, -left, -purse.points)
        + max(0, given_out - STOCK, -reward.stock)
        + max(0, coupon.batch_id.used - USES),
        'lost': abs(left - purse.points)
        + abs(STOCK - given_out - reward.stock)
        + abs(coupon.batch_id.used - done['use_coupon']),
    }


def lot_differences(env):
    """Return in how many lots what is left and what was taken is not what was given."""
    [(count,)] = env.execute_query(
        SQL(
            """
            SELECT COUNT(*) FROM loyalty_history lot
         LEFT JOIN (
                   SELECT lot_id, SUM(points) AS points FROM healthcare_loyalty_allocation
                 GROUP BY lot_id
                   ) taken ON taken.lot_id = lot.id
             WHERE ROUND(COALESCE(taken.points, 0)::numeric, 2) NOT BETWEEN 0 AND lot.issued
                OR lot.remaining NOT BETWEEN 0 AND lot.issued
                OR (lot.kind = 'earn' AND lot.is_reversed IS NOT TRUE AND lot.expires_on >= now()
                    AND ROUND((lot.remaining + COALESCE(taken.points, 0))::numeric, 2)
                        <> lot.issued)
            """
        )
    )
    return count
