"""Points of a large clinic: how fast they are given, expire and decide tiers, and if they add up.

script/bench loyalty
script/bench loyalty --members 20000 --visits 10000 --rounds 100     to try something out
"""

import argparse
import multiprocessing
import time
from collections import Counter
from types import SimpleNamespace

from psycopg2 import OperationalError

from odoo import api, fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service import model
from odoo.service.model import retrying
from odoo.tools import SQL

from tests.bench import DATABASE, environment, figure, forget_connections, timed
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
            'earning_ids': [Command.create({'name': "Your visit", 'event': 'visit', 'points': 10})],
            'tier_ids': [
                Command.create({'rank': 1, 'name': "Silver"}),
                Command.create({'rank': 2, 'name': "Gold", 'entry_value': 30, 'upkeep_value': 20}),
                Command.create({'rank': 3, 'name': "Jade", 'basis': 'visits', 'entry_value': 4}),
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
            SELECT 'P', TRUE, TRUE, id, %(company)s, 'fulfilled', day, day, 'private', 'busy'
              FROM generate_series(%(first)s, %(last)s) id
        CROSS JOIN LATERAL (
                   SELECT %(now)s::timestamp - (id %% 300) * '1 day'::interval AS day) local
         RETURNING id
            """,
            company=env.company.id,
            now=fields.Datetime.now(),
            first=first,
            last=first + count - 1,
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
    cards = Card.search([('program_id', '=', program.id), ('partner_id', '>=', first)], limit=count)
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
    # a person waits for seconds before the next try; here the others are to be met soon
    model.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 10))
    done = Counter()
    for _round in range(rounds):
        with Registry(DATABASE).cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})

            def spend(env=env):
                env['loyalty.card'].browse(card_id)._spend(points, description="Soap")

            try:
                retrying(spend, env)
                done['spent'] += points
            except UserError:
                cr.rollback()
                done['refused'] += 1
            except OperationalError:
                # given up after as many tries as a request has
                cr.rollback()
                done['given_up'] += 1
    results.put(done)


def overspend(env, card, rounds):
    """Let several spend from one card at once, more than it has; return what came of it."""
    before = card.points
    for _lot in range(rounds // 10):
        card._give(WRITERS * 30, description="Bench")
    env.cr.commit()
    had = card.points
    results = multiprocessing.Queue()
    writers = [
        multiprocessing.Process(target=spender, args=(card.id, 3 + number, rounds, results))
        for number in range(WRITERS)
    ]
    start = time.monotonic()
    for writer in writers:
        writer.start()
    done = sum((results.get() for _writer in writers), Counter())
    for writer in writers:
        writer.join()
    done['seconds'] = time.monotonic() - start
    env.cr.rollback()
    env.invalidate_all()
    done['overspent'] = max(0, done['spent'] - had) + max(0, -card.points)
    done['lost'] = abs(had - done['spent'] - card.points)
    done['had'] = had - before
    return done


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--members', type=int, default=1_000_000)
    parser.add_argument('--visits', type=int, default=100_000)
    parser.add_argument(
        '--rounds', type=int, default=1000, help="of spending, by each of eight at once"
    )
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
        done = overspend(env, card, options.rounds)
        figure(BENCH, 'overspend_rounds', options.rounds, 'rounds')
        figure(BENCH, 'overspent', done['overspent'], 'points')
        figure(BENCH, 'lost_points', done['lost'], 'points')
        figure(BENCH, 'spends_refused', done['refused'], 'spends')
        figure(BENCH, 'spends_given_up', done['given_up'], 'spends')
        figure(BENCH, 'overspend_seconds', done['seconds'], 's')

        with timed(BENCH, 'announce_seconds'):
            env['loyalty.card']._announce_expiring(program)
        with timed(BENCH, 'ledger_check_seconds'):
            doubtful = env['loyalty.card']._check_ledger(program)
        figure(BENCH, 'ledger_difference', len(doubtful), 'cards')
        env.cr.commit()


if __name__ == '__main__':
    main()
