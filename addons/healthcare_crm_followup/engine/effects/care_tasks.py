"""Rows of the staff's worklist, ``healthcare.care.task``."""

from dataclasses import dataclass

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

    @classmethod
    def of(cls, row, step, until, now):
        """Return the task of ``step`` for ``row``, to be done between ``now`` and ``until``."""
        return cls(
            idempotency_key=key_of(row, step),
            name=step.name,
            patient_id=row.patient_id,
            appointment_id=row.appointment_id,
            purpose_id=step.purpose_id,
            company_id=row.company_id,
            task_type=step.task_type,
            role=step.role,
            user_id=step.user_id,
            instruction=SQL('%s::jsonb', Json(step.instruction)) if step.instruction else None,
            priority=step.priority,
            window_start=now,
            window_end=until,
            enrollment_id=row.enrollment_id,
            step_key=step.key,
            visit=row.visit,
        )

    @staticmethod
    def in_every_language(text):
        """Return the value of ``instruction`` for words that are in the patient's language."""
        return SQL('%s::jsonb', Json({'en_US': text}))

    @classmethod
    def apply(cls, env, effects, now):
        """Insert the tasks; one whose key exists already is left as it is."""
        sql.insert_values(env, 'healthcare_care_task', effects, now, state='requested')
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
