"""One round of the engine: happenings become moves, due tokens run, effects and moves commit
together.

Patients are spread over shards. A worker holds whole shards while it works on them, by locks that
the database takes back when the worker dies, so any number of workers, in any number of processes
and on any number of machines, share one database without ever meeting over a patient.
"""

import logging
import traceback
from collections import Counter
from contextlib import contextmanager, suppress

from psycopg2 import InterfaceError, extensions

from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.healthcare_crm.quiet_log import without_rows

from . import clock, enroll, happenings, sql
from .effects import counters, log, tokens, write_all
from .facts import with_people
from .steps.registry import next_of

_logger = logging.getLogger(__name__)

BATCH = 500
#: Tries of one token before it becomes an incident that waits for a person.
MAX_ATTEMPTS = 5
#: The first half of the key of the advisory locks on shards, "HCRM" in ASCII.
LOCK = 0x4843524D
#: Workflows that want to know what happens: also a paused one, unless it is archived.
LISTENING = Domain('state', '=', 'published') | (
    Domain('state', '=', 'paused') & Domain('active', '=', True)
)


def run(env, now, commit, workers=1):
    """Run one tick: take in all events, then run tokens until none is due.

    :param now: the moment it is, naive UTC; nothing below asks the system
    :param commit: called with the number of items done after every batch; it commits, and returns
        the seconds left (``ir.cron._commit_progress``). 0 ends the tick early, what is left is for
        the next
    :param workers: how many share the work: nobody holds more than their part of the shards
    :return: how many tokens ran
    """
    total = 0
    while True:
        worked = 0
        with holding(env, busy_shards(env, now), -(-sql.SHARDS // workers)) as shards:
            # what is read from here on was committed by whoever held the shards before
            left = commit(0) if shards else 0
            while left and (taken := sql.retried(env, take_events, env, now, shards)):
                worked += taken
                left = commit(taken)
            while left and (done := sql.retried(env, run_due, env, now, shards)):
                worked += done
                total += done
                left = commit(done)
        if not left or not worked:
            return total


def busy_shards(env, now):
    """Return the shards that have something to do at ``now``, in one query."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT one.shard FROM generate_series(0, %s) AS one (shard)
             WHERE EXISTS (SELECT FROM healthcare_workflow_event AS event
                            WHERE event.processed_at IS NULL AND event.shard = one.shard)
                OR EXISTS (SELECT FROM healthcare_workflow_token AS token
                            WHERE token.state IN ('scheduled', 'parked') AND NOT token.held
                              AND token.shard = one.shard AND token.due_at <= %s)
            """,
            sql.SHARDS - 1,
            now,
        )
    )
    return [shard for (shard,) in rows]


@contextmanager
def holding(env, shards, share):
    """Hold up to ``share`` of ``shards`` that nobody else holds; give their numbers.

    The locks belong to the connection, not to a transaction: they outlast commits, and end with the
    connection if the process dies.
    """
    held = []
    if shards:
        # read row by row, so that no more is locked than the limit lets through
        rows = env.execute_query(
            SQL(
                """
                SELECT one.shard FROM unnest(%s) AS one (shard)
                 WHERE pg_try_advisory_lock(%s, one.shard) LIMIT %s
                """,
                shards,
                LOCK,
                share,
            )
        )
        held = [shard for (shard,) in rows]
    try:
        yield held
    finally:
        if held and not env.cr.closed:
            # a server that shuts down has closed the connection already, and the locks with it
            with suppress(InterfaceError):
                if env.cr._cnx.get_transaction_status() == extensions.TRANSACTION_STATUS_INERROR:
                    env.cr.rollback()
                env.execute_query(
                    SQL(
                        'SELECT pg_advisory_unlock(%s, one.shard) FROM unnest(%s) AS one (shard)',
                        LOCK,
                        held,
                    )
                )


# ---------------------------------------------------------------- events


