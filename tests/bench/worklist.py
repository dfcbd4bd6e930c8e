"""The screens of people with many patients and tasks: how long the server takes for each.

script/bench worklist --tasks 1000000 --patients 1000000

Worklist, workload and My day; where patients stand on the canvas, what came of a workflow, and a
patient's timeline. One task of twenty is open, half of those due, a quarter of them somebody's; the
rest was done in the last year by the same people. Everybody is in one workflow.
"""

import argparse
import statistics
import time
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from tests.bench import _clinic, environment, figure

BENCH = 'worklist'
ROLES = ('reception', 'call_desk', 'nurse', 'practitioner')
OTHER_ROLES = ('reception', 'practitioner', 'marketing', 'quality', 'privacy_officer')
#: takes of each screen; the median counts
TAKES = 5
DAY = timedelta(days=1)
#: One patient of so many went through the rare step.
RARE = 100_000


# ---------------------------------------------------------------- the clinic


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
    """Insert care tasks of patients ``first`` to ``last``; one of 2,000 is a red flag."""
    env.execute_query(
        SQL(
            """
            INSERT INTO healthcare_care_task (
                name, patient_id, task_type, role, user_id, priority, window_start, window_end,
                state, outcome, completed_at, completed_by_id, hours_to_done, attempts,
                idempotency_key, create_date)
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
                   1, n %% 3,
                   CASE WHEN n %% 2000 = 0 THEN 'survey:' || n || ':red_flag'
                        ELSE 'bench:' || n END,
                   moment
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


def make_refusals(env, first, last):
    """Let one patient of 50 take back a consent, in the last seven days."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_consent (
                patient_id, purpose_id, channel, decision, method, date, create_uid)
            SELECT id, %s, 'sms', 'deny', 'link', %s - id %% 9000 * interval '1 minute', 1
              FROM generate_series(%s, %s, 50) AS id
            """,
            env.ref('healthcare_crm.consent_purpose_reminder').id,
            fields.Datetime.now(),
            first,
            last,
        )
    )


def make_journeys(env, workflow, first, last):
    """Put patients into the workflow: half of them wait, the rest is through, a tenth dropped out.
    One of :data:`RARE` went through the rare step. Each got a message."""
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_workflow_enrollment (
                workflow_id, version_id, patient_id, subject_model, subject_id, occurrence, live,
                spawned, depth, state, exit_reason, goal_at, date_start, date_end)
            SELECT %(workflow)s, %(version)s, patient, 'res.partner', patient, 'bench', 1, 1, 0,
                   CASE patient %% 10 WHEN 0 THEN 'exited' WHEN 1 THEN 'active' WHEN 3 THEN 'active'
                        WHEN 5 THEN 'active' WHEN 7 THEN 'active' WHEN 9 THEN 'active'
                        ELSE 'done' END,
                   CASE patient %% 10 WHEN 0 THEN 'consent_withdrawn' END,
                   CASE patient %% 10 WHEN 2 THEN moment + interval '2 days' END,
                   moment, CASE patient %% 2 WHEN 0 THEN moment + interval '3 days' END
              FROM generate_series(%(first)s, %(last)s) AS patient,
                   LATERAL (SELECT %(now)s::timestamp
                                   - patient %% 500000 * interval '1 minute' AS moment) AS at
            """,
            workflow=workflow.id,
            version=workflow.version_id.id,
            first=first,
            last=last,
            now=fields.Datetime.now(),
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_workflow_token (
                enrollment_id, version_id, step_key, visit, state, due_at, attempt, shard, held)
            SELECT id, version_id, CASE WHEN id %% 3 = 0 THEN 's2' ELSE 's4' END, 2,
                   CASE state WHEN 'active' THEN 'parked' ELSE 'done' END,
                   date_start + interval '700 days', 0, 0, FALSE
              FROM healthcare_workflow_enrollment WHERE workflow_id = %(workflow)s
            """,
            workflow=workflow.id,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_workflow_log (
                enrollment_id, step_key, visit, kind, outcome, date)
            SELECT id, key, visit, 'left', 'done', date_start
              FROM healthcare_workflow_enrollment,
                   (VALUES ('s1', 1), ('s2', 2), ('s5', 3)) AS step (key, visit)
             WHERE workflow_id = %(workflow)s AND (key != 's5' OR id %% %(rare)s = 0)
            """,
            workflow=workflow.id,
            rare=RARE,
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_workflow_stat (version_id, step_key, outcome, date, total)
            SELECT %(version)s, key, outcome, %(today)s - day, 2000
              FROM generate_series(0, 499) AS day,
                   (VALUES ('s1', 'enrolled'), ('s1', 'entered'), ('s1', 'done'),
                           ('s2', 'entered'), ('s2', 'done'), ('s2', 'exited/consent_withdrawn'),
                           ('s4', 'entered'), ('', 'goal')) AS counter (key, outcome)
            """,
            version=workflow.version_id.id,
            today=fields.Date.today(),
        )
    )
    env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_communication (
                patient_id, direction, channel, status, reason, purpose_id, idempotency_key,
                lang, address, subject, attempt, due_at, sent_at, date,
                enrollment_id, step_key, visit, create_uid, create_date)
            SELECT patient_id, 'out', CASE WHEN id %% 3 = 0 THEN 'sms' ELSE 'email' END,
                   CASE id %% 100 WHEN 0 THEN 'suppressed' WHEN 1 THEN 'failed' WHEN 2 THEN 'queued'
                        ELSE 'sent' END,
                   CASE id %% 100 WHEN 0 THEN 'no_consent' WHEN 1 THEN 'bad_address' END,
                   %(purpose)s, 'bench:' || id,
                   'zh_TW', 'patient@example.org', 'Remind', 1, date_start, date_start, date_start,
                   id, 's1', 1, 1, date_start
              FROM healthcare_workflow_enrollment WHERE workflow_id = %(workflow)s
            """,
            purpose=env.ref('healthcare_crm.consent_purpose_reminder').id,
            workflow=workflow.id,
        )
    )


