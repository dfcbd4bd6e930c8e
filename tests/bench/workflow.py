"""How fast one worker carries patients through workflows, beside automation rules and bare SQL.

script/bench workflow
script/bench workflow --scale 0.1          a tenth of every population, to try something out
script/bench workflow --only mails         one part of it; see PARTS

docs/benchmarks.md says what each figure means, and its bar.
"""

import argparse
import gc
import multiprocessing
import statistics
import sys
import time
from datetime import datetime, timedelta

import psutil

from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.engine import dispatch, enroll, tick

from tests.bench import _clinic as clinic
from tests.bench import environment, figure, forget_connections
from tests.bench._mail import mailbox

BENCH = 'workflow'
#: Rows of a batch of the bare loop; the engine's own.
FLOOR_BATCH = 500
#: What a token and its log are at the least.
FLOOR_TABLES = """
    CREATE TABLE bench_token (
        id SERIAL PRIMARY KEY, enrollment_id INT NOT NULL, step_key VARCHAR NOT NULL,
        visit INT NOT NULL, state VARCHAR NOT NULL, due_at TIMESTAMP);
    CREATE INDEX ON bench_token (enrollment_id);
    CREATE INDEX ON bench_token (due_at, id) WHERE state IN ('scheduled', 'parked');
    CREATE TABLE bench_log (
        id SERIAL PRIMARY KEY, enrollment_id INT NOT NULL, step_key VARCHAR, visit INT,
        kind VARCHAR NOT NULL, outcome VARCHAR, date TIMESTAMP NOT NULL);
    CREATE INDEX ON bench_log (enrollment_id);
"""
IDLE_TICKS = 40


class Run:
    """One run: its clinic, and what one part measures for another."""

    def __init__(self, env, scale):
        self.env = env
        self.scale = scale
        self.figures = {}
        clinic.silence(env)
        self.people = clinic.patients(env, self.sized(100_000))
        clinic.analyze(env, 'res_partner', 'healthcare_consent')

    def sized(self, count):
        """Return ``count`` on the scale of this run."""
        return max(int(count * self.scale), 100)

    def commit(self, done=0):
        """Commit as a cron's batch does."""
        return self.env['ir.cron']._commit_progress(done)

    def report(self, name, value, unit):
        """Print a figure and keep it for those that compare with it."""
        self.figures[name] = value
        figure(BENCH, name, value, unit)

    def booked(self, count, steps, **options):
        """Book ``count`` appointments and enroll them in a workflow of ``steps``; return it."""
        appointments = clinic.appointments(self.env, self.people, count, **options)
        document = clinic.definition(self.env, appointments, steps)
        workflow = clinic.publish(self.env, document)
        clinic.analyze(
            self.env,
            'calendar_event',
            'healthcare_workflow_enrollment',
            'healthcare_workflow_token',
            'healthcare_workflow_log',
        )
        return workflow

    def tick(self, moment):
        """Let the engine run at ``moment`` until nothing is due; return the seconds it took."""
        start = time.perf_counter()
        tick.run(self.env, moment, self.commit)
        return time.perf_counter() - start

    def count(self, table, condition):
        """Return how many rows of ``table`` meet the SQL ``condition``."""
        query = SQL('SELECT count(*) FROM %s WHERE %s', SQL.identifier(table), condition)
        return self.env.execute_query(query)[0][0]

    def steps_done(self, workflow):
        """Return how many steps the patients of ``workflow`` have gone through."""
        return self.count(
            'healthcare_workflow_log',
            SQL("kind = 'left' AND enrollment_id IN (%s)", _enrollments(workflow)),
        )


def _enrollments(workflow):
    return SQL('SELECT id FROM healthcare_workflow_enrollment WHERE workflow_id = %s', workflow.id)


# ---------------------------------------------------------------- enrolling