def take_events(env, now, shards):
    """Turn up to :data:`.happenings.EVENTS` events of ``shards`` into moves of enrollments; return
    how many were taken."""
    happened = happenings.take(env, shards, now)
    if not happened:
        return 0
    answers = [one.payload for one in happened if one.code == 'wake']
    wake(env, answers, now)
    follow_refused(env, [one for one in answers if one['outcome'] == 'suppressed'], now)
    others = [one for one in happened if one.code != 'wake']
    if others:
        call_waiting(env, others, now)
        # those under way in an archived workflow go on, and have to follow their dates
        workflows = env['healthcare.workflow'].with_context(active_test=False)
        for workflow in workflows.search(LISTENING & Domain('version_id', '!=', False)):
            isolated(env, workflow, absorb, workflow, others, now)
    return len(happened)


def absorb(env, workflow, happened, now):
    """Let one workflow know what happened.

    :param happened: list of :class:`~.happenings.Happening`
    """
    version = workflow.version_id
    scene = enroll.scene_of(env, version, now)
    leave_by_event(scene, version, happened)
    enroll.leave_by_rule(scene, version, enroll.alongside(scene, version, happened))
    about = [
        (subject_id, one)
        for one in happened
        if (subject_id := one.subject_for(scene.graph.subject))
    ]
    if not about:
        return
    news = [(subject_id, one) for subject_id, one in about if one.id > workflow.first_event_id]
    restarted = {
        subject_id
        for subject_id, one in news
        if one.model == scene.graph.subject and one.code in ('created', 'moved')
    }
    touched = {subject_id for subject_id, _one in about}
    enroll.reconcile(env, version, now, touched, restarted, enrolling=workflow.active)
    if not workflow.active:
        return
    for key, trigger in scene.graph.triggers.items():
        starting = {
            subject_id: one.id
            for subject_id, one in news
            if one.code in trigger.events
            and (one.concerns_patient or one.model == scene.graph.subject)
            and trigger.accepts(one)
            and one.payload.get('workflow', workflow.id) == workflow.id
        }
        if starting:
            enroll.enroll_happened(scene, version, key, starting)


def leave_by_event(scene, version, happened):
    """Let go, or past the goal, the enrollments that a happening of their exit rules concerns."""
    rules = [(rule.event, ('rule', rule.name)) for rule in scene.graph.exits if rule.event]
    goal = scene.graph.goal
    if goal and goal.event:
        condition = concerned_sql([one for one in happened if one.code == goal.event])
        if condition:
            enroll.reach_goal(scene, version, condition)
    for event, reason in rules:
        condition = concerned_sql([one for one in happened if one.code == event])
        if condition:
            found = scene.env.execute_query(
                SQL(
                    """
                    SELECT id FROM healthcare_workflow_enrollment
                     WHERE workflow_id = %s AND state = 'active' AND %s
                    """,
                    version.workflow_id.id,
                    condition,
                )
            )
            enroll.leave(scene.env, {one: reason for (one,) in found}, scene.now)


def concerned_sql(happened):
    """Return the SQL over ``healthcare_workflow_enrollment`` of those that happenings concern.

    What happens to a subject concerns its own enrollments; for those about something else, that it
    is the same patient is what counts. ``None`` where nothing happened.
    """
    rows = [
        (one.patient_id, one.model, one.subject_id or 0, one.concerns_patient)
        for one in happened
        if one.patient_id
    ]
    if not rows:
        return None
    return SQL(
        """
        healthcare_workflow_enrollment.patient_id IN %s AND
        EXISTS (SELECT FROM (VALUES %s) AS happened (patient_id, model, subject_id, wide)
                 WHERE happened.patient_id = healthcare_workflow_enrollment.patient_id
                   AND CASE WHEN happened.model = healthcare_workflow_enrollment.subject_model
                            THEN happened.subject_id = healthcare_workflow_enrollment.subject_id
                            ELSE happened.wide AND happened.model IS NOT NULL END)
        """,
        tuple({patient_id for patient_id, *_rest in rows}),
        sql.values_list(sorted(set(rows))),
    )


def isolated(env, workflow, work, *args):
    """Do ``work`` for one workflow; should it not be able to run any more, the others go on.

    Its conditions may name what another addon took away with it. Its form says so in red.
    """
    try:
        with env.cr.savepoint():
            work(env, *args)
    except sql.CONFLICTS:
        raise
    except Exception:
        _logger.warning('Workflow %s cannot be followed', workflow.id, exc_info=True)


