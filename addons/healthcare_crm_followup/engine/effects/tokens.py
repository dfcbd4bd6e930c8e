"""Moves of tokens, ``healthcare.workflow.token``, and the ends of enrollments."""

from odoo.tools import SQL

from .. import sql


def move(env, moves):
    """Write where tokens stand now.

    :param moves: [(token id, step key, visit, state, due_at, anchor field, anchor amount, anchor
        unit)]
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
                   anchor_unit = move.anchor_unit
              FROM (VALUES %s) AS move (id, step_key, visit, state, due_at, anchor_field,
                  anchor_amount,
                                        anchor_unit)
             WHERE token.id = move.id
            RETURNING token.id
            """,
            sql.values_list(moves),
        )
    )


def end(env, enrollments, now):
    """End enrollments and take their tokens off the board.

    :param enrollments: [(enrollment id, state, exit reason)]
    """
    if not enrollments:
        return
    env.execute_query(
        SQL(
            """
            WITH ended AS (
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET state = ending.state, exit_reason = ending.reason, date_end = %s
                  FROM (VALUES %s) AS ending (id, state, reason)
                 WHERE enrollment.id = ending.id
             RETURNING enrollment.id
            )
            UPDATE healthcare_workflow_token AS token
               SET state = 'done', due_at = NULL, woken = NULL, anchor_field = NULL
              FROM ended WHERE token.enrollment_id = ended.id
            RETURNING token.id
            """,
            now,
            sql.values_list(enrollments),
        )
    )
