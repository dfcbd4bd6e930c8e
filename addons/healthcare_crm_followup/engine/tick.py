"""One round of the engine: happenings become moves, due tokens run, effects and moves commit
together."""

import logging
import traceback
from collections import Counter

from odoo.fields import Domain
from odoo.tools import SQL

from . import clock, enroll, sql
from .effects import counters, log, tokens, write_all
from .facts import Scene
from .graph import compile_graph
from .subjects import SUBJECTS

_logger = logging.getLogger(__name__)

BATCH = 500
EVENTS = 1000
#: Tries of one token before it becomes an incident that waits for a person.
MAX_ATTEMPTS = 5


def run(env, now, commit):
    """Run one tick: take in all events, then run tokens until none is due.

    :param now: the moment it is, naive UTC; nothing below asks the system
    :param commit: called with the number of items done after every batch; it commits, and returns
        the seconds left (``ir.cron._commit_progress``). 0 ends the tick early, what is left is for
        the next
    :return: how many tokens ran
    """
    while taken := sql.retried(env, take_events, env, now):
        if not commit(taken):
            return 0
    total = 0
    while done := sql.retried(env, run_due, env, now):
        total += done
        if not commit(done):
            break
    return total


# ---------------------------------------------------------------- events


def take_events(env, now):
    """Turn up to :data:`EVENTS` unprocessed events into moves of enrollments; return how many were
    taken."""
    env.flush_all()
    events = env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_event SET processed_at = %s
             WHERE id IN (SELECT id FROM healthcare_workflow_event WHERE processed_at IS NULL
                           ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, subject_model, subject_id, payload
            """,
            now,
            EVENTS,
        )
    )
    if not events:
        return 0
    wake(env, [payload for _id, kind, _model, _subject, payload in events if kind == 'wake'], now)
    by_model = {}
    for event_id, kind, model, subject_id, _payload in events:
        if model in SUBJECTS:
            by_model.setdefault(model, []).append((event_id, kind, subject_id))
    for model, happened in sorted(by_model.items()):
        workflows = env['healthcare.workflow'].search(
            Domain('state', 'in', ('published', 'paused'))
            & Domain('subject_model', '=', model)
            & Domain('version_id', '!=', False)
        )
        for workflow in workflows:
            restarted = {
                subject_id
                for event_id, kind, subject_id in happened
                if kind in ('created', 'moved') and event_id > workflow.first_event_id
            }
            touched = {subject_id for _id, _kind, subject_id in happened}
            reconcile_isolated(env, workflow, now, touched, restarted)
    return len(events)


def reconcile_isolated(env, workflow, now, subject_ids=None, restarted_ids=()):
    """Reconcile one workflow; should it not be able to run any more, the others go on.

    Its conditions may name what another addon took away with it. Its form says so in red.
    """
    try:
        with env.cr.savepoint():
            enroll.reconcile(env, workflow.version_id, now, subject_ids, restarted_ids)
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
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS token
               SET woken = answer.outcome, due_at = %s
              FROM (VALUES %s) AS answer (enrollment_id, step_key, visit, outcome)
             WHERE token.enrollment_id = answer.enrollment_id AND token.step_key = answer.step_key
               AND token.visit = answer.visit AND token.state = 'parked'
            RETURNING token.id
            """,
            now,
            sql.values_list(
                [(one['enrollment'], one['step'], one['visit'], one['outcome']) for one in answers]
            ),
        )
    )


# ---------------------------------------------------------------- tokens


def run_due(env, now, limit=BATCH):
    """Claim up to ``limit`` due tokens and run each one's step; return how many were claimed."""
    env.flush_all()
    claimed = env.execute_query(
        SQL(
            """
            SELECT token.id FROM healthcare_workflow_token AS token
              JOIN healthcare_workflow_version AS version ON version.id = token.version_id
              JOIN healthcare_workflow AS workflow ON workflow.id = version.workflow_id
             WHERE token.state IN ('scheduled', 'parked') AND token.due_at <= %s
               AND workflow.state = 'published'
             ORDER BY token.due_at, token.id LIMIT %s
               FOR UPDATE OF token SKIP LOCKED
            """,
            now,
            limit,
        )
    )
    if not claimed:
        return 0
    rows = enroll.read_rows(env, SQL('token.id = ANY(%s)', [one for (one,) in claimed]), now)
    groups = {}
    for row in rows:
        groups.setdefault((row.version_id, row.step_key), []).append(row)
    versions = env['healthcare.workflow.version'].browse({row.version_id for row in rows})
    definitions = {version.id: version.graph for version in versions}
    for (version_id, key), group in groups.items():
        run_isolated(env, definitions[version_id], now, key, group)
    return len(claimed)