def make_practitioner(env, user, first, last):
    """Make ``user`` the practitioner of one patient of 500."""
    practitioner = env['healthcare.practitioner'].create({'name': user.name, 'user_id': user.id})
    env.cr.execute(
        SQL(
            """
            UPDATE res_partner SET practitioner_id = %s
             WHERE id BETWEEN %s AND %s AND id %% 500 = 0
            """,
            practitioner.id,
            first,
            last,
        )
    )


def build(env, options):
    """Make the clinic up; return what :func:`measure` asks for."""
    first, last = _clinic.patients(env, options.patients)
    desk = make_people(env, 'call_desk', 12)
    nurses = make_people(env, 'nurse', 12)
    lead = make_people(env, 'clinic_administrator', 1)
    people = {role: make_people(env, role, 1) for role in OTHER_ROLES}
    people |= {'call_desk': desk[1], 'nurse': nurses[0], 'clinic_administrator': lead}
    make_tasks(env, desk | nurses, first, last, options.tasks)
    make_refusals(env, first, last)
    make_practitioner(env, people['practitioner'], first, last)
    now = fields.Datetime.now()
    # a thousand a day
    _clinic.appointments(
        env, (first, last), options.patients // 2, now - 250 * DAY, options.patients // 2000 * DAY
    )
    workflow = _clinic.publish(env, _clinic.definition(env, (0, 0), _clinic.light_steps()))
    make_journeys(env, workflow, first, last)
    _clinic.analyze(
        env,
        'calendar_event',
        'healthcare_care_task',
        'healthcare_communication',
        'healthcare_consent',
        'healthcare_workflow_enrollment',
        'healthcare_workflow_log',
        'healthcare_workflow_stat',
        'healthcare_workflow_token',
        'res_partner',
    )
    start = time.monotonic()
    env['healthcare.consent.coverage']._cron_count()
    figure(BENCH, 'consents_counted_in_background', time.monotonic() - start, 's')
    env.cr.commit()
    return people, workflow, first


# ---------------------------------------------------------------- what is measured


