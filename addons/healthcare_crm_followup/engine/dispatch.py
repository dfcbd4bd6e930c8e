"""From ledger row to patient: claim, look once more, send, record.

A row is marked ``sending`` and committed before a word goes to the provider, and its result is
committed right after. Whatever the process dies of, a row found in ``sending`` was perhaps sent:
it becomes ``unknown`` and a task for people, never a second message.
"""

import logging
from datetime import timedelta

from odoo.tools import SQL

from . import gates, sql
from .effects import CareTask
from .facts import read_people
from .subjects import SUBJECTS

_logger = logging.getLogger(__name__)

CLAIM = 100
#: Longer than the slowest claim of :data:`CLAIM` rows may take: then its owner is dead.
LEASE = timedelta(minutes=15)
MAX_ATTEMPTS = 5
#: SQL on ``communication``: its workflow was paused after the message had been decided.
STOPPED = SQL(
    """
    EXISTS (SELECT FROM healthcare_workflow_enrollment AS enrollment
              JOIN healthcare_workflow AS workflow ON workflow.id = enrollment.workflow_id
             WHERE enrollment.id = communication.enrollment_id AND workflow.state != 'published')
    """
)


def run(env, channels, now, commit):
    """Send what is due on every channel; return how many rows were settled.

    :param channels: {code: adapter class}, see :mod:`~..channels`
    :param now: a callable that returns the moment it is, naive UTC: sending takes time
    :param commit: as in :func:`.tick.run`
    """
    settled = sql.retried(env, settle_crashed, env, now())
    if settled:
        commit(settled)
    for code, adapter_class in channels.items():
        while ids := sql.retried(env, claim, env, code, now()):
            # before any provider hears of it, the claim stands in the database
            left = commit(0)
            with adapter_class(env) as adapter:
                while ids and left:
                    communication = env['healthcare.communication'].browse(ids.pop(0))
                    left = send_one(env, adapter, communication, now, commit)
                    settled += 1
            if not left:
                # what time did not suffice for is for the next run, not for the end of the lease
                sql.retried(env, release, env, ids)
                commit(0)
                return settled
    return settled


def claim(env, channel, now, limit=CLAIM):
    """Lease up to ``limit`` due rows of ``channel`` to this process; return their ids in order."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET lease_until = %(lease)s
             WHERE id IN (SELECT id FROM healthcare_communication AS communication
                           WHERE status = 'queued' AND channel = %(channel)s AND due_at <= %(now)s
                             AND (lease_until IS NULL OR lease_until < %(now)s)
                             AND NOT %(stopped)s
                           ORDER BY due_at, id LIMIT %(limit)s
                             FOR UPDATE OF communication SKIP LOCKED)
         RETURNING id, due_at
            """,
            lease=now + LEASE,
            stopped=STOPPED,
            channel=channel,
            now=now,
            limit=limit,
        )
    )
    env['healthcare.communication'].invalidate_model()
    return [one for one, _due in sorted(rows, key=lambda row: (row[1], row[0]))]


def release(env, ids):
    """Give back claimed rows that were not sent."""
    if not ids:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET lease_until = NULL
             WHERE id IN %s AND status = 'queued' RETURNING id
            """,
            tuple(ids),
        )
    )
    env['healthcare.communication'].invalidate_model(['lease_until'])


def send_one(env, adapter, communication, now, commit):
    """Send one leased row, or record why it may not be sent any more; return the seconds left.

    The row goes through three commits: ``sending``, then the provider, then its result. Before and
    after the provider, a write that meets somebody else's (the tick that cancels the row, staff who
    move the appointment) is begun anew: a sent message must not go down as unknown for that.
    """
    message, left = sql.retried(env, _begin, env, adapter, communication, now, commit)
    if not message:
        return left
    answer = adapter.deliver(message)
    return sql.retried(env, _record, env, communication, answer, now, commit)


def _begin(env, adapter, communication, now, commit):
    """Write the message and mark its row ``sending``; return the message and the seconds left.

    There is no message where the row may not be sent, or is not waiting any more.
    """
    if communication.status != 'queued':
        # cancelled by the tick, or by staff, since it was claimed
        return None, commit(0)
    verdict = look_again(env, communication, now())
    if not verdict.allowed:
        settle(env, communication, 'suppressed', verdict.reason, now=now())
        return None, commit(1)
    if verdict.address != communication.address:
        # corrected since the message was decided
        communication.address = verdict.address
    try:
        with env.cr.savepoint():
            message = adapter.prepare(communication)
    except sql.CONFLICTS:
        raise
    except Exception:  # one template or record that cannot be rendered must not hold up the queue
        _logger.info('Message %s could not be written', communication.id, exc_info=True)
        settle(env, communication, 'failed', 'render_error', now=now())
        return None, commit(1)
    communication.write(
        {'status': 'sending', 'attempt': communication.attempt + 1} | message.ledger_values()
    )
    env.flush_all()
    return message, commit(0)


def _record(env, communication, answer, now, commit):
    """Record the provider's answer; return the seconds left."""
    if answer.is_temporary and communication.attempt < MAX_ATTEMPTS:
        # nothing went out, the provider said so: the row may wait and try again
        communication.write(
            {
                'status': 'queued',
                'due_at': now() + timedelta(minutes=2**communication.attempt),
                'lease_until': False,
                'reason_detail': answer.detail,
            }
        )
        env.flush_all()
    else:
        settle(
            env,
            communication,
            answer.status,
            answer.reason,
            answer.detail,
            answer.provider_ref,
            now(),
        )
    return commit(1)