def measure_enrolling(run):
    """Enroll 100,000 patients by their appointments, and look at them all once more."""
    count = run.sized(100_000)
    booked = clinic.appointments(
        run.env, run.people, count, clinic.NOW + 400 * clinic.DAY, timedelta(days=30)
    )
    clinic.analyze(run.env, 'calendar_event')
    document = clinic.definition(run.env, booked, clinic.light_steps())
    start = time.perf_counter()
    workflow = clinic.publish(run.env, document)
    seconds = time.perf_counter() - start
    enrolled = run.count('healthcare_workflow_enrollment', SQL('workflow_id = %s', workflow.id))
    expect(enrolled, count, "enrollments")
    run.report('enrollments_per_second', enrolled / seconds, 'enrollments/s')
    again = enroll.reconcile(run.env, workflow.version_id, clinic.NOW)
    run.commit()
    run.report('second_run_enrolled', again, 'enrollments')


# ---------------------------------------------------------------- steps


def measure_messages(run):
    """Decide, gate, ledger and advance messages that are all due; nothing is written or sent."""
    count = run.sized(20_000)
    steps = {'s1': clinic.message(run.env, sent='s2', suppressed='s2'), 's2': clinic.end()}
    workflow = run.booked(count, steps)
    queries = run.env.cr.sql_log_count
    seconds = run.tick(clinic.DUE)
    queries = run.env.cr.sql_log_count - queries
    ledgered = run.count(
        'healthcare_communication', SQL('enrollment_id IN (%s)', _enrollments(workflow))
    )
    expect(ledgered, count, "ledger rows")
    run.report('message_steps_per_second', ledgered / seconds, 'steps/s')
    run.report('queries_per_message_step', queries / ledgered, 'queries')
    _drop_queue(run)


def measure_light(run):
    """Walk through branches, waits and an end; see that the process does not grow meanwhile."""
    # Python's arenas, PostgreSQL's plans and Odoo's caches have their size after this
    _walk(run, run.booked(run.sized(2_000), clinic.light_steps()))
    count = run.sized(20_000)
    workflow = run.booked(count, clinic.light_steps())
    process = psutil.Process()
    gc.collect()
    before = process.memory_info().rss
    seconds = _walk(run, workflow)
    gc.collect()
    grown = (process.memory_info().rss - before) / 2**20
    done = run.steps_done(workflow)
    expect(done, 5 * count, "steps")
    run.report('light_steps_per_second', done / seconds, 'steps/s')
    run.report('rss_growth_mb', grown, 'MB')


def _walk(run, workflow):
    """Let the days pass in which ``workflow`` has something to do; return the seconds it took."""
    seconds = sum(run.tick(clinic.DUE + days * clinic.DAY) for days in (0, 1, 3))
    active = SQL("workflow_id = %s AND state = 'active'", workflow.id)
    expect(run.count('healthcare_workflow_enrollment', active), 0, "left under way")
    return seconds


def measure_tasks(run):
    """Open care tasks that are all due."""
    count = run.sized(10_000)
    workflow = run.booked(count, {'s1': clinic.care_task(timeout=None)})
    seconds = run.tick(clinic.DUE)
    in_workflow = SQL('enrollment_id IN (%s)', _enrollments(workflow))
    opened = run.count('healthcare_care_task', in_workflow)
    told_why_not = run.count('healthcare_communication', in_workflow)
    expect(opened + told_why_not, count, "care tasks")
    run.report('tasks_per_second', opened / seconds, 'tasks/s')
    workflow.action_archive()


def _drop_queue(run):
    """Empty the outgoing queue: what was decided here is not what is sent there."""
    run.env.cr.execute(
        "UPDATE healthcare_communication SET status = 'cancelled' WHERE status = 'queued'"
    )
    run.commit()


# ---------------------------------------------------------------- comparisons


