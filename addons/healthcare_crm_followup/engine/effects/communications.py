"""Rows of the ledger, ``healthcare.communication``."""

from dataclasses import dataclass

from .. import sql


@dataclass(frozen=True)
class Communication:
    """One decided contact: queued to be sent, or the reason why it is not."""

    idempotency_key: str
    patient_id: int
    channel: str | None
    status: str
    reason: str | None
    purpose_id: int | None
    consent_id: int | None
    appointment_id: int | None
    lang: str | None
    address: str | None
    due_at: object
    enrollment_id: int
    step_key: str
    visit: int
    subject: str
    priority: int = 1
    expires_at: object = None

    @classmethod
    def of(cls, row, step, verdict, status, now, priority=1, expires_at=None):
        """Return the ledger row for ``verdict`` on ``row`` at ``step``, to be sent at ``now``.

        :param priority: 0 low to 3 critical, of the workflow
        :param expires_at: the moment after which it is too late to send it, if there is one
        """
        return cls(
            idempotency_key=f'{row.enrollment_id}:{step.key}:{row.visit}:{verdict.channel or "-"}',
            patient_id=row.patient_id,
            channel=verdict.channel,
            status=status,
            reason=verdict.reason,
            purpose_id=step.purpose_id,
            consent_id=verdict.consent_id,
            appointment_id=row.appointment_id,
            lang=row.person.lang,
            address=verdict.address,
            due_at=now,
            enrollment_id=row.enrollment_id,
            step_key=step.key,
            visit=row.visit,
            subject=step.name,
            priority=priority,
            expires_at=expires_at,
        )

    @classmethod
    def apply(cls, env, effects, now):
        """Insert the rows; one whose key is in the ledger already is left as it is."""
        ledger = env['healthcare.communication']
        # what is sealed names its row, so the rows have their numbers first
        ids = sql.next_ids(env, 'healthcare_communication', len(effects))
        subjects = [
            ledger._seal_value('subject', id_, effect.subject)
            for id_, effect in zip(ids, effects, strict=True)
        ]
        sql.insert_values(
            env,
            'healthcare_communication',
            effects,
            now,
            instead={'id': ids, 'subject_sealed': subjects},
            without=('subject',),
            direction='out',
            attempt=0,
            date=now,
        )
        ledger.invalidate_model()
