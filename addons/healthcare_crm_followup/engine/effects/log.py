"""Rows of ``healthcare.workflow.log``: what happened to an enrollment, and why."""

from dataclasses import dataclass

from psycopg2.extras import Json

from .. import sql


@dataclass(frozen=True)
class LogEntry:
    """One line of an enrollment's history."""

    enrollment_id: int
    step_key: str | None
    visit: int
    kind: str
    outcome: str | None = None
    reason: str | None = None
    detail: dict | None = None


def write(env, entries, now):
    """Append ``entries``, dated ``now``."""
    sql.insert_rows(
        env,
        'healthcare_workflow_log',
        ['enrollment_id', 'step_key', 'visit', 'kind', 'outcome', 'reason', 'detail', 'date'],
        [
            (
                entry.enrollment_id,
                entry.step_key,
                entry.visit,
                entry.kind,
                entry.outcome,
                entry.reason,
                Json(entry.detail) if entry.detail else None,
                now,
            )
            for entry in entries
        ],
    )