def measure_base_automation(run):
    """Have Odoo's own automation rule write a field on appointments that are due."""
    count = run.sized(1_000)
    now = datetime.now()
    first, last = clinic.appointments(
        run.env, run.people, count, (now - timedelta(hours=2)).replace(microsecond=0)
    )
    env = run.env
    model = env['ir.model']._get('calendar.event')
    fields = env['ir.model.fields']
    free = fields._get('calendar.event', 'show_as').selection_ids.filtered(
        lambda one: one.value == 'free'
    )
    rule = env['base.automation'].create(
        {
            'name': "Benchmark",
            'model_id': model.id,
            'trigger': 'on_time',
            'trg_date_id': fields._get('calendar.event', 'start').id,
            'trg_date_range': 1,
            'trg_date_range_type': 'hour',
            'trg_date_range_mode': 'after',
            'filter_domain': f"[('id', '>=', {first}), ('id', '<=', {last})]",
            'action_server_ids': [
                Command.create(
                    {
                        'name': "Benchmark",
                        'model_id': model.id,
                        'state': 'object_write',
                        # of the fields that are not tracked: no message is written for it
                        'update_path': 'show_as',
                        'selection_value': free.id,
                    }
                )
            ],
        }
    )
    clinic.analyze(env, 'calendar_event')
    others = env['base.automation'].search([('id', '!=', rule.id)])
    others.active = False
    run.commit()
    start = time.perf_counter()
    env['base.automation']._cron_process_time_based_actions()
    seconds = time.perf_counter() - start
    written = SQL('id BETWEEN %s AND %s AND show_as = %s', first, last, 'free')
    expect(run.count('calendar_event', written), count, "records written")
    rule.active = False
    run.commit()
    run.report('base_automation_records_per_second', count / seconds, 'records/s')
    if 'light_steps_per_second' in run.figures:
        ratio = run.figures['light_steps_per_second'] * seconds / count
        run.report('ratio_to_base_automation', ratio, 'times')


def measure_sql_floor(run):
    """Claim, move and log rows of the engine's own shape by three bare statements a batch."""
    count = run.sized(100_000)
    cr = run.env.cr
    cr.execute(FLOOR_TABLES)
    cr.execute(
        """
        INSERT INTO bench_token (enrollment_id, step_key, visit, state, due_at)
        SELECT n, 's1', 1, 'scheduled', %s FROM generate_series(1, %s) AS n
        """,
        (clinic.NOW, count),
    )
    clinic.analyze(run.env, 'bench_token')
    start = time.perf_counter()
    while _floor_batch(cr):
        cr.commit()
    seconds = time.perf_counter() - start
    expect(run.count('bench_log', SQL('TRUE')), count, "rows logged")
    run.report('sql_floor_per_second', count / seconds, 'rows/s')
    if 'light_steps_per_second' in run.figures:
        ratio = run.figures['light_steps_per_second'] * seconds / count
        run.report('ratio_to_sql_floor', ratio, 'times')


