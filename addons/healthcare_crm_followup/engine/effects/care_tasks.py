"""Rows of the staff's worklist, ``healthcare.care.task``."""

from dataclasses import dataclass, replace

from psycopg2.extras import Json

from odoo.tools import SQL

from .. import sql


def key_of(row, step):
    """Return the key of the one task that ``step`` may open for this visit of ``row``."""
    return f'{row.enrollment_id}:{step.key}:{row.visit}'


@dataclass(frozen=True)
class CareTask:
    """One piece of work for people, with its window."""

    idempotency_key: str
    name: str
    patient_id: int
    appointment_id: int | None
    purpose_id: int | None
    company_id: int | None
    task_type: str
    role: str
    user_id: int | None
    instruction: object
    priority: str
    window_start: object
    window_end: object
    enrollment_id: int
    step_key: str
    visit: int
    #: the message that staff bring to the patient, or ask after
    communication_id: int | None = None
    own_outcomes: object = None

    @classmethod
    def of(cls, row, step, until, now, user_id=None):
        """Return the task of ``step`` for ``row``, to be done between ``now`` and ``until``.

        :param user_id: who is to do it, where the step asks for nobody by name
        """
        return cls(
            idempotency_key=key_of(row, step),
            name=step.name,
            patient_id=row.patient_id,
            appointment_id=row.appointment_id,
            purpose_id=step.purpose_id,
            company_id=row.company_id,
            task_type=step.task_type,
            role=step.role,
            user_id=step.user_id or user_id,
            instruction=_json(step.instruction),
            priority=step.priority,
            window_start=now,
            window_end=until,
            enrollment_id=row.enrollment_id,
            step_key=step.key,
            visit=row.visit,
            own_outcomes=_json(step.own_outcomes),
        )

    @staticmethod
    def in_every_language(text):
        """Return the value of ``instruction`` for words that are in the patient's language."""
        return SQL('%s::jsonb', Json({'en_US': text}))

    @classmethod
    def apply(cls, env, effects, now):
        """Insert the tasks; one whose key exists already is left as it is.

        Tasks of somebody who is away go to the substitute, else to everybody of the role.
        """
        present = _stand_ins(env, effects, now)
        tasks = [replace(one, user_id=present.get(one.user_id, one.user_id)) for one in effects]
        sql.insert_values(env, 'healthcare_care_task', tasks, now, state='requested')
        env['healthcare.care.task'].invalidate_model()


@dataclass(frozen=True)
class ExpireTask:
    """Close a task nobody did in time, because the workflow goes another way now."""

    idempotency_key: str

    @classmethod
    def apply(cls, env, effects, now):
        """Mark those that are still open as not done."""
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_care_task SET state = 'failed', write_date = %s
                 WHERE idempotency_key IN %s AND state IN ('requested', 'in-progress') RETURNING id
                """,
                now,
                tuple(effect.idempotency_key for effect in effects),
            )
        )
        env['healthcare.care.task'].invalidate_model()


@dataclass(frozen=True)
class EscalateTask:
    """Make a task nobody did in time more urgent, and somebody else's."""

    idempotency_key: str
    role: str
    user_id: int | None
    priority: str

    @classmethod
    def of(cls, row, step):
        """Return the escalation of the task of ``step`` for ``row``."""
        to = step.escalation
        return cls(key_of(row, step), to.role or step.role, to.user_id, to.priority)

    @classmethod
    def apply(cls, env, effects, now):
        """Hand on those that are still open; a priority only ever rises."""
        present = _stand_ins(env, effects, now)
        rows = [
            (one.idempotency_key, one.role, present.get(one.user_id, one.user_id), one.priority)
            for one in effects
        ]
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_care_task AS task
                   SET state = 'requested', role = raised.role, user_id = raised.user_id::int4,
                       priority = greatest(task.priority, raised.priority),
                       escalated_at = %(now)s, write_date = %(now)s
                  FROM (VALUES %(rows)s) AS raised (key, role, user_id, priority)
                 WHERE task.idempotency_key = raised.key
                   AND task.state IN ('requested', 'in-progress')
             RETURNING task.id
                """,
                now=now,
                rows=sql.values_list(rows),
            )
        )
        env['healthcare.care.task'].invalidate_model()


def _json(value):
    """Return a value for a column of JSON; nothing for what is empty."""
    return SQL('%s::jsonb', Json(value)) if value else None


def _stand_ins(env, effects, now):
    """Return {user id: who does the work instead, or ``None``} of the assignees who are away."""
    return env['healthcare.absence']._away(now, {one.user_id for one in effects} - {None})
