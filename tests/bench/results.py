"""The results page with many enrollments: how long the server takes for it.

script/bench results
script/bench results --enrollments 100000     to try something out

Two of five enrollments are under way, two of five are done, one has left early; they began in the
last year. Their counters are those of a year that was folded each night, and of a day, today, on
which workers added rows of their own. Nine of ten are in one workflow.
"""

import argparse
import statistics
import time

from odoo import fields
from odoo.tools import SQL

from tests.bench import _clinic as clinic
from tests.bench import environment, figure

BENCH = 'results'
#: takes of each screen; the median counts
TAKES = 5
#: workflows beside the large one
OTHERS = 9
#: Rows that workers added today to each counter.
BATCHES = 400
DAYS = 365
#: Counters of a day: step, outcome, and how many of a day's patients it counts, of a hundred.
COUNTERS = (
    ('s1', 'enrolled', 100),
    ('s1', 'entered', 100),
    ('s1', 'holdout', 10),
    ('s1', 'holdout/goal', 4),
    ('s1', 'way1', 45),
    ('s1', 'way1/goal', 30),
    ('s1', 'way2', 45),
    ('s1', 'way2/goal', 25),
    ('s2', 'entered', 90),
    ('s2', 'sent', 70),
    ('s2', 'sent/email', 70),
    ('s2', 'suppressed', 10),
    ('s2', 'suppressed/no_consent', 6),
    ('s2', 'suppressed/no_address', 4),
    ('s2', 'exited/condition', 10),
    ('s3', 'entered', 80),
    ('s3', 'done', 50),
    ('s3', 'exited/goal', 10),
    ('s4', 'entered', 50),
    ('', 'goal', 60),
)
FIGURES = ('enrolled', 'under_way', 'goals', 'left')


def definition(env):
    """Return the workflow of the benchmark: a split, a message, a wait, an end."""
    ways = [{'outcome': f'way{number}', 'name': f"Way {number}", 'weight': 1} for number in (1, 2)]
    split = {'kind': 'split', 'name': "Which?", 'ways': ways, 'holdout': 10}
    return clinic.definition(
        env,
        (0, 0),
        {
            's1': split | {'next': {'holdout': 's4', 'way1': 's2', 'way2': 's3'}},
            's2': clinic.message(env, sent='s3', suppressed='s3'),
            's3': clinic.wait(3, 'days', 's4'),
            's4': clinic.end(),
        },
    )


def make_enrollments(env, workflow, people, count):
    """Insert ``count`` enrollments of ``workflow``, and where each stands."""
    first, last = people
    env.cr.execute(
        SQL(
            """
            WITH enrolled AS (
                INSERT INTO healthcare_workflow_enrollment (
                    workflow_id, version_id, patient_id, subject_model, subject_id, occurrence,
                    live, spawned, depth, state, exit_reason, date_start, date_end, goal_at,
                    company_id)
                SELECT %(workflow)s, %(version)s, patient, 'res.partner', patient, n::text, 1, 1, 0,
                       state, CASE state WHEN 'done' THEN 'completed'
                                         WHEN 'exited' THEN 'condition' END,
                       moment, CASE WHEN state != 'active' THEN moment + interval '1 day' END,
                       CASE WHEN state = 'done' AND n %% 2 = 0
                            THEN moment + interval '1 day' END,
                       %(company)s
                  FROM generate_series(1, %(count)s) AS n, LATERAL (
                       SELECT %(first)s + n %% %(patients)s AS patient,
                              CASE WHEN n %% 5 < 2 THEN 'active' WHEN n %% 5 < 4 THEN 'done'
                                   ELSE 'exited' END AS state,
                              %(now)s::timestamp - n %% %(minutes)s * interval '1 minute'
                              AS moment) AS drawn
             RETURNING id, version_id, state)
            INSERT INTO healthcare_workflow_token (
                enrollment_id, version_id, step_key, visit, state, due_at, attempt, shard, held)
            SELECT id, version_id, CASE WHEN state = 'done' THEN 's4' ELSE 's' || 2 + id %% 2 END,
                   2, CASE WHEN state != 'active' THEN 'done'
                           WHEN id %% 10000 = 0 THEN 'incident' ELSE 'scheduled' END,
                   %(now)s::timestamp + id %% 500000 * interval '1 minute', 0, 0, FALSE
              FROM enrolled
            """,
            workflow=workflow.id,
            version=workflow.version_id.id,
            first=first,
            patients=last - first + 1,
            company=env.company.id,
            now=fields.Datetime.now(),
            minutes=DAYS * 24 * 60,
            count=count,
        )
    )