def _floor_batch(cr):
    cr.execute(
        """
        SELECT id, enrollment_id FROM bench_token
         WHERE state IN ('scheduled', 'parked') AND due_at <= %s
         ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        (clinic.NOW, FLOOR_BATCH),
    )
    claimed = cr.fetchall()
    if claimed:
        ids, enrollments = map(list, zip(*claimed, strict=True))
        cr.execute(
            "UPDATE bench_token SET step_key = 's2', visit = visit + 1, due_at = %s"
            ' WHERE id = ANY(%s)',
            (clinic.NOW + clinic.DAY, ids),
        )
        cr.execute(
            """
            INSERT INTO bench_log (enrollment_id, step_key, visit, kind, outcome, date)
            SELECT one, 's1', 1, 'left', 'done', %s FROM unnest(%s) AS one
            """,
            (clinic.NOW, enrollments),
        )
    return claimed


# ---------------------------------------------------------------- letters


def measure_mails(run):
    """Carry letters all the way: decided, written, and in the catcher's hands."""
    workflow = run.booked(run.sized(4_000), {'s1': clinic.message(run.env)})
    with mailbox() as letters:
        start = time.perf_counter()
        run.tick(clinic.DUE)
        dispatch.run(run.env, CHANNEL_ADAPTERS, lambda: clinic.DUE, run.commit)
        seconds = time.perf_counter() - start
        caught = letters.keys()
    said = run.env.execute_query(
        SQL(
            """
            SELECT idempotency_key FROM healthcare_communication
             WHERE status = 'sent' AND enrollment_id IN (%s)
            """,
            _enrollments(workflow),
        )
    )
    expect(sum(caught.values()) >= min(run.sized(3_000), 3_000), True, "at least 3,000 letters")
    run.report('mails_per_second', sum(caught.values()) / seconds, 'letters/s')
    run.report('mails_lost', len({key for (key,) in said} - caught.keys()), 'letters')
    run.report('mails_twice', sum(count > 1 for count in caught.values()), 'letters')


# ---------------------------------------------------------------- two workers


def measure_two_workers(run):
    """Compare one worker's speed with that of two on the same kind of work."""
    count = run.sized(16_000)
    steps = {'s1': clinic.message(run.env, sent='s2', suppressed='s2'), 's2': clinic.end()}
    seconds = []
    for workers in (1, 2):
        run.booked(count, steps)
        run.commit()
        seconds.append(_work_together(workers))
        run.env.invalidate_all()
        ledgered = run.count('healthcare_communication', SQL("status IN ('queued', 'suppressed')"))
        expect(ledgered >= count, True, "messages decided by the workers")
        _drop_queue(run)
    run.report('two_worker_speedup', seconds[0] / seconds[1], 'times')


def _work_together(workers):
    """Let ``workers`` processes run one tick at the same moment; return the longest time.

    They are forked, so each has a registry of its own without having to load it.
    """
    fork = multiprocessing.get_context('fork')
    barrier, times = fork.Barrier(workers), fork.Queue()
    processes = [
        fork.Process(target=_worker, args=(barrier, times, workers)) for _ in range(workers)
    ]
    for process in processes:
        process.start()
    spans = [times.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    return max(stop for _start, stop in spans) - min(start for start, _stop in spans)


def _worker(barrier, times, workers):
    forget_connections()
    with environment() as env:
        # the first query of a connection is not work
        env['healthcare.workflow'].search_count([])
        env.cr.rollback()
        barrier.wait()
        start = time.perf_counter()
        tick.run(env, clinic.DUE, env['ir.cron']._commit_progress, workers)
        times.put((start, time.perf_counter()))


# ---------------------------------------------------------------- nothing to do


def measure_idle(run):
    """Run the crons with a million patients waiting, and a million messages in the past."""
    env = run.env
    count = run.sized(1_000_000)
    workflow = run.booked(
        run.sized(100_000),
        {'s1': clinic.message(env)},
        start=clinic.NOW + 800 * clinic.DAY,
    )
    _multiply(run, workflow, count)
    workflows = env['healthcare.workflow']
    _idle(run, 'idle_tick', workflows._cron_tick)
    _fill_ledger(run, workflow)
    _idle(run, 'idle_dispatch', workflows._cron_dispatch)


def _idle(run, name, cron):
    """Report the median of many runs of ``cron``, in milliseconds and queries."""
    times, queries = [], []
    for _ in range(IDLE_TICKS):
        run.env.invalidate_all()
        before, start = run.env.cr.sql_log_count, time.perf_counter()
        cron()
        run.commit()
        times.append((time.perf_counter() - start) * 1000)
        queries.append(run.env.cr.sql_log_count - before)
    run.report(f'{name}_ms', statistics.median(times), 'ms')
    run.report(f'{name}_queries', statistics.median(queries), 'queries')


def _multiply(run, workflow, count):
    """Let ``count`` enrollments of ``workflow`` wait, each at its own minute of the coming year."""
    cr = run.env.cr
    enrolled = run.count('healthcare_workflow_enrollment', SQL('workflow_id = %s', workflow.id))
    twins = count // enrolled - 1
    enrollment = copied_columns(run.env, 'healthcare.workflow.enrollment', 'occurrence', 'slot')
    token = copied_columns(run.env, 'healthcare.workflow.token', 'enrollment_id', 'due_at')
    cr.execute(
        SQL(
            """
            WITH twin AS (
                INSERT INTO healthcare_workflow_enrollment (%(enrollment)s, occurrence, slot)
                SELECT %(enrollment)s, occurrence || '#' || n, slot || '#' || n
                  FROM healthcare_workflow_enrollment, generate_series(1, %(twins)s) AS n
                 WHERE workflow_id = %(workflow)s
             RETURNING id, patient_id, subject_id
            ), token AS (
                SELECT enrollment.patient_id AS of_patient, enrollment.subject_id AS of_subject,
                       token.*
                  FROM healthcare_workflow_token AS token
                  JOIN healthcare_workflow_enrollment AS enrollment
                    ON enrollment.id = token.enrollment_id
                 WHERE enrollment.workflow_id = %(workflow)s
            )
            INSERT INTO healthcare_workflow_token (%(token)s, enrollment_id, due_at)
            SELECT %(token)s, twin.id, due_at + twin.id %% 500000 * interval '1 minute'
              FROM twin JOIN token
                ON of_patient = twin.patient_id AND of_subject = twin.subject_id
            """,
            enrollment=enrollment,
            token=token,
            workflow=workflow.id,
            twins=twins,
        )
    )
    clinic.analyze(run.env, 'healthcare_workflow_token', 'healthcare_workflow_enrollment')
    waiting = SQL('due_at > %s', clinic.NOW + 700 * clinic.DAY)
    expect(run.count('healthcare_workflow_token', waiting), enrolled * (twins + 1), "tokens")


def copied_columns(env, model, *without):
    """Return the SQL names of the stored columns of ``model``, but for ``id`` and ``without``."""
    names = [
        name
        for name, field in env[model]._fields.items()
        if field.store and field.column_type and name not in ('id', *without)
    ]
    return SQL(', ').join(map(SQL.identifier, names))


def _fill_ledger(run, workflow):
    """Write the past of these patients: one settled message for each enrollment."""
    run.env.cr.execute(
        SQL(
            """
            INSERT INTO healthcare_communication (
                patient_id, direction, channel, status, reason, purpose_id, idempotency_key,
                appointment_id, lang, address, subject, body, attempt, due_at, sent_at, date,
                enrollment_id, step_key, visit, create_uid, create_date)
            SELECT patient_id, 'out', CASE WHEN id %% 3 = 0 THEN 'sms' ELSE 'email' END,
                   CASE WHEN id %% 20 = 0 THEN 'suppressed' ELSE 'sent' END,
                   CASE WHEN id %% 20 = 0 THEN 'no_consent' END, %(purpose)s, 'past:' || id,
                   subject_id, 'zh_TW', 'patient@example.org', 'Remind', repeat('…', 100), 1,
                   %(past)s, %(past)s, %(past)s, id, 's1', 1, 1, %(past)s
              FROM healthcare_workflow_enrollment WHERE workflow_id = %(workflow)s
            """,
            purpose=run.env.ref('healthcare_crm.consent_purpose_reminder').id,
            past=clinic.NOW - 100 * clinic.DAY,
            workflow=workflow.id,
        )
    )
    clinic.analyze(run.env, 'healthcare_communication')


#: The parts of a run, in order: some compare themselves with an earlier one. The million of the
#: last one would be in the way of the others.
PARTS = {
    'enrolling': measure_enrolling,
    'light': measure_light,
    'base_automation': measure_base_automation,
    'sql_floor': measure_sql_floor,
    'messages': measure_messages,
    'tasks': measure_tasks,
    'two_workers': measure_two_workers,
    'mails': measure_mails,
    'idle': measure_idle,
}


def expect(found, wanted, what):
    """Stop where something else was done than is measured."""
    if found != wanted:
        raise SystemExit(f"{what}: {found} instead of {wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--scale', type=float, default=1)
    parser.add_argument('--only', action='append', choices=PARTS)
    options = parser.parse_args()
    with environment() as env:
        run = Run(env, options.scale)
        for name in options.only or PARTS:
            start = time.perf_counter()
            PARTS[name](run)
            print(f'{name}: {time.perf_counter() - start:.0f} s', file=sys.stderr)


if __name__ == '__main__':
    main()
