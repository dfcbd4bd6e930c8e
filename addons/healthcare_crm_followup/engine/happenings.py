"""The engine's inbox: what happened, taken in shard by shard."""

from dataclasses import dataclass

from odoo.tools import SQL

#: Happenings of one transaction of the tick.
EVENTS = 1000
#: These say nothing without the record they happened to: they concern workflows about it alone.
OF_THE_RECORD = frozenset({'created', 'changed'})


@dataclass(frozen=True)
class Happening:
    """One line of the inbox: ``code`` happened to a subject, and so to its patient."""

    id: int
    code: str
    model: str | None
    subject_id: int | None
    patient_id: int | None
    payload: dict

    @property
    def concerns_patient(self):
        """Whether it concerns the patient, too, and not only the record it happened to."""
        return self.code not in OF_THE_RECORD

    def subject_for(self, model):
        """Return the id of the subject of kind ``model`` this is about, or ``None``.

        What happens to any subject of a patient happens to the patient.
        """
        if self.model == model:
            return self.subject_id
        return self.patient_id if model == 'res.partner' else None


def take(env, shards, now):
    """Mark up to :data:`EVENTS` happenings of ``shards`` as processed; return them in order."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_event SET processed_at = %s
             WHERE id IN (SELECT id FROM healthcare_workflow_event
                           WHERE processed_at IS NULL AND shard = ANY(%s)
                           ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
         RETURNING id, kind, subject_model, subject_id, patient_id, payload
            """,
            now,
            list(shards),
            EVENTS,
        )
    )
    return [Happening(*row[:5], row[5] or {}) for row in sorted(rows)]