def run_isolated(env, definition, now, key, rows):
    """Run one step for ``rows``; should it raise, halve the batch until only the culprit is left
    out."""
    try:
        with env.cr.savepoint():
            run_step(env, Scene(env, compile_graph(definition), now), key, rows)
    except sql.CONFLICTS:
        # nobody's fault: the whole batch begins anew
        raise
    except Exception as error:  # a bad record of any kind must not hold up the others
        if len(rows) > 1:
            middle = len(rows) // 2
            run_isolated(env, definition, now, key, rows[:middle])
            run_isolated(env, definition, now, key, rows[middle:])
        else:
            postpone(env, rows[0], now, error)


def run_step(env, scene, key, rows):
    """Run the step ``key`` for ``rows`` and write everything that follows from it."""
    if rows[0].step_key == scene.graph.start:
        rows = drop_unfit(env, scene, rows)
    step = scene.graph.steps[key]
    results = step.run(rows, scene)
    write_all(env, [effect for result in results for effect in result.effects], scene.now)
    moves, endings, entries = [], [], []
    for result in results:
        row = result.row
        if result.until is not None:
            moves.append(
                (
                    row.token_id,
                    key,
                    row.visit,
                    'parked',
                    result.until,
                    *(result.anchor or (None,) * 3),
                )
            )
            entries.append(
                log.LogEntry(row.enrollment_id, key, row.visit, 'waiting', reason=result.reason)
            )
            continue
        entries.append(
            log.LogEntry(
                row.enrollment_id,
                key,
                row.visit,
                'left',
                result.outcome,
                result.reason,
                result.detail,
            )
        )
        following = scene.graph.next_key(key, result.outcome)
        if following:
            moves.append(
                (row.token_id, following, row.visit + 1, 'scheduled', scene.now, None, None, None)
            )
        else:
            goal = step.kind == 'end' and result.outcome == 'goal'
            endings.append((row.enrollment_id, 'done', 'goal' if goal else None))
    tokens.move(env, moves)
    tokens.end(env, endings, scene.now)
    log.write(env, entries, scene.now)
    passed = Counter(
        (row.version_id, entry.step_key, entry.outcome)
        for row, entry in zip((r.row for r in results), entries, strict=True)
        if entry.outcome
    )
    counters.add(env, passed, scene.now.date())


def drop_unfit(env, scene, rows):
    """Let go the rows that no longer meet the entry conditions now that their moment has come."""
    arriving = [row for row in rows if not row.woken and row.visit == 1]
    if not arriving or not scene.graph.entry:
        return rows
    fit = scene.matching({row.subject_id for row in arriving}, list(scene.graph.entry))
    unfit = {row.enrollment_id for row in arriving if row.subject_id not in fit}
    enroll.leave(env, dict.fromkeys(unfit, 'condition'), scene.now)
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
    trace = ''.join(traceback.format_exception(error))[-4000:]
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
    due = env.execute_query(
        SQL(
            """
            SELECT token.due_at FROM healthcare_workflow_token AS token
              JOIN healthcare_workflow_version AS version ON version.id = token.version_id
              JOIN healthcare_workflow AS workflow ON workflow.id = version.workflow_id
             WHERE token.state IN ('scheduled', 'parked') AND workflow.state = 'published'
             ORDER BY token.due_at LIMIT 1
            """
        )
    )
    left = env.execute_query(
        SQL('SELECT min(date) FROM healthcare_workflow_event WHERE processed_at IS NULL')
    )
    return min((moment for (moment,) in due + left if moment), default=None)
