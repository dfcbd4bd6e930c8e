"""Points of a large clinic: how fast they are given, expire and decide tiers, and whether they add up.

script/bench loyalty
script/bench loyalty --members 20000 --visits 10000 --rounds 100     to try something out
"""

import argparse
import multiprocessing
import random
import time

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import SQL

from tests.bench import DATABASE, environment, figure, forget_connections
from tests.bench import _clinic as clinic

BENCH = 'loyalty'
WRITERS = 8


def membership(env):
    """Return a membership with three tiers and ten points a visit."""
    return env['loyalty.program'].create(
        {
            'name': "Members",
            'program_type': 'loyalty',
            'is_membership': True,
            'company_id': env.company.id,
            'earning_ids': [
                Command.create({'name': "Your visit", 'event': 'visit', 'points': 10})
            ],
            'tier_ids': [
                Command.create({'rank': 1, 'name': "Silver"}),
                Command.create(
                    {'rank': 2, 'name': "Gold", 'entry_value': 30, 'upkeep_value': 20}
                ),
                Command.create(
                    {'rank': 3, 'name': "Jade", 'basis': 'visits', 'entry_value': 4}
                ),
            ],
        }
    )


def members(env, program, count):
    """Insert patients, each a member; return the id of the first and of the last."""
    first, last = clinic.patients(env, count)
    env.cr.execute(
        SQL(
            """
            INSERT INTO loyalty_card (program_id, company_id, partner_id, code, points, owed,
                                      active, joined_on)
            SELECT %s, %s, id, 'bench-' || id, 0, 0, TRUE, '2020-01-01'
              FROM generate_series(%s, %s) id
            """,
            program.id,
            env.company.id,
            first,
            last,
        )
    )
    return first, last


def visits(env, first, count):
    """Insert fulfilled visits of as many patients, and note them as the ORM does."""
    rows = env.execute_query(
        SQL(
            """
            INSERT INTO calendar_event (name, active, is_appointment, patient_id, company_id,
                                        appointment_status, start, stop, privacy, show_as)
            SELECT 'P', TRUE, TRUE, id, %s, 'fulfilled', %s::timestamp - (id %% 300) * '1 day'::interval,
                   %s::timestamp - (id %% 300) * '1 day'::interval, 'private', 'busy'
              FROM generate_series(%s, %s) id RETURNING id
            """,
            env.company.id,
            fields.Datetime.now(),
            fields.Datetime.now(),
            first,
            first + count - 1,
        )
    )
    env['healthcare.loyalty.cause']._note('visit', [id_ for (id_,) in rows])


def earn(env):
    """Give everything that is due, as the cron does; return the seconds it took."""
    start = time.monotonic()
    while env['healthcare.loyalty.cause']._process():
        env.cr.commit()
    env.cr.commit()
    return time.monotonic() - start


def earn_as_core(env, program, first, count):
    """Give points as Odoo's own modules do: the card, then its history; return the seconds."""
    Card = env['loyalty.card'].with_context(loyalty_no_mail=True)
    cards = Card.search(
        [('program_id', '=', program.id), ('partner_id', '>=', first)], limit=count
    )
    start = time.monotonic()
    for card in cards:
        card.points += 10
    env['loyalty.history'].create(
        [
            {'card_id': card.id, 'description': "Your visit", 'issued': 10, 'kind': 'adjust'}
            for card in cards
        ]
    )
    env.flush_all()
    took = time.monotonic() - start
    env.cr.rollback()
    return took


def spender(card_id, points, rounds, results):
    """Spend from one card again and again, as one of several who do."""
    forget_connections()
    spent = 0
    for _round in range(rounds):
        with Registry(DATABASE).cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})

            def spend(env=env):
                env['loyalty.card'].browse(card_id)._spend(points, description="Soap")

            try:
                retrying(spend, env)
                cr.commit()
                spent += points
            except UserError:
                cr.rollback()
            except Exception:  # noqa: BLE001 - given up after as many tries as a request has
                cr.rollback()
    results.put(spent)