def wake(env, answers, now):
    """Wake the tokens that wait for an answer: a task's outcome, a provider's word.

    :param answers: [{"enrollment": id, "step": key, "visit": n, "outcome": code}]; an answer for a
        visit that is over finds no token and is dropped
    """
    if not answers:
        return
    rows = [
        (number, one['enrollment'], one['step'], one['visit'], one['outcome'], 'survey' in one)
        for number, one in enumerate(answers)
    ]
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS waiting
               SET woken = first.outcome, due_at = %s
              FROM (SELECT DISTINCT ON (token.id) token.id, answer.outcome
                      FROM (VALUES %s) AS answer (number, enrollment_id, step_key, visit, outcome,
                                                  is_survey)
                      JOIN healthcare_workflow_token AS token
                        ON token.enrollment_id = answer.enrollment_id
                       AND token.step_key = answer.step_key AND token.visit = answer.visit
                      JOIN healthcare_workflow_version AS version ON version.id = token.version_id
                     WHERE token.state = 'parked' AND token.woken IS NULL
                       -- of all a provider tells of a message, only what an arrow asks for counts
                       AND (version.graph->'steps'->token.step_key->>'kind'
                                NOT IN ('message', 'survey')
                            OR answer.is_survey
                            OR version.graph->'steps'->token.step_key->'next' ? answer.outcome)
                     ORDER BY token.id, answer.number) AS first
             WHERE waiting.id = first.id
            RETURNING waiting.id
            """,
            now,
            sql.values_list(rows),
        )
    )


def follow_refused(env, answers, now):
    """Go the way of what is not sent for messages that were refused only when their turn came.

    Their steps had gone on as ``sent``: consent was withdrawn since, or the queue stood still for
    too long. The way drawn for that, often a call, is taken now, besides the one under way.

    :param answers: as for :func:`wake`, of outcome ``suppressed``
    """
    if not answers:
        return
    refused = env.execute_query(
        SQL(
            """
            SELECT DISTINCT enrollment.id, enrollment.version_id, enrollment.patient_id,
                   answer.step_key, answer.visit, version.graph->'steps'->answer.step_key
              FROM (VALUES %s) AS answer (enrollment_id, step_key, visit)
              JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = answer.enrollment_id
              JOIN healthcare_workflow_version AS version ON version.id = enrollment.version_id
             WHERE enrollment.state IN ('active', 'done') AND enrollment.exit_reason IS NULL
               AND version.graph->'steps'->answer.step_key->'next' ? 'suppressed'
               AND EXISTS (
                   SELECT FROM healthcare_workflow_log AS line
                    WHERE line.enrollment_id = enrollment.id AND line.step_key = answer.step_key
                      AND line.visit = answer.visit AND line.outcome = 'sent')
               AND NOT EXISTS (
                   SELECT FROM healthcare_workflow_log AS line
                    WHERE line.enrollment_id = enrollment.id AND line.step_key = answer.step_key
                      AND line.visit = answer.visit AND line.outcome = 'suppressed')
            """,
            sql.values_list([(one['enrollment'], one['step'], one['visit']) for one in answers]),
        )
    )
    tokens.spawn(
        env,
        [
            tokens.NewPath(enrollment_id, version_id, patient_id, visit, target, now)
            for enrollment_id, version_id, patient_id, _key, visit, step in refused
            for target in next_of(step).get('suppressed', ())
        ],
    )
    log.write(
        env,
        [
            log.LogEntry(enrollment_id, key, visit, 'left', 'suppressed')
            for enrollment_id, _version_id, _patient_id, key, visit, _step in refused
        ],
        now,
    )
    counters.add(
        env,
        Counter((version_id, key, 'suppressed') for _one, version_id, _two, key, *_rest in refused),
        now.date(),
    )


def call_waiting(env, happened, now):
    """Wake the tokens that wait for one of these happenings of their patient."""
    rows = sorted(
        {
            (one.code, one.patient_id, one.model, one.subject_id or 0, one.concerns_patient)
            for one in happened
            if one.patient_id is not None
        }
    )
    if not rows:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS token SET woken = 'happened', due_at = %s
              FROM (VALUES %s) AS happened (code, patient_id, model, subject_id, wide),
                   healthcare_workflow_enrollment AS enrollment
             WHERE enrollment.patient_id = happened.patient_id AND enrollment.state = 'active'
               AND CASE WHEN happened.model = enrollment.subject_model
                        THEN happened.subject_id = enrollment.subject_id
                        ELSE happened.wide AND happened.model IS NOT NULL END
               AND token.enrollment_id = enrollment.id AND token.state = 'parked'
               AND token.awaits = happened.code AND token.woken IS NULL
            RETURNING token.id
            """,
            now,
            sql.values_list(rows),
        )
    )