def look_again(env, communication, now):
    """Return the verdict on a decided message in the moment it is sent.

    Consent, the address or the appointment may have changed since, before the tick heard of it. An
    appointment that was given to another patient is nothing to tell the first one about: the links
    in the message would open it.
    """
    appointment = communication.appointment_id
    subject = SUBJECTS.get(communication.enrollment_id.subject_model)
    about_appointment = appointment or (subject and subject.is_appointment)
    if about_appointment and (
        not appointment.active
        or appointment.appointment_status in ('cancelled', 'entered-in-error')
        or appointment.patient_id != communication.patient_id
    ):
        return gates.Verdict(communication.channel, False, 'subject_cancelled')
    grace = communication._get_grace_minutes()
    if grace is not None and gates.is_late(communication.date, now, grace):
        # the server, the provider or the workflow stood still meanwhile
        return gates.Verdict(communication.channel, False, 'late')
    person = read_people(env, [communication.patient_id.id], now.date())[
        communication.patient_id.id
    ]
    reason = gates.person_reason(person)
    if reason:
        return gates.Verdict(communication.channel, False, reason)
    return gates.channel_verdict(person, communication.channel, communication.purpose_id.id)


def settle(env, communication, status, reason=None, detail=None, provider_ref=None, now=None):
    """Record how a message ended, and wake the workflow where it waits for a failure."""
    communication._set_result(
        status, reason=reason, detail=detail, provider_ref=provider_ref, date=now
    )
    communication.lease_until = False
    if status in ('failed', 'suppressed'):
        env['healthcare.workflow.event']._answered(communication, 'failed')
    if status == 'unknown':
        CareTask.apply(env, [_ask_staff(env, communication, now)], now)
    env.flush_all()


def next_due(env, channels):
    """Return the earliest moment a free row of ``channels`` waits for, or ``None``."""
    env.flush_all()
    due = env.execute_query(
        SQL(
            """
            SELECT min(due_at) FROM healthcare_communication AS communication
             WHERE status = 'queued' AND lease_until IS NULL AND channel = ANY(%s) AND NOT %s
            """,
            list(channels),
            STOPPED,
        )
    )
    return due[0][0]


def settle_crashed(env, now):
    """Mark rows whose sender died while sending ``unknown``, each with a task; return how many."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication
               SET status = 'unknown', reason = 'crash', lease_until = NULL
             WHERE id IN (SELECT id FROM healthcare_communication
                           WHERE status = 'sending' AND lease_until < %s FOR UPDATE SKIP LOCKED)
         RETURNING id
            """,
            now,
        )
    )
    communications = env['healthcare.communication'].browse([one for (one,) in rows])
    communications.invalidate_recordset()
    CareTask.apply(
        env, [_ask_staff(env, communication, now) for communication in communications], now
    )
    return len(rows)


def _ask_staff(env, communication, now):
    """Return the task that asks somebody to find out whether a message arrived."""
    return CareTask(
        idempotency_key=f'unknown:{communication.id}',
        name=env._("Ask whether our message arrived"),
        patient_id=communication.patient_id.id,
        appointment_id=communication.appointment_id.id or None,
        purpose_id=communication.purpose_id.id or None,
        company_id=communication.appointment_id.company_id.id or None,
        task_type='call',
        role='reception',
        user_id=None,
        instruction=None,
        priority='1',
        window_start=now,
        window_end=now + timedelta(days=1),
        enrollment_id=None,
        step_key=None,
        visit=0,
    )
