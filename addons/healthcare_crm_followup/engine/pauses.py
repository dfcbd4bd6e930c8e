"""What becomes of patients who waited while their workflow stood still."""

from odoo.tools import SQL

from . import enroll

#: keep: what fell due follows each step's late policy; restart: waits last longer by the pause;
#: drop: whoever had something fall due leaves
MODES = ('keep', 'restart', 'drop')

#: Tokens of a workflow, besides those an answer woke: they were not waiting any more.
_WAITING = SQL(
    """
    enrollment.id = token.enrollment_id AND enrollment.state = 'active'
    AND token.state IN ('scheduled', 'parked') AND token.woken IS NULL
    """
)


def lengthen(env, workflow_id, paused_at, now):
    """Let every wait that began before or in the pause last longer by it; return how many.

    Waits that hang on a date of the subject keep following it.
    """
    rows = env.execute_query(
        SQL(
            """
            WITH lengthened AS (
                UPDATE healthcare_workflow_token AS token
                   SET due_at = token.due_at + (%(now)s - GREATEST(%(paused)s,
                                                                   enrollment.date_start))
                  FROM healthcare_workflow_enrollment AS enrollment
                 WHERE %(waiting)s AND enrollment.workflow_id = %(workflow)s
                   AND token.anchor_field IS NULL AND token.due_at IS NOT NULL
                   -- the first step of a workflow that hangs on a date follows that date, too
                   AND NOT (token.visit = 1 AND token.state = 'scheduled'
                            AND enrollment.anchor_at IS NOT NULL)
             RETURNING token.enrollment_id, token.step_key, token.visit
            ), logged AS (
                INSERT INTO healthcare_workflow_log (enrollment_id, step_key, visit, kind, date)
                SELECT enrollment_id, step_key, visit, 'lengthened', %(now)s FROM lengthened
            )
            SELECT count(*) FROM lengthened
            """,
            now=now,
            paused=paused_at,
            waiting=_WAITING,
            workflow=workflow_id,
        )
    )
    return rows[0][0]


def drop(env, workflow_id, now):
    """End the enrollments that had something fall due by ``now``; return how many.

    Answers that came meanwhile are not lost: their enrollments go on.
    """
    found = env.execute_query(
        SQL(
            """
            SELECT DISTINCT token.enrollment_id
              FROM healthcare_workflow_token AS token, healthcare_workflow_enrollment AS enrollment
             WHERE %(waiting)s AND enrollment.workflow_id = %(workflow)s AND token.due_at <= %(now)s
            """,
            waiting=_WAITING,
            workflow=workflow_id,
            now=now,
        )
    )
    enroll.leave(env, {one: 'paused' for (one,) in found}, now)
    return len(found)


def release(env, workflow_id, reason, now):
    """End every enrollment of a workflow that is under way; return how many."""
    found = env.execute_query(
        SQL(
            """
            SELECT id FROM healthcare_workflow_enrollment
             WHERE workflow_id = %s AND state = 'active'
            """,
            workflow_id,
        )
    )
    enroll.leave(env, {one: reason for (one,) in found}, now)
    return len(found)
