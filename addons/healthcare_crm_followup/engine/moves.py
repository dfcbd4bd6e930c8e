"""Moving those under way in older versions of a workflow to the current one, and back.

What becomes of a patient depends on where they stand:

* at a step that the new version has too (same key, same kind), they stay there as they are: the
  same visit, the same due date, the answer they wait for still finds them;
* on the way to a step that is mapped to another one, they come to that one on the same date;
* inside a step that is mapped to another one, they enter that one at once. What they waited for is
  withdrawn; a wait counts from now, by the new step's rule;
* at a step that is mapped to nothing, they leave.

Whoever enters a step does so under a visit number nobody used before, so a move cannot make the
ledger write a message twice, however often it is undone and repeated.
"""

from collections import Counter
from dataclasses import replace

from odoo.tools import SQL

from . import enroll, simulate, sql
from .effects import tokens

#: What a step is mapped to when its patients leave.
LEAVE = ''
#: A preview plays no more than so many patients.
PREVIEW = 2000

#: SQL on ``token`` and ``plan``: inside a step it does not stay at.
_ENTERS = SQL("NOT plan.stays AND token.state != 'scheduled'")
_COLUMNS = (
    'step_key, visit, state, due_at, woken, anchor_field, anchor_amount, anchor_unit, awaits, '
    'attempt'
)


def standing(env, versions):
    """Return {(version id, step key): how many tokens are there}, of those under way."""
    env.flush_all()
    return {
        (version_id, key): number
        for version_id, key, number in env.execute_query(
            SQL(
                """
                SELECT version_id, step_key, count(*) FROM healthcare_workflow_token
                 WHERE version_id = ANY(%s) AND state IN %s GROUP BY 1, 2
                """,
                versions.ids,
                tokens.LIVE,
            )
        )
    }


def plan_of(versions, target, mapping):
    """Return where each step of ``versions`` leads: [(version id, key, new key, stays)].

    :param mapping: {key: key of ``target`` or :data:`LEAVE`}; steps it does not name are left out
    """
    rows = []
    for version in versions:
        for key, step in version.graph['steps'].items():
            if key in mapping:
                new = target.graph['steps'].get(mapping[key]) or {}
                stays = mapping[key] == key and step['kind'] == new.get('kind')
                rows.append((version.id, key, mapping[key], stays))
    return rows


def preview(env, versions, target, mapping, now):
    """Return what would happen at once: Counter of (step key, outcome, channel or reason).

    Of those who would enter another step now, up to :data:`PREVIEW` are played.
    """
    entering = {
        (version_id, key): new
        for version_id, key, new, stays in plan_of(versions, target, mapping)
        if not stays and new
    }
    if not entering:
        return Counter()
    rows = enroll.read_rows(
        env,
        SQL(
            """
            token.id IN (
                SELECT token.id FROM healthcare_workflow_token AS token
                 WHERE (token.version_id, token.step_key) IN %s AND token.state IN %s
                   AND (token.state != 'scheduled' OR token.due_at <= %s)
                 ORDER BY token.id LIMIT %s)
            """,
            tuple(entering),
            tokens.LIVE,
            now,
            PREVIEW,
        ),
    )
    rows = [
        replace(
            row,
            step_key=entering[row.version_id, row.step_key],
            version_id=target.id,
            visit=row.visit + 1,
            due_at=now,
            woken=None,
        )
        for row in rows
    ]
    lines = simulate.play(enroll.scene_of(env, target, now), rows, now, answers=None)
    return Counter(
        (
            line.row.step_key,
            'waiting' if line.result.is_parked else line.result.outcome,
            line.result.reason,
        )
        for line in lines
    )