def overspend(env, card, rounds):
    """Let several spend from one card at once; return by how much more than it had they could."""
    had = 0
    for _turn in range(max(1, rounds // 100)):
        card._give(50, description="Bench")
        had += 50
        env.cr.commit()
        results = multiprocessing.Queue()
        each = max(1, min(rounds, 100) // WRITERS)
        writers = [
            multiprocessing.Process(target=spender, args=(card.id, random.randint(3, 9), each, results))
            for _writer in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        spent = sum(results.get() for _writer in writers)
        for writer in writers:
            writer.join()
        env.cr.rollback()
        env.invalidate_all()
        had -= spent
    return max(0, -had) + max(0, -card.points)


def difference(env, program):
    """Return for how many cards balance, movements and lots do not agree."""
    [(count,)] = env.execute_query(
        SQL(
            """
            SELECT COUNT(*) FROM loyalty_card card
         LEFT JOIN (SELECT card_id, SUM(issued - used) AS moved, SUM(remaining) AS remaining
                      FROM loyalty_history GROUP BY card_id) movement
                ON movement.card_id = card.id
             WHERE program_id = %s AND (
                   ROUND(COALESCE(moved, 0)::numeric, 2) <> ROUND(points::numeric, 2)
                OR ROUND(COALESCE(remaining, 0)::numeric, 2) <> ROUND(points::numeric, 2))
            """,
            program.id,
        )
    )
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--members', type=int, default=1_000_000)
    parser.add_argument('--visits', type=int, default=100_000)
    parser.add_argument('--rounds', type=int, default=1000, help="of spending by eight at once")
    options = parser.parse_args()
    with environment() as env:
        program = membership(env)
        first, last = members(env, program, options.members)
        visits(env, first, options.visits)
        env.cr.commit()
        for table in ('loyalty_card', 'calendar_event', 'res_partner'):
            env.cr.execute(SQL('ANALYZE %s', SQL.identifier(table)))
        env.cr.commit()
        figure(BENCH, 'points_per_second', options.visits / earn(env), 'visits/s')
        sample = min(options.visits, 5000)
        took = earn_as_core(env, program, last - sample, sample)
        figure(BENCH, 'core_points_per_second', sample / took, 'cards/s')

        for _visit in range(3):
            visits(env, first, options.visits)
        earn(env)
        env.cr.execute('ANALYZE loyalty_history')
        env.cr.execute('ANALYZE calendar_event')
        env.cr.commit()
        start = time.monotonic()
        env['loyalty.card']._recompute_tiers(program)
        env.cr.commit()
        figure(BENCH, 'tier_recompute_first_seconds', time.monotonic() - start, 's')
        visits(env, first + options.visits, options.visits)
        earn(env)
        visits(env, first + options.visits, options.visits)
        visits(env, first + options.visits, options.visits)
        earn(env)
        start = time.monotonic()
        changed = env['loyalty.card']._recompute_tiers(program)
        env.cr.commit()
        figure(BENCH, 'tier_recompute_seconds', time.monotonic() - start, 's')
        figure(BENCH, 'tier_changes', changed, 'members')

        env.cr.execute(
            SQL(
                'UPDATE loyalty_history SET expires_on = %s WHERE card_id IN ('
                'SELECT id FROM loyalty_card WHERE program_id = %s AND partner_id < %s)',
                '2026-01-01',
                program.id,
                first + 100_000,
            )
        )
        env.cr.commit()
        start = time.monotonic()
        while env['loyalty.card']._expire_all(program._get_today(), program):
            env.cr.commit()
        figure(BENCH, 'expire_seconds', time.monotonic() - start, 's')

        card = env['loyalty.card'].search([('program_id', '=', program.id)], limit=1)
        figure(BENCH, 'overspend_rounds', options.rounds, 'rounds')
        figure(BENCH, 'overspent', overspend(env, card, options.rounds), 'points')
        figure(BENCH, 'ledger_difference', difference(env, program), 'cards')


if __name__ == '__main__':
    main()
