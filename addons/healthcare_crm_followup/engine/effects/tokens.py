"""Moves of tokens, ``healthcare.workflow.token``, and the ends of paths and enrollments.

An enrollment has one token for each path it is on; ``live`` counts those under way. A worker that
moves tokens holds their patients' shards, so nobody else counts at the same time.
"""

from collections import Counter
from dataclasses import astuple, dataclass

from psycopg2.extras import Json

from odoo.tools import SQL

from .. import sql

#: Visits are numbered through in each path; a path's own thousands keep them apart.
PATH = 100_000
LIVE = ('scheduled', 'parked', 'incident')


@dataclass(frozen=True)
class Move:
    """Where a token stands from now on."""

    token_id: int
    step_key: str
    visit: int
    state: str
    due_at: object
    anchor_field: str | None = None
    anchor_amount: int | None = None
    anchor_unit: str | None = None
    awaits: str | None = None
    loops: object = None


def loops_value(loops):
    """Return the counts of go-tos as a value for the column ``loops``."""
    return Json(loops) if loops else None


def move(env, moves):
    """Write where tokens stand now.

    :param moves: list of :class:`Move`
    """
    if not moves:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token AS token
               SET step_key = move.step_key, visit = move.visit::int4, state = move.state,
                   due_at = move.due_at::timestamp, woken = NULL, attempt = 0,
                   anchor_field = move.anchor_field, anchor_amount = move.anchor_amount::int4,
                   anchor_unit = move.anchor_unit, awaits = move.awaits, loops = move.loops::jsonb
              FROM (VALUES %s) AS move (id, step_key, visit, state, due_at, anchor_field,
                                        anchor_amount, anchor_unit, awaits, loops)
             WHERE token.id = move.id
            RETURNING token.id
            """,
            sql.values_list([astuple(one) for one in moves]),
        )
    )


@dataclass(frozen=True)
class NewPath:
    """One more path of an enrollment, which begins at ``step_key``."""

    enrollment_id: int
    version_id: int
    patient_id: int
    #: the visit it branches off from
    visit: int
    step_key: str
    due_at: object
    loops: dict | None = None


def fork(env, forks):
    """Send each of ``forks`` on several paths: its token takes the first, new ones the others.

    :param forks: [(row, keys of the steps to go to, loops, their moment)]
    """
    move(
        env,
        [
            Move(
                row.token_id, keys[0], row.visit + 1, 'scheduled', moment, loops=loops_value(loops)
            )
            for row, keys, loops, moment in forks
        ],
    )
    spawn(
        env,
        [
            NewPath(
                row.enrollment_id, row.version_id, row.patient_id, row.visit, key, moment, loops
            )
            for row, keys, loops, moment in forks
            for key in keys[1:]
        ],
    )


def spawn(env, paths):
    """Begin more paths; an enrollment that was done goes on by them.

    :param paths: list of :class:`NewPath`
    """
    if not paths:
        return
    added = Counter(path.enrollment_id for path in paths)
    spawned = dict(
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET live = live + added.number, spawned = spawned + added.number,
                       state = 'active', date_end = NULL
                  FROM (VALUES %s) AS added (id, number)
                 WHERE enrollment.id = added.id
             RETURNING enrollment.id, enrollment.spawned - added.number
                """,
                sql.values_list(sorted(added.items())),
            )
        )
    )
    rows = []
    for path in paths:
        number = spawned[path.enrollment_id]
        spawned[path.enrollment_id] += 1
        rows.append(
            (
                path.enrollment_id,
                path.version_id,
                path.step_key,
                number * PATH + path.visit % PATH + 1,
                'scheduled',
                path.due_at,
                0,
                loops_value(path.loops),
                path.patient_id % sql.SHARDS,
                False,
            )
        )
    sql.insert_rows(
        env,
        'healthcare_workflow_token',
        [
            'enrollment_id',
            'version_id',
            'step_key',
            'visit',
            'state',
            'due_at',
            'attempt',
            'loops',
            'shard',
            'held',
        ],
        rows,
    )