# ---------------------------------------------------------------- tokens


def run_due(env, now, shards, limit=BATCH):
    """Claim up to ``limit`` due tokens of ``shards`` and run each one's step; return how many were
    claimed."""
    env.flush_all()
    claimed = env.execute_query(
        SQL(
            """
            SELECT due.id FROM unnest(%s) AS one (shard), LATERAL (
                SELECT token.id FROM healthcare_workflow_token AS token
                 WHERE token.state IN ('scheduled', 'parked') AND NOT token.held
                   AND token.shard = one.shard AND token.due_at <= %s
                 ORDER BY token.due_at, token.id LIMIT %s
                   FOR UPDATE SKIP LOCKED) AS due
            """,
            list(shards),
            now,
            # an equal part for each shard, so that each is read in the order of its index
            -(-limit // len(shards)),
        )
    )
    if not claimed:
        return 0
    ids = [one for (one,) in claimed]
    hold_stopped(env, ids)
    rows = enroll.read_rows(env, SQL('token.id = ANY(%s) AND NOT token.held', ids))
    groups = {}
    for row in rows:
        groups.setdefault((row.version_id, row.step_key), []).append(row)
    versions = env['healthcare.workflow.version'].browse(sorted({row.version_id for row in rows}))
    known = {version.id: version for version in versions}
    for (version_id, key), group in groups.items():
        run_isolated(env, known[version_id], now, key, group)
    return len(claimed)


def hold_stopped(env, token_ids):
    """Set those of ``token_ids`` aside whose workflow does not run, until it does again.

    They would be found due at every tick otherwise, however many there are.
    """
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS token SET held = TRUE
              FROM healthcare_workflow_version AS version, healthcare_workflow AS workflow
             WHERE token.id = ANY(%s) AND version.id = token.version_id
               AND workflow.id = version.workflow_id AND workflow.state != 'published'
         RETURNING token.id
            """,
            token_ids,
        )
    )


def let_go(env, workflow_ids):
    """Take up again what was set aside in workflows that run again."""
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS token SET held = FALSE
              FROM healthcare_workflow_version AS version
             WHERE token.held AND version.id = token.version_id AND version.workflow_id = ANY(%s)
         RETURNING token.id
            """,
            list(workflow_ids),
        )
    )


def run_isolated(env, version, now, key, rows):
    """Run one step for ``rows``; should it raise, halve the batch until only the culprit is left
    out."""
    to_come = len(env.cr.postcommit)
    try:
        with env.cr.savepoint():
            run_step(enroll.scene_of(env, version, now), version, key, rows)
    except sql.CONFLICTS:
        # nobody's fault: the whole batch begins anew
        raise
    except Exception as error:  # a bad record of any kind must not hold up the others
        # a savepoint does not take back what is to follow the commit, such as the call of a webhook
        while len(env.cr.postcommit) > to_come:
            env.cr.postcommit._funcs.pop()
        if len(rows) > 1:
            middle = len(rows) // 2
            run_isolated(env, version, now, key, rows[:middle])
            run_isolated(env, version, now, key, rows[middle:])
        else:
            postpone(env, rows[0], now, error)


