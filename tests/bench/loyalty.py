"""Points of a large clinic: how fast they are given, expire and decide tiers, and if they add up.

script/bench loyalty
script/bench loyalty --members 20000 --visits 10000 --rounds 100     to try something out
"""

import argparse
import sys
import time

from odoo import fields
from odoo.fields import Command
from odoo.tools import SQL

from tests.bench import _clinic as clinic
from tests.bench import _desk, environment, figure, timed
from tests.bench._ledger import lot_differences, overspend

BENCH = 'loyalty'
START = time.monotonic()


def membership(env):
    """Return a membership with three tiers and ten points a visit."""
    return env['loyalty.program'].create(
        {
            'name': "Members",
            'program_type': 'loyalty',
            'is_membership': True,
            'company_id': env.company.id,
            'earning_ids': [
                Command.create(
                    {'name': "Your visit", 'event': 'visit', 'points': 10, 'date_from': False}
                )
            ],
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
    services = env['healthcare.service'].search([]).ids
    rows = env.execute_query(
        SQL(
            """
            INSERT INTO calendar_event (name, active, is_appointment, patient_id, company_id,
                                        service_id, appointment_status, start, stop, privacy,
                                        show_as)
            SELECT 'P', TRUE, TRUE, id, %(company)s, (%(services)s)[1 + id %% %(kinds)s],
                   'fulfilled', day, day, 'private', 'busy'
              FROM generate_series(%(first)s, %(last)s) id
        CROSS JOIN LATERAL (
                   SELECT %(now)s::timestamp - (id %% 300) * '1 day'::interval AS day) local
         RETURNING id
            """,
            company=env.company.id,
            services=services,
            kinds=len(services),
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


def recompute(env, program, name):
    """Report how long it takes to put every member into their tier; return how many changed."""
    clinic.analyze(env, 'loyalty_card', 'loyalty_history', 'calendar_event')
    start = time.monotonic()
    changed = env['loyalty.card']._recompute_tiers(program)
    env.cr.commit()
    figure(BENCH, name, time.monotonic() - start, 's')
    return changed


def expire(env, program, first, count):
    """Let the points of some members expire, and report how long that takes."""
    env.cr.execute(
        SQL(
            'UPDATE loyalty_history SET expires_on = %s WHERE card_id IN ('
            'SELECT id FROM loyalty_card WHERE program_id = %s AND partner_id < %s)',
            '2026-01-01',
            program.id,
            first + count,
        )
    )
    clinic.analyze(env, 'loyalty_history')
    cards = 0
    start = time.monotonic()
    while expired := env['loyalty.card']._expire_all(program._get_today(), program):
        env.cr.commit()
        cards += expired
    figure(BENCH, 'expire_seconds', time.monotonic() - start, 's')
    figure(BENCH, 'expire_cards', cards, 'cards')


def say(what):
    """Tell whoever waits what is done now."""
    minutes, seconds = divmod(int(time.monotonic() - START), 60)
    print(f'{minutes:3}:{seconds:02} {what}', file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--members', type=int, default=1_000_000)
    parser.add_argument('--visits', type=int, default=100_000)
    parser.add_argument(
        '--rounds', type=int, default=1000, help="of each of the eight who use one card at once"
    )
    options = parser.parse_args()
    with environment() as env:
        measure(env, options)


def measure(env, options):
    """Report all figures."""
    Card = env['loyalty.card']
    say(f"{options.members} members, {options.visits} visits")
    program = membership(env)
    first, last = members(env, program, options.members)
    visits(env, first, options.visits)
    clinic.analyze(env, 'loyalty_card', 'calendar_event', 'res_partner')
    figure(BENCH, 'members', options.members, 'members')

    say("Giving points")
    figure(BENCH, 'points_per_second', options.visits / earn(env), 'visits/s')
    sample = min(options.visits, 5000)
    took = earn_as_core(env, program, last - sample, sample)
    figure(BENCH, 'core_points_per_second', sample / took, 'visits/s')

    say("More visits")
    for _visit in range(3):
        visits(env, first, options.visits)
    earn(env)
    say("Tiers, for the first time")
    recompute(env, program, 'first_tiers_seconds')
    say("More visits")
    for _visit in range(3):
        visits(env, first + options.visits, options.visits)
    earn(env)
    say("Tiers")
    changed = recompute(env, program, 'tier_recompute_seconds')
    figure(BENCH, 'tier_changes', changed, 'members')

    say("Expiring")
    expire(env, program, first, options.visits)

    say("What is counted at night")
    for name, model in (
        ('months_seconds', 'healthcare.month'),
        ('seasons_seconds', 'healthcare.service.month'),
        ('sources_seconds', 'healthcare.source.count'),
    ):
        with timed(BENCH, name):
            env[model]._refresh()
            env.cr.commit()

    say(f"Eight at once, {options.rounds} rounds")
    cards = Card.search([('program_id', '=', program.id)], order='id desc', limit=2)
    done = overspend(env, program, cards, options.rounds)
    figure(BENCH, 'overspend_rounds', options.rounds, 'rounds')
    figure(BENCH, 'overspent', done['overspent'], 'points')
    figure(BENCH, 'lost_points', done['lost'], 'points')
    for name in ('done', 'refused', 'given_up'):
        figure(BENCH, f'moves_{name}', done.get(name, 0), 'moves')
    figure(BENCH, 'overspend_seconds', done['seconds'], 's')

    say("The screens of the desk")
    _desk.prepare(env, program, first, options.members)
    _desk.measure(BENCH, env, program, first)

    say("The ledger")
    with timed(BENCH, 'ledger_check_seconds'):
        doubtful = Card._check_ledger(program)
        env.cr.commit()
    figure(BENCH, 'ledger_cards', Card.search_count([('program_id', '=', program.id)]), 'cards')
    figure(BENCH, 'ledger_difference', len(doubtful), 'cards')
    figure(BENCH, 'lot_difference', lot_differences(env), 'lots')


if __name__ == '__main__':
    main()