class Takes:
    """Measures screens as a request would have them, with no record in the cache."""

    def __init__(self, env):
        self.env = env

    def model(self, name, user):
        """Return a model as the page of ``user`` calls it."""
        return self.env[name].with_user(user).with_context(lang='en_US', tz=user.tz)

    def __call__(self, name, work):
        """Report the median time of ``work``, and its number of queries."""
        times = []
        for _take in range(TAKES):
            self.env.invalidate_all()
            before, start = self.env.cr.sql_log_count, time.monotonic()
            work()
            times.append((time.monotonic() - start) * 1000)
        queries = self.env.cr.sql_log_count - before
        figure(BENCH, f'{name}_ms', statistics.median(times), 'ms')
        figure(BENCH, f'{name}_queries', queries, 'queries')


def measure(env, people, workflow, patient_id):
    """Report what every screen takes."""
    take = Takes(env)
    measure_worklist(take, people)
    measure_my_day(take, people)
    measure_workflow(take, people['clinic_administrator'], workflow)
    patients = take.model('res.partner', people['call_desk'])
    take('timeline', patients.browse(patient_id).get_timeline)


def measure_worklist(take, people):
    """Report the tabs of the worklist, its search, and the workload board."""
    desk, lead = (people[role] for role in ('call_desk', 'clinic_administrator'))
    for name, user, view, task_id in (
        ('worklist_mine', desk, {'scope': 'mine'}, 'next'),
        ('worklist_team', desk, {'scope': 'team'}, 'next'),
        ('worklist_unassigned', desk, {'scope': 'unassigned'}, 'next'),
        ('worklist_all', lead, {'scope': 'all'}, 'next'),
        ('worklist_refreshed', desk, {'scope': 'team'}, None),
        ('worklist_number_searched', desk, {'scope': 'team', 'search': 'B0001241'}, None),
        ('worklist_name_searched', desk, {'scope': 'team', 'search': '陳怡君 77'}, None),
        ('worklist_surname_searched', desk, {'scope': 'team', 'search': '陳'}, None),
        ('worklist_nobody_found', desk, {'scope': 'team', 'search': 'Zzyzx'}, None),
    ):
        tasks = take.model('healthcare.care.task', user)
        take(name, lambda: tasks.worklist_load(view, task_id))  # noqa: B023
    as_lead = take.model('healthcare.care.task', lead)
    take('workload', as_lead.workload_load)
    take('workload_of_one', lambda: as_lead.workload_tasks(desk.id))
    take('workload_of_nobody', lambda: as_lead.workload_tasks(False, 'nurse'))


def measure_my_day(take, people):
    """Report every block of My day."""
    for code, block in take.env['healthcare.my.day']._get_blocks().items():
        for role in block.roles:
            day = take.model('healthcare.my.day', people[role])
            take(f'my_day_{code}_of_{role}', lambda: day.my_day_block(code))  # noqa: B023


def measure_workflow(take, user, workflow):
    """Report where the patients of a workflow stand, what came of it, and who they are."""
    workflow = take.model('healthcare.workflow', user).browse(workflow.id)
    take('canvas_counts', workflow.canvas_counts)
    for name, key, which in (
        ('waiting', 's2', 'waiting'),
        ('done', 's1', 'done'),
        ('done_rare', 's5', 'done'),
        ('dropped', 's2', 'dropped'),
    ):
        take(f'canvas_{name}', lambda: listed(workflow.canvas_open_patients(key, which), workflow))  # noqa: B023
    take('results', lambda: workflow.results_load('all'))
    take('results_overview', workflow.results_overview)
    take('results_left', lambda: listed(workflow.results_open_patients('left'), workflow))
    take('results_goals', lambda: listed(workflow.results_open_patients('goals', '30'), workflow))


def listed(action, workflow):
    """Read the first page of a list as the web client does."""
    records = workflow.env[action['res_model']]
    specification = {'patient_id': {'fields': {'display_name': {}}}, 'state': {}, 'next_step': {}}
    return records.web_search_read(action['domain'], specification, limit=80, count_limit=10001)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--tasks', type=int, default=1_000_000)
    parser.add_argument('--patients', type=int, default=1_000_000)
    options = parser.parse_args()
    with environment() as env:
        measure(env, *build(env, options))


if __name__ == '__main__':
    main()