def run_step(scene, version, key, rows):
    """Run the step ``key`` for ``rows`` and write everything that follows from it."""
    env, graph, now = scene.env, scene.graph, scene.now
    step = graph.steps[key]
    rows = drop_unfit(scene, drop_leaving(scene, version, drop_stopped(env, rows)))
    if not rows:
        return
    if step.needs_people:
        rows = with_people(env, rows, now)
    results = step.run(rows, scene)
    write_all(env, [effect for result in results for effect in result.effects], now)
    log.write(env, [entry_of(result, step) for result in results], now)
    arms = {}
    for result in results:
        if result.arm:
            arms.setdefault(f'{key}={result.arm}', []).append(result.row.enrollment_id)
    tokens.remember_arms(env, arms)
    if step.may_stop:
        going = {row.token_id for row in drop_stopped(env, [result.row for result in results])}
        results = [result for result in results if result.row.token_id in going]
    advance(scene, step, results)
    passed = Counter(
        (result.row.version_id, key, result.outcome) for result in results if result.outcome
    )
    passed += Counter((row.version_id, key, 'entered') for row in rows if not row.woken)
    passed += Counter(
        (result.row.version_id, key, f'{result.outcome}/{result.reason}')
        for result in results
        if result.outcome and result.reason
    )
    counters.add(env, passed, now.date())


def entry_of(result, step):
    """Return the line of the log for a result."""
    row = result.row
    if result.is_parked:
        return log.LogEntry(row.enrollment_id, step.key, row.visit, 'waiting', reason=result.reason)
    return log.LogEntry(
        row.enrollment_id,
        step.key,
        row.visit,
        'left',
        result.outcome,
        result.reason,
        result.detail,
    )


def advance(scene, step, results):
    """Move the tokens of ``results`` to where their outcomes lead."""
    env, graph, now = scene.env, scene.graph, scene.now
    moves, forks, over, endings = [], [], [], []
    for result in results:
        row = result.row
        loops = row.loops if result.loops is None else result.loops
        if result.is_parked:
            moves.append(
                tokens.Move(
                    row.token_id,
                    step.key,
                    row.visit,
                    'parked',
                    result.until,
                    *(result.anchor or (None, None, None)),
                    awaits=result.awaits,
                    loops=tokens.loops_value(loops),
                )
            )
            continue
        following = graph.next_keys(step.key, result.outcome)
        moment = moment_after(row, now)
        if step.kind == 'end' and result.outcome != 'neutral':
            endings.append((row, result.outcome))
        elif not following:
            over.append(row)
        elif len(following) == 1:
            moves.append(
                tokens.Move(
                    row.token_id,
                    following[0],
                    row.visit + 1,
                    'scheduled',
                    moment,
                    loops=tokens.loops_value(loops),
                )
            )
        else:
            forks.append((row, following, loops, moment))
    tokens.move(env, moves)
    tokens.fork(env, forks)
    tokens.finish(env, [row.token_id for row in over], now)
    close(scene, endings)
    # whoever goes another way, or no further, may be the one a join was waiting for
    several = {
        result.row.enrollment_id for result in results if result.row.live > 1 or step.is_join
    }
    if several:
        for key, upstream in graph.joins.items():
            if key == step.key or step.key in upstream:
                tokens.settle_join(env, key, graph.steps[key].mode, upstream, several, now)


def moment_after(row, now):
    """Return the moment of the step that follows ``row``: now.

    Where nothing ran until the date was over that the workflow counts down to, it is the moment
    that was missed: what follows comes too late as well.
    """
    is_over = row.anchor_at and row.due_at < row.anchor_at <= now
    return row.due_at if is_over else now


