"""Tokens that failed too often and wait for a person: try again, or let the patient go."""

from odoo.tools import SQL

from . import enroll
from .effects import log


def retry(env, token_ids, now):
    """Let those of ``token_ids`` that still are incidents run at once; return how many.

    They run as when they failed: on arrival at the step, or on the answer that woke them.
    """
    found = env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_token
               SET state = CASE WHEN woken IS NULL THEN 'scheduled' ELSE 'parked' END,
                   attempt = 0, due_at = %s
             WHERE id = ANY(%s) AND state = 'incident'
         RETURNING enrollment_id, step_key, visit
            """,
            now,
            list(token_ids),
        )
    )
    log.write(env, [log.LogEntry(*one, 'retried') for one in found], now)
    return len(found)


def let_go(env, token_ids, now):
    """End the enrollments of those of ``token_ids`` that still are incidents; return how many."""
    found = env.execute_query(
        SQL(
            """
            SELECT enrollment_id FROM healthcare_workflow_token
             WHERE id = ANY(%s) AND state = 'incident' ORDER BY id FOR UPDATE
            """,
            list(token_ids),
        )
    )
    reasons = {one: 'incident' for (one,) in found}
    enroll.leave(env, reasons, now)
    return len(reasons)
