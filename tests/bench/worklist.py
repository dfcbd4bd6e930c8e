"""The worklist, the workload and My day with many care tasks: how long the server takes.

script/bench worklist --tasks 1000000 --patients 300000

One task of twenty is open, half of those due, a quarter of them somebody's; the rest was done in
the last year by the same people.
"""

import argparse
import time

from odoo import fields
from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.models.healthcare_my_day import BLOCKS

from tests.bench import _clinic, environment, figure

BENCH = 'worklist'
ROLES = ('reception', 'call_desk', 'nurse', 'practitioner')
#: takes of each screen; the median counts
TAKES = 5


def make_people(env, role, count):
    """Return ``count`` users who have ``role``."""
    group = env.ref(f'healthcare_crm.group_{role}')
    return env['res.users'].create(
        [
            {
                'name': f'{role} {number}',
                'login': f'bench_{role}_{number}',
                'tz': 'Asia/Taipei',
                'group_ids': [group.id],
            }
            for number in range(count)
        ]
    )


def make_tasks(env, users, first, last, count):
    """Insert care tasks of patients ``first`` to ``last``."""
    env.execute_query(
        SQL(
            """
            INSERT INTO healthcare_care_task (
                name, patient_id, task_type, role, user_id, priority, window_start, window_end,
                state, outcome, completed_at, completed_by_id, hours_to_done, attempts, create_date)
            SELECT 'Call the patient', %(first)s + n %% %(patients)s, 'call',
                   (%(roles)s)[n / 20 %% 4 + 1],
                   CASE WHEN n / 20 %% 4 = 1 OR n %% 20 > 0
                        THEN (%(users)s)[n / 20 %% %(people)s + 1] END,
                   CASE WHEN n %% 500 = 0 THEN '2' WHEN n %% 100 = 0 THEN '1' ELSE '0' END,
                   moment, moment + interval '4 hours',
                   CASE WHEN n %% 20 = 0 THEN 'requested' ELSE 'completed' END,
                   CASE WHEN n %% 20 > 0 THEN 'reached' END,
                   CASE WHEN n %% 20 > 0 THEN moment + interval '1 hour' END,
                   CASE WHEN n %% 20 > 0 THEN (%(users)s)[n / 20 %% %(people)s + 1] END,
                   1, n %% 3, moment
              FROM generate_series(1, %(count)s) AS n, LATERAL (
                   SELECT %(now)s::timestamp + CASE WHEN n %% 20 = 0
                          THEN (n / 20 %% 2000 - 1000) * interval '1 minute'
                          ELSE - (n %% 500000) * interval '1 minute' END AS moment) AS at
         RETURNING id
            """,
            first=first,
            patients=last - first,
            roles=list(ROLES),
            users=users.ids,
            people=len(users),
            now=fields.Datetime.now(),
            count=count,
        )
    )


def take(env, name, work):
    """Measure ``work`` as a request would do it, with nothing in the cache."""
    taken = []
    for _take in range(TAKES):
        env.invalidate_all()
        before = env.cr.sql_log_count
        start = time.monotonic()
        work()
        taken.append(time.monotonic() - start)
        queries = env.cr.sql_log_count - before
    figure(BENCH, name, sorted(taken)[TAKES // 2] * 1000, 'ms')
    figure(BENCH, f'{name}: queries', queries, 'queries')


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--tasks', type=int, default=1_000_000)
    parser.add_argument('--patients', type=int, default=300_000)
    options = parser.parse_args()
    with environment() as env:
        first, last = _clinic.patients(env, options.patients)
        desk = make_people(env, 'call_desk', 12)
        nurses = make_people(env, 'nurse', 12)
        lead = make_people(env, 'clinic_administrator', 1)
        others = {
            role: make_people(env, role, 1)
            for role in ('reception', 'practitioner', 'marketing', 'quality', 'privacy_officer')
        }
        make_tasks(env, desk | nurses, first, last, options.tasks)
        _clinic.analyze(env, 'healthcare_care_task', 'res_partner', 'healthcare_consent')
        start = time.monotonic()
        env['healthcare.consent.coverage']._cron_count()
        figure(BENCH, 'counting consents, in the background', time.monotonic() - start, 's')

        tasks = env['healthcare.care.task']
        for name, user, view, task_id in (
            ('worklist, mine and the next task', desk[1], {'scope': 'mine'}, 'next'),
            ("worklist, my team's", desk[1], {'scope': 'team'}, 'next'),
            ('worklist, unassigned', desk[1], {'scope': 'unassigned'}, 'next'),
            ("worklist, everybody's", lead, {'scope': 'all'}, 'next'),
            (
                'worklist, a patient searched',
                desk[1],
                {'scope': 'team', 'search': 'B0001234'},
                None,
            ),
            ('worklist, a name searched', desk[1], {'scope': 'team', 'search': '陳怡君 77'}, None),
        ):
            as_user = tasks.with_user(user)
            take(env, name, lambda: as_user.worklist_load(view, task_id))  # noqa: B023
        take(env, 'workload', lambda: tasks.with_user(lead).workload_load())
        people = {'call_desk': desk[1], 'nurse': nurses[0], 'clinic_administrator': lead} | others
        for code, block in BLOCKS.items():
            day = env['healthcare.my.day'].with_user(people[block.roles[0]])
            take(env, f'my day, {code}', lambda: day.my_day_block(code))  # noqa: B023


if __name__ == '__main__':
    main()