def close(scene, endings):
    """End the enrollments that came to an end which is the goal, or the exit.

    :param endings: [(row, 'goal' or 'exit')]
    """
    if not endings:
        return
    env, now = scene.env, scene.now
    several = [row for row, _outcome in endings if row.live > 1]
    if several:
        tokens.stop(
            env,
            SQL(
                'enrollment_id = ANY(%s) AND id != ALL(%s)',
                [row.enrollment_id for row in several],
                [row.token_id for row in several],
            ),
            now,
        )
    tokens.end(env, [(row.enrollment_id, 'done', outcome, None) for row, outcome in endings], now)
    goals = [row.enrollment_id for row, outcome in endings if outcome == 'goal']
    if goals:
        reached = env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment SET goal_at = %s
                 WHERE id = ANY(%s) AND goal_at IS NULL RETURNING version_id, arms
                """,
                now,
                goals,
            )
        )
        enroll.count_goals(env, reached, now)


def drop_stopped(env, rows):
    """Return ``rows`` without those that were stopped earlier in this batch: by another path of
    theirs, an action, or a sibling workflow."""
    stopped = env.execute_query(
        SQL(
            "SELECT id FROM healthcare_workflow_token WHERE id = ANY(%s) AND state = 'done'",
            [row.token_id for row in rows],
        )
    )
    over = {one for (one,) in stopped}
    return [row for row in rows if row.token_id not in over]


def drop_leaving(scene, version, rows):
    """Let go the rows of whom the goal or an exit rule holds by now; return the others."""
    graph = scene.graph
    rules = [(rule, ('rule', rule.name)) for rule in graph.exits if rule.domain]
    subject_ids = {row.subject_id for row in rows}
    if graph.goal and graph.goal.domain:
        met = enroll.meeting(scene, graph.goal, subject_ids)
        at_goal = [row.enrollment_id for row in rows if row.subject_id in met]
        if at_goal:
            enroll.reach_goal(scene, version, SQL('id = ANY(%s)', at_goal))
            rows = still_active(scene.env, rows)
    for rule, reason in rules:
        met = enroll.meeting(scene, rule, {row.subject_id for row in rows}) if rows else set()
        leaving = {row.enrollment_id: reason for row in rows if row.subject_id in met}
        enroll.leave(scene.env, leaving, scene.now)
        rows = [row for row in rows if row.enrollment_id not in leaving]
    return rows


def still_active(env, rows):
    """Return those of ``rows`` whose enrollment is still under way."""
    found = env.execute_query(
        SQL(
            "SELECT id FROM healthcare_workflow_enrollment WHERE id = ANY(%s) AND state = 'active'",
            [row.enrollment_id for row in rows],
        )
    )
    active = {one for (one,) in found}
    return [row for row in rows if row.enrollment_id in active]


def drop_unfit(scene, rows):
    """Let go the rows that no longer meet the entry conditions now that their moment has come."""
    arriving = [row for row in rows if not row.woken and row.visit == 1]
    if not arriving or not scene.graph.entry:
        return rows
    fit = scene.matching({row.subject_id for row in arriving}, list(scene.graph.entry))
    unfit = {row.enrollment_id for row in arriving if row.subject_id not in fit}
    enroll.leave(scene.env, dict.fromkeys(unfit, 'condition'), scene.now)
    return [row for row in rows if row.enrollment_id not in unfit]


def postpone(env, row, now, error):
    """Give a token that raised another try later, or put it among the incidents after its last
    one."""
    attempt = row.attempt + 1
    is_last = attempt >= MAX_ATTEMPTS
    _logger.info(
        'Follow-up step %s of enrollment %s failed, attempt %s',
        row.step_key,
        row.enrollment_id,
        attempt,
    )
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token SET attempt = %s, state = %s, woken = %s, due_at = %s
             WHERE id = %s RETURNING id
            """,
            attempt,
            'incident' if is_last else 'parked' if row.woken else 'scheduled',
            row.woken,
            now + clock.back_off(attempt),
            row.token_id,
        )
    )
    trace = without_rows(''.join(traceback.format_exception(error)))[-4000:]
    kind = 'incident' if is_last else 'retry'
    log.write(
        env,
        [log.LogEntry(row.enrollment_id, row.step_key, row.visit, kind, detail={'error': trace})],
        now,
    )


def next_due(env):
    """Return the earliest moment a running workflow waits for, or ``None``.

    That is in the past where a tick ran out of time before it took in every event.
    """
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT (SELECT min(date) FROM healthcare_workflow_event WHERE processed_at IS NULL)
             UNION ALL
            SELECT due.due_at FROM generate_series(0, %s) AS one (shard), LATERAL (
                SELECT token.due_at FROM healthcare_workflow_token AS token
                 WHERE token.state IN ('scheduled', 'parked') AND NOT token.held
                   AND token.shard = one.shard AND token.due_at IS NOT NULL
                 ORDER BY token.due_at LIMIT 1) AS due
            """,
            sql.SHARDS - 1,
        )
    )
    return min((moment for (moment,) in rows if moment), default=None)