def make_counters(env, workflow, count):
    """Count ``count`` enrollments over a year: a row a day, and many rows of today."""
    steps, outcomes, shares = zip(*COUNTERS, strict=True)
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_workflow_stat (version_id, step_key, outcome, date, total)
            SELECT %(version)s, step, outcome, %(today)s::date - day,
                   GREATEST(share * %(count)s / (100 * %(days)s * rows), 1)
              FROM unnest(%(steps)s, %(outcomes)s, %(shares)s) AS counter (step, outcome, share),
                   generate_series(0, %(days)s - 1) AS day,
                   LATERAL (SELECT CASE WHEN day = 0 THEN %(batches)s ELSE 1 END AS rows) AS batch,
                   generate_series(1, rows)
            """,
            version=workflow.version_id.id,
            today=fields.Date.today(),
            count=count,
            days=DAYS,
            batches=BATCHES,
            steps=list(steps),
            outcomes=list(outcomes),
            shares=list(shares),
        )
    )


def take(env, name, work):
    """Measure ``work`` as a request would do it, with nothing in the cache."""
    taken = []
    for _take in range(TAKES):
        env.invalidate_all()
        queries = env.cr.sql_log_count
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
        queries = env.cr.sql_log_count - queries
    figure(BENCH, f'{name}_ms', statistics.median(taken), 'ms')
    figure(BENCH, f'{name}_queries', queries, 'queries')


def list_patients(workflow, code, period):
    """Read the first page of the list behind a figure, as the list view does."""
    action = workflow.results_open_patients(code, period)
    workflow.env['healthcare.workflow.enrollment'].web_search_read(
        action['domain'],
        {
            'patient_id': {'fields': {'display_name': {}}},
            'workflow_id': {'fields': {'display_name': {}}},
            'date_start': {},
            'next_step': {},
            'next_due_at': {},
            'state': {},
            'exit_reason': {},
        },
        limit=80,
        count_limit=10001,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--enrollments', type=int, default=1_000_000)
    parser.add_argument('--patients', type=int, default=100_000)
    options = parser.parse_args()
    with environment() as env:
        clinic.silence(env)
        people = clinic.patients(env, options.patients)
        large, *others = (clinic.publish(env, definition(env)) for _n in range(1 + OTHERS))
        for workflow in (large, *others):
            share = 0.9 if workflow == large else 0.1 / OTHERS
            make_enrollments(env, workflow, people, int(options.enrollments * share))
            make_counters(env, workflow, int(options.enrollments * share))
        clinic.analyze(
            env,
            'res_partner',
            'healthcare_workflow_enrollment',
            'healthcare_workflow_token',
            'healthcare_workflow_stat',
        )
        administrator = env['res.users'].create(
            {
                'name': "Bench",
                'login': 'bench',
                'group_ids': [env.ref('healthcare_crm.group_clinic_administrator').id],
            }
        )
        mine = large.with_user(administrator)
        for period in ('30', 'all'):
            take(env, f'page_{period}', lambda: mine.results_load(period))  # noqa: B023
            take(env, f'overview_{period}', lambda: mine.results_overview(period))  # noqa: B023
            for code in FIGURES:
                take(env, f'{code}_{period}', lambda: list_patients(mine, code, period))  # noqa: B023


if __name__ == '__main__':
    main()