def apply(env, move_id, versions, target, mapping, now):
    """Move everybody under way in ``versions`` to ``target``.

    :param move_id: of the ``healthcare.workflow.move`` that keeps where they stood
    :return: (how many patients were moved, how many left)
    """
    plan = plan_of(versions, target, mapping)
    if not plan:
        return 0, 0
    env.flush_all()
    left = _let_leave(env, plan, now)
    moved = env.execute_query(
        SQL(
            """
            WITH plan (version_id, step_key, to_key, stays) AS (VALUES %(plan)s), kept AS (
                INSERT INTO healthcare_workflow_move_token (
                    move_id, token_id, enrollment_id, version_id, %(columns)s,
                    to_key, to_visit, to_state, stayed)
                SELECT %(move)s, token.id, token.enrollment_id, token.version_id,
                       token.step_key, token.visit, token.state, token.due_at, token.woken,
                       token.anchor_field, token.anchor_amount, token.anchor_unit, token.awaits,
                       token.attempt, plan.to_key,
                       token.visit + CASE WHEN %(enters)s THEN 1 ELSE 0 END,
                       CASE WHEN %(enters)s THEN 'scheduled' ELSE token.state END, plan.stays
                  FROM healthcare_workflow_token AS token
                  JOIN plan USING (version_id, step_key)
                 WHERE token.state IN %(live)s
             RETURNING token_id, enrollment_id, step_key, state, to_key, to_visit, to_state, stayed
            ), moved AS (
                UPDATE healthcare_workflow_token AS token
                   SET version_id = %(target)s, step_key = kept.to_key, visit = kept.to_visit,
                       state = kept.to_state,
                       due_at = CASE WHEN kept.state = kept.to_state OR kept.stayed
                                     THEN token.due_at ELSE %(now)s END,
                       woken = CASE WHEN kept.stayed THEN token.woken END,
                       anchor_field = CASE WHEN kept.stayed THEN token.anchor_field END,
                       anchor_amount = CASE WHEN kept.stayed THEN token.anchor_amount END,
                       anchor_unit = CASE WHEN kept.stayed THEN token.anchor_unit END,
                       awaits = CASE WHEN kept.stayed THEN token.awaits END,
                       attempt = CASE WHEN kept.stayed THEN token.attempt ELSE 0 END
                  FROM kept WHERE token.id = kept.token_id
             RETURNING token.enrollment_id
            ), followed AS (
                UPDATE healthcare_workflow_enrollment AS enrollment SET version_id = %(target)s
                  FROM (SELECT DISTINCT enrollment_id AS id FROM moved) AS moved
                 WHERE enrollment.id = moved.id
             RETURNING enrollment.id
            ), logged AS (
                INSERT INTO healthcare_workflow_log (enrollment_id, step_key, visit, kind, date)
                SELECT enrollment_id, to_key, to_visit, 'migrated', %(now)s FROM kept
            )
            SELECT count(*) FROM followed
            """,
            plan=sql.values_list(plan),
            columns=SQL(_COLUMNS),
            move=move_id,
            enters=_ENTERS,
            live=tokens.LIVE,
            target=target.id,
            now=now,
        )
    )[0][0]
    # the planner has to know that there are many of them by now
    env.cr.execute('ANALYZE healthcare_workflow_move_token')
    tokens.withdraw(env, _left_visits(move_id, SQL('TRUE')), 'workflow_left', now)
    _settle_joins(env, move_id, target, now)
    return moved, left


def _let_leave(env, plan, now):
    """End the enrollments that have no place in the plan, and single paths of others; return how
    many left."""
    places = tuple((version_id, key) for version_id, key, new, _stays in plan if new == LEAVE)
    if not places:
        return 0
    found = env.execute_query(
        SQL(
            """
            SELECT array_agg(token.id) FILTER (WHERE (version_id, step_key) IN %(places)s),
                   enrollment_id, bool_and((version_id, step_key) IN %(places)s)
              FROM healthcare_workflow_token AS token
             WHERE version_id = ANY(%(versions)s) AND state IN %(live)s
             GROUP BY enrollment_id HAVING bool_or((version_id, step_key) IN %(places)s)
            """,
            places=places,
            versions=sorted({version_id for version_id, _key in places}),
            live=tokens.LIVE,
        )
    )
    paths = [one for ids, _enrollment_id, is_all in found if not is_all for one in ids]
    if paths:
        tokens.stop(env, SQL('id = ANY(%s)', paths), now)
    leaving = {enrollment_id: 'moved_version' for _ids, enrollment_id, is_all in found if is_all}
    enroll.leave(env, leaving, now)
    return len(leaving)


def _left_visits(move_id, condition):
    """Return the SQL over rows of a visit: it was under way when ``move_id`` took its patient
    elsewhere."""
    return SQL(
        """
        (enrollment_id, step_key, visit) IN (
            SELECT kept.enrollment_id, kept.step_key, kept.visit
              FROM healthcare_workflow_move_token AS kept
             WHERE kept.move_id = %s AND kept.to_visit != kept.visit AND %s)
        """,
        move_id,
        condition,
    )


def _settle_joins(env, move_id, version, now):
    """Let through the joins those whom nobody can join any more."""
    waiting = env.execute_query(
        SQL(
            """
            SELECT DISTINCT enrollment_id FROM healthcare_workflow_move_token
             WHERE move_id = %s AND stayed AND awaits = 'join'
            """,
            move_id,
        )
    )
    if waiting:
        graph = enroll.scene_of(env, version, now).graph
        for key, upstream in graph.joins.items():
            mode, ids = graph.steps[key].mode, [one for (one,) in waiting]
            tokens.settle_join(env, key, mode, upstream, ids, now)