def finish(env, token_ids, now):
    """Take tokens off the board whose path ended; an enrollment without any left is done.

    :return: {id of an enrollment that ended: its exit reason, if it has one}
    """
    if not token_ids:
        return {}
    ended = env.execute_query(
        SQL(
            """
            WITH gone AS (
                UPDATE healthcare_workflow_token
                   SET state = 'done', due_at = NULL, woken = NULL, anchor_field = NULL,
                       awaits = NULL
                 WHERE id = ANY(%(ids)s)
             RETURNING enrollment_id
            ), counted AS (
                SELECT enrollment_id AS id, count(*) AS number FROM gone GROUP BY enrollment_id
            )
            UPDATE healthcare_workflow_enrollment AS enrollment
               SET live = live - counted.number,
                   state = CASE WHEN live > counted.number THEN state ELSE 'done' END,
                   date_end = CASE WHEN live > counted.number THEN date_end ELSE %(now)s END,
                   slot = CASE WHEN live > counted.number OR slot LIKE 'once:%%' THEN slot END,
                   sibling_slot = CASE WHEN live > counted.number THEN sibling_slot END
              FROM counted WHERE enrollment.id = counted.id
         RETURNING enrollment.id, enrollment.state, enrollment.exit_reason
            """,
            ids=list(token_ids),
            now=now,
        )
    )
    over = {one: reason for one, state, reason in ended if state == 'done'}
    tell_parents(env, list(over), now)
    return over


def end(env, enrollments, now):
    """End enrollments with all their paths.

    :param enrollments: [(enrollment id, state, exit reason, detail of the reason)]
    :return: {enrollment id: (version id, step key)}, where they stood
    """
    if not enrollments:
        return {}
    stood = env.execute_query(
        SQL(
            """
            WITH ended AS (
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET state = ending.state, exit_reason = ending.reason,
                       exit_detail = ending.detail, date_end = %s, live = 0,
                       slot = CASE WHEN slot LIKE 'once:%%' THEN slot END, sibling_slot = NULL
                  FROM (VALUES %s) AS ending (id, state, reason, detail)
                 WHERE enrollment.id = ending.id
             RETURNING enrollment.id
            )
            UPDATE healthcare_workflow_token AS token
               SET state = 'done', due_at = NULL, woken = NULL, anchor_field = NULL, awaits = NULL
              FROM ended WHERE token.enrollment_id = ended.id AND token.state != 'done'
            RETURNING token.enrollment_id, token.version_id, token.step_key
            """,
            now,
            sql.values_list(enrollments),
        )
    )
    tell_parents(env, [one[0] for one in enrollments], now)
    return {enrollment_id: place for enrollment_id, *place in sorted(stood)}


def tell_parents(env, enrollment_ids, now, occasion='child'):
    """Answer the sub-workflow steps that wait for these enrollments, which are over; once on each
    ``occasion``."""
    if not enrollment_ids:
        return
    env.execute_query(
        SQL(
            """
            INSERT INTO healthcare_workflow_event (
                source_key, kind, patient_id, shard, payload, date)
            SELECT %(occasion)s || ':' || child.id, 'wake', child.patient_id,
                   child.patient_id %% %(shards)s,
                   jsonb_build_object(
                       'enrollment', child.parent_id, 'step', child.parent_step,
                       'visit', child.parent_visit,
                       'outcome', CASE WHEN child.exit_reason = 'goal' THEN 'goal'
                                       WHEN child.exit_reason IS NULL THEN 'done'
                                       ELSE 'exited' END),
                   %(now)s
              FROM healthcare_workflow_enrollment AS child
             WHERE child.id = ANY(%(ids)s) AND child.parent_id IS NOT NULL
                ON CONFLICT DO NOTHING RETURNING id
            """,
            occasion=occasion,
            shards=sql.SHARDS,
            now=now,
            ids=list(enrollment_ids),
        )
    )