def undo(env, move_id, target, applied_at, now):
    """Put back where they stood all those who have not moved on since; whoever left stays out.

    :param applied_at: when the move was applied: what it withdrew then is to be done again
    :return: (how many paths were put back, how many could not be)
    """
    env.flush_all()
    total, returned = env.execute_query(
        SQL(
            """
            WITH untouched AS (
                SELECT unnest(array_agg(kept.id)) AS id
                  FROM healthcare_workflow_move_token AS kept
                  JOIN healthcare_workflow_token AS token ON token.id = kept.token_id
                 WHERE kept.move_id = %(move)s
                 GROUP BY kept.enrollment_id
                -- all paths of a patient, or none: an enrollment is in one version
                HAVING bool_and((token.version_id, token.step_key, token.visit, token.state)
                                = (%(target)s, kept.to_key, kept.to_visit, kept.to_state))
                   AND count(*) = (SELECT count(*) FROM healthcare_workflow_token AS here
                                    WHERE here.enrollment_id = kept.enrollment_id
                                      AND here.state IN %(live)s)
            ), returned AS (
                UPDATE healthcare_workflow_token AS token
                   SET version_id = kept.version_id, step_key = kept.step_key,
                       visit = kept.visit, state = kept.state,
                       due_at = CASE WHEN kept.stayed OR kept.state = kept.to_state
                                     THEN token.due_at ELSE kept.due_at END,
                       woken = CASE WHEN kept.stayed THEN token.woken ELSE kept.woken END,
                       anchor_field = kept.anchor_field, anchor_amount = kept.anchor_amount,
                       anchor_unit = kept.anchor_unit, awaits = kept.awaits,
                       attempt = CASE WHEN kept.stayed THEN token.attempt ELSE kept.attempt END
                  FROM healthcare_workflow_move_token AS kept
                  JOIN untouched USING (id)
                 WHERE token.id = kept.token_id
             RETURNING kept.id, token.enrollment_id, token.version_id, token.step_key, token.visit
            ), followed AS (
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET version_id = returned.version_id
                  FROM (SELECT DISTINCT enrollment_id AS id, version_id FROM returned) AS returned
                 WHERE enrollment.id = returned.id
            ), logged AS (
                INSERT INTO healthcare_workflow_log (enrollment_id, step_key, visit, kind, date)
                SELECT enrollment_id, step_key, visit, 'returned', %(now)s FROM returned
            ), marked AS (
                UPDATE healthcare_workflow_move_token AS kept SET returned = TRUE
                  FROM returned WHERE kept.id = returned.id
            )
            SELECT (SELECT count(DISTINCT enrollment_id) FROM healthcare_workflow_move_token
                     WHERE move_id = %(move)s),
                   (SELECT count(DISTINCT enrollment_id) FROM returned)
            """,
            move=move_id,
            target=target.id,
            live=tokens.LIVE,
            now=now,
        )
    )[0]
    _take_up_again(env, move_id, applied_at, now)
    _follow_dates(env, move_id, now)
    return returned, total - returned


def _take_up_again(env, move_id, applied_at, now):
    """Open again the tasks and messages the move withdrew, of those who came back."""
    visits = _left_visits(move_id, SQL('kept.returned'))
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_care_task SET state = 'requested', write_date = %s
             WHERE %s AND state = 'cancelled' AND write_date = %s RETURNING id
            """,
            now,
            visits,
            applied_at,
        )
    )
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET status = 'queued', reason = NULL, date = %s
             WHERE %s AND status = 'cancelled' AND date = %s RETURNING id
            """,
            now,
            visits,
            applied_at,
        )
    )
    env['healthcare.communication'].invalidate_model()
    env['healthcare.care.task'].invalidate_model()
    # the end of a sub-workflow was told to a step where nobody stood meanwhile
    ended = env.execute_query(
        SQL(
            """
            SELECT child.id FROM healthcare_workflow_move_token AS kept
              JOIN healthcare_workflow_enrollment AS child
                ON child.parent_id = kept.enrollment_id AND child.parent_step = kept.step_key
               AND child.parent_visit = kept.visit
             WHERE kept.move_id = %s AND kept.returned AND child.state != 'active'
            """,
            move_id,
        )
    )
    tokens.tell_parents(env, [one for (one,) in ended], now, f'undone:{move_id}')


def _follow_dates(env, move_id, now):
    """Let the waits that were put back follow dates that moved meanwhile."""
    found = env.execute_query(
        SQL(
            """
            SELECT kept.version_id, array_agg(DISTINCT enrollment.subject_id)
              FROM healthcare_workflow_move_token AS kept
              JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = kept.enrollment_id
             WHERE kept.move_id = %s AND kept.returned AND kept.anchor_field IS NOT NULL
             GROUP BY kept.version_id
            """,
            move_id,
        )
    )
    for version_id, subject_ids in found:
        version = env['healthcare.workflow.version'].browse(version_id)
        enroll.follow_waits(enroll.scene_of(env, version, now), version, subject_ids)