def remember_arms(env, arms):
    """Note which way of a split enrollments went, to compare what came of them.

    :param arms: {"step key=way": [enrollment ids]}
    """
    for arm, ids in sorted(arms.items()):
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment
                   SET arms = COALESCE(arms || ';', '') || %(arm)s
                 WHERE id = ANY(%(ids)s)
                   AND %(arm)s != ALL(string_to_array(COALESCE(arms, ''), ';')) RETURNING id
                """,
                arm=arm,
                ids=ids,
            )
        )


def settle_join(env, key, mode, upstream, enrollment_ids, now):
    """Let the enrollments through the join ``key`` that have no more paths to wait for.

    One token goes on; those it waited for, or outran, are done.

    :param mode: ``all`` paths that can still reach the join have to arrive, or the ``first`` does
    :param upstream: keys of the steps from which the join can be reached
    """
    winners = env.execute_query(
        SQL(
            """
            SELECT token.enrollment_id, min(token.id)
              FROM healthcare_workflow_token AS token
             WHERE token.enrollment_id = ANY(%(ids)s) AND token.step_key = %(key)s
               AND token.state = 'parked' AND token.awaits = 'join'
               AND (%(mode)s = 'first' OR NOT EXISTS (
                   SELECT FROM healthcare_workflow_token AS other
                    WHERE other.enrollment_id = token.enrollment_id
                      AND other.state IN %(live)s AND other.step_key = ANY(%(upstream)s)))
             GROUP BY token.enrollment_id
            """,
            ids=list(enrollment_ids),
            key=key,
            mode=mode,
            live=LIVE,
            upstream=list(upstream),
        )
    )
    if not winners:
        return
    through = [token_id for _enrollment_id, token_id in winners]
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token SET woken = 'joined', due_at = %s, awaits = NULL
             WHERE id = ANY(%s) RETURNING id
            """,
            now,
            through,
        )
    )
    stop(
        env,
        SQL(
            'enrollment_id = ANY(%s) AND id != ALL(%s) AND step_key = ANY(%s)',
            [enrollment_id for enrollment_id, _token_id in winners],
            through,
            [key, *upstream],
        ),
        now,
    )


def stop(env, condition, now):
    """Stop the live tokens that meet the SQL ``condition``, with the work and the messages they
    wait for, while their enrollments go on."""
    stopped = env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token
               SET state = 'done', due_at = NULL, woken = NULL, anchor_field = NULL, awaits = NULL
             WHERE %s AND state IN %s
         RETURNING enrollment_id, step_key, visit
            """,
            condition,
            LIVE,
        )
    )
    if not stopped:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_enrollment AS enrollment SET live = live - stopped.number
              FROM (SELECT id, count(*) AS number
                      FROM unnest(%s) AS id GROUP BY id) AS stopped
             WHERE enrollment.id = stopped.id RETURNING enrollment.id
            """,
            [enrollment_id for enrollment_id, _key, _visit in stopped],
        )
    )
    withdraw(
        env, SQL('(enrollment_id, step_key, visit) IN %s', tuple(stopped)), 'workflow_left', now
    )


def withdraw(env, condition, reason, now):
    """Cancel the open tasks and the messages not sent yet that meet the SQL ``condition``.

    :param reason: of the ledger, why they will not go
    """
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET status = 'cancelled', reason = %s, date = %s
             WHERE %s AND status IN ('queued', 'held', 'handed') RETURNING id
            """,
            reason,
            now,
            condition,
        )
    )
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_care_task SET state = 'cancelled', write_date = %s
             WHERE %s AND state IN ('requested', 'in-progress') RETURNING id
            """,
            now,
            condition,
        )
    )
    env['healthcare.communication'].invalidate_model()
    env['healthcare.care.task'].invalidate_model()
