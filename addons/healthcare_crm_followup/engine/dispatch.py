"""From ledger row to patient: claim, look once more, send, record.

Rows are taken in small batches: looked at and written together, then sent one by one. A row is
marked ``sending`` and committed before a word goes to the provider; the transaction that marks the
next one records its result. Whatever the process dies of, at most one row of a sender is found in
``sending``: it was perhaps sent. Where the provider knows messages by their key it is sent again
with the same one; elsewhere it becomes ``unknown`` and a task for people, never a second message.

What keeps two senders apart is the mark: only a row still ``queued``, under the very lease its
sender took, becomes ``sending``.
"""

import math
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from odoo.tools import SQL

from . import guards, sql
from .effects import CareTask

#: Rows taken, looked at and written together. Few, so that what was looked at is still true when
#: its turn comes, and so that no channel waits long for another.
BATCH = 25
#: Longer than the provider may take over one message; renewed with every look and every mark.
LEASE = timedelta(minutes=15)
#: What was looked at longer ago than this is looked at again before it goes.
FRESH = timedelta(seconds=2)
#: With the pauses of :func:`back_off` between them, tries go on for four hours.
MAX_ATTEMPTS = 8
#: SQL on ``communication``: its workflow was paused after the message had been decided.
STOPPED = SQL(
    """
    EXISTS (SELECT FROM healthcare_workflow_enrollment AS enrollment
              JOIN healthcare_workflow AS workflow ON workflow.id = enrollment.workflow_id
             WHERE enrollment.id = communication.enrollment_id AND workflow.state != 'published')
    """
)


@dataclass(frozen=True)
class Letter:
    """A row that may go, in plain values: a commit forgets everything else."""

    id: int
    #: which try this is, from 1
    attempt: int
    message: object
    #: its appointment remembers the channel of its first reminder
    is_reminder: bool
    #: committed as ``sending``, though nobody was told yet
    is_marked: bool = False


@dataclass(frozen=True)
class Look:
    """What became of a batch when it was looked at."""

    #: when, and until when its rows are in hand
    at: object
    lease: object
    letters: tuple
    #: how many rows will not be sent, wait for another time, or went to staff
    settled: int


def run(env, channels, now, commit):
    """Send what is due on every channel; return how many rows were settled.

    :param channels: {code: adapter class}, see :mod:`~..channels`
    :param now: a callable that returns the moment it is, naive UTC: sending takes time
    :param commit: as in :func:`.tick.run`
    """
    settled = sql.retried(env, settle_crashed, env, channels, now())
    if settled:
        commit(settled)
    due = due_channels(env, channels, now())
    with ExitStack() as stack:
        adapters = [stack.enter_context(channels[code](env)) for code in due]
        while adapters:
            # in turns: the long queue of one channel holds up no other
            for adapter in list(adapters):
                batch = Batch(env, adapter, now, commit)
                if not batch.take():
                    adapters.remove(adapter)
                    continue
                batch.send()
                settled += batch.settled
                if not batch.left:
                    return settled
    return settled


class Batch:
    """Some rows of one channel on their way: ``settled`` of them are done, ``left`` seconds remain.

    What the provider said about one row is written together with the mark of the next.
    """

    def __init__(self, env, adapter, now, commit):
        self.env, self.adapter, self.now, self._commit = env, adapter, now, commit
        self.settled, self.left = 0, math.inf
        self.look = None
        #: letters in hand that the provider has not heard of
        self.waiting = deque()
        #: (letter, answer) not written down yet
        self.said = None
        #: (letter, until) whose provider asked for a pause
        self.put_off = []

    def take(self):
        """Claim due rows and write their messages; return whether there were any."""
        self._look(take, self.env, self.adapter, self.now())
        return bool(self.look)

    def send(self):
        """Send what was taken, as long as there is time; give the rest back."""
        while self.waiting and self.left:
            if self.now() - self.look.at > FRESH:
                # what was said is safe before anything here can fail
                self._write()
                ids = [letter.id for letter in self.waiting]
                self._look(take_again, self.env, self.adapter, ids, self.look.lease, self.now())
            if self.waiting and not self._is_put_off(self.waiting[0]):
                self._send(self.waiting.popleft())
        if self.said or self.put_off or self.waiting:
            self._write(give_back, self.env, self.waiting, self.put_off, self.look.lease)

    def _look(self, work, *args):
        self.look = sql.retried(self.env, work, *args)
        if self.look:
            self.waiting = deque(self.look.letters)
            self._count(self.look.settled)

    def _send(self, letter):
        if not self._write(mark, self.env, letter, self.look.lease, self.now()):
            # cancelled or held, by staff or by the tick, or in another sender's hands by now
            return
        if not self.left:
            self.waiting.appendleft(replace(letter, is_marked=True))
            return
        self.adapter.following = self.waiting[0].message if self.waiting else None
        answer = self.adapter.deliver(letter.message)
        self.said = letter, answer
        if answer.pause_seconds:
            until = self.now() + timedelta(seconds=answer.pause_seconds)
            self.adapter.paused[letter.message.company.id] = until

    def _is_put_off(self, letter):
        until = self.adapter.paused.get(letter.message.company.id)
        if not until or until <= self.now():
            return False
        self.put_off.append((self.waiting.popleft(), until))
        return True

    def _write(self, work=None, *args):
        """Do ``work`` in one transaction with the record of what was said last; return its result.

        A write that meets somebody else's (the tick that cancels a row, staff who move the
        appointment) is begun anew: a sent message must not go down as unknown for that.
        """

        def both():
            if self.said:
                record(self.env, *self.said, self.now())
            return work and work(*args)

        result = sql.retried(self.env, both)
        settled, self.said = int(bool(self.said)), None
        self._count(settled)
        return result

    def _count(self, settled):
        """Commit, and count what is settled by that."""
        self.settled += settled
        # time that is up does not come back
        self.left = min(self.left, self._commit(settled))


# ---------------------------------------------------------------- claiming


def due_channels(env, channels, now):
    """Return the codes among ``channels`` that have something due, longest waiting first."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT channel.code FROM unnest(%s) AS channel (code), LATERAL (
                SELECT communication.due_at FROM healthcare_communication AS communication
                 WHERE communication.channel = channel.code AND %s
                 ORDER BY communication.due_at LIMIT 1) AS first
             ORDER BY first.due_at
            """,
            list(channels),
            _due(now),
        )
    )
    return [code for (code,) in rows]


def _due(now):
    """Return SQL on ``communication``: it may be claimed at ``now``."""
    return SQL(
        """
        (communication.status = 'queued' AND communication.due_at <= %(now)s
         AND (communication.lease_until IS NULL OR communication.lease_until < %(now)s)
         AND NOT %(stopped)s)
        """,
        now=now,
        stopped=STOPPED,
    )


def claim(env, channel, now, limit=BATCH):
    """Lease up to ``limit`` due rows of ``channel`` to this process; return their ids in order."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET lease_until = %s
             WHERE id IN (SELECT communication.id
                            FROM healthcare_communication AS communication
                           WHERE communication.channel = %s AND %s
                           ORDER BY communication.due_at, communication.id LIMIT %s
                             FOR UPDATE OF communication SKIP LOCKED)
         RETURNING id, due_at
            """,
            now + LEASE,
            channel,
            _due(now),
            limit,
        )
    )
    env['healthcare.communication'].invalidate_model()
    return [one for one, _due_at in sorted(rows, key=lambda row: (row[1], row[0]))]


def take(env, adapter, now):
    """Claim a batch of ``adapter``'s channel; return the :class:`Look` at it, or ``None``."""
    ids = claim(env, adapter.code, now)
    return look(env, adapter, ids, now + LEASE, now) if ids else None


def take_again(env, adapter, ids, lease, now):
    """Look once more at rows in hand, and keep them longer; return the :class:`Look`.

    :param lease: under which they were taken; those that are no longer under it are let go
    """
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET lease_until = %s
             WHERE id = ANY(%s) AND status = 'queued' AND lease_until = %s RETURNING id
            """,
            now + LEASE,
            ids,
            lease,
        )
    )
    env['healthcare.communication'].invalidate_model()
    kept = {one for (one,) in rows}
    return look(env, adapter, [one for one in ids if one in kept], now + LEASE, now)


def give_back(env, letters, put_off, lease):
    """Let go of letters the provider never heard of: now, or for the moment they are put off to."""
    moments = [(letter, None) for letter in letters] + put_off
    if not moments:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication AS communication
               SET status = 'queued', lease_until = NULL,
                   attempt = communication.attempt - letter.is_marked::int,
                   due_at = COALESCE(letter.until::timestamp, communication.due_at)
              FROM (VALUES %s) AS letter (id, is_marked, until)
             WHERE communication.id = letter.id
               AND (communication.status = 'queued' AND communication.lease_until = %s
                    OR communication.status = 'sending' AND letter.is_marked)
         RETURNING communication.id
            """,
            sql.values_list([(letter.id, letter.is_marked, until) for letter, until in moments]),
            lease,
        )
    )
    env['healthcare.communication'].invalidate_model()


# ---------------------------------------------------------------- looking


def look(env, adapter, ids, lease, now):
    """Look at rows in hand once more, and write the messages of those that may go.

    Consent, the address or the appointment may have changed since they were decided, before the
    tick heard of it. Whole batches at a time: everything the records are asked for is read here.
    """
    communications = env['healthcare.communication'].browse(ids)
    verdicts = guards.recheck(env, communications, now)
    refused, allowed = {}, communications.browse()
    for communication in communications:
        verdict, until = verdicts[communication.id]
        if until:
            reason = verdict.reason or 'quiet_hours'
            communication.write({'due_at': until, 'lease_until': False, 'reason': reason})
        elif not verdict.allowed:
            refused.setdefault(verdict.reason, []).append(communication.id)
        else:
            allowed += communication
            if verdict.address != communication.address:
                # corrected since the message was decided
                communication.address = verdict.address
    for reason, one_reason in refused.items():
        settle(env, communications.browse(one_reason), 'suppressed', reason, now)
    messages = adapter.prepare_many(allowed)
    broken = [one for one, message in messages.items() if isinstance(message, Exception)]
    settle(env, communications.browse(broken), 'failed', 'render_error', now)
    written = allowed.filtered(lambda communication: communication.id not in set(broken))
    if adapter.is_staff:
        hand_over(env, adapter, written, messages, now)
        written = written.browse()
    reminder_id = env['ir.model.data']._xmlid_to_res_id('healthcare_crm.consent_purpose_reminder')
    letters = tuple(
        Letter(
            communication.id,
            communication.attempt + 1,
            messages[communication.id],
            bool(communication.appointment_id) and communication.purpose_id.id == reminder_id,
        )
        for communication in written
    )
    env.flush_all()
    return Look(now, lease, letters, len(ids) - len(letters))


# ---------------------------------------------------------------- marks and results


def mark(env, letter, lease, now):
    """Mark a row ``sending``, if it is still in hand; return whether it is."""
    message = letter.message
    seal = env['healthcare.communication']._seal_value
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication
               SET status = 'sending', lease_until = %s, attempt = %s, address = %s, lang = %s,
                   subject_sealed = %s, body_sealed = %s
             WHERE id = %s AND status = 'queued' AND lease_until = %s RETURNING id
            """,
            now + LEASE,
            letter.attempt,
            message.to,
            message.lang,
            seal('subject', letter.id, message.subject),
            seal('body', letter.id, message.body),
            letter.id,
            lease,
        )
    )
    return bool(rows)


def record(env, letter, answer, now):
    """Write down what the provider said about a row that is ``sending``.

    The answer may come after the row went down as unknown, or after the patient's receipt.
    """
    communication = env['healthcare.communication'].browse(letter.id)
    detail = communication._seal_value('reason_detail', letter.id, answer.detail)
    if answer.is_temporary and letter.attempt < MAX_ATTEMPTS:
        # nothing went out, the provider said so: the row may wait and try again
        values = {
            'status': 'queued',
            'due_at': now + back_off(letter.attempt, answer.pause_seconds),
            'reason_detail_sealed': detail,
        }
        _update(env, letter.id, ('sending',), values)
        return
    before = _update(
        env,
        letter.id,
        ('queued', 'sending', 'unknown'),
        {
            'status': answer.status,
            'reason': answer.reason,
            'reason_detail_sealed': detail,
            'date': now,
        }
        | ({'sent_at': now} if answer.status == 'sent' else {})
        | ({'provider_ref': answer.provider_ref} if answer.provider_ref else {}),
    )
    if not before:
        return
    if before == 'unknown':
        communication._close_tasks()
    if answer.status == 'sent' and letter.is_reminder:
        communication._update_reminder_channel()
    elif answer.status == 'failed':
        env['healthcare.workflow.event']._answered(communication, 'failed')
    elif answer.status == 'unknown':
        CareTask.apply(env, [_ask_staff(env, communication, now)], now)


def _update(env, communication_id, statuses, values):
    """Write ``values`` to one row that has one of ``statuses``, and let go of it; return the status
    it had, or ``None`` where it has another one."""
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication AS communication SET lease_until = NULL, %s
              FROM (SELECT id, status FROM healthcare_communication WHERE id = %s FOR UPDATE)
                AS before
             WHERE communication.id = before.id AND before.status IN %s
         RETURNING before.status
            """,
            SQL(', ').join(
                SQL('%s = %s', SQL.identifier(name), value) for name, value in values.items()
            ),
            communication_id,
            statuses,
        )
    )
    return rows[0][0] if rows else None


def back_off(attempt, pause_seconds=None):
    """Return how long a row waits after its ``attempt``-th try: two minutes, then ever longer; at
    least as long as the provider asked for."""
    return max(timedelta(minutes=2**attempt), timedelta(seconds=pause_seconds or 0))


def settle(env, communications, status, reason, now):
    """Record why messages in hand will not be sent, and wake the workflows that wait for them.

    :param status: ``suppressed`` or ``failed``, also the outcome their steps hear
    """
    if not communications:
        return
    communications._set_result(status, reason=reason, date=now)
    communications.lease_until = False
    env['healthcare.workflow.event']._answered(communications, status)


def hand_over(env, adapter, communications, messages, now):
    """Give messages to staff, a task for each. Nothing leaves the database: one transaction."""
    tasks = [
        adapter.task(communication, messages[communication.id], now)
        for communication in communications
    ]
    CareTask.apply(env, tasks, now)
    for communication in communications:
        communication.write(
            {'status': 'handed', 'attempt': communication.attempt + 1, 'lease_until': False}
            | messages[communication.id].ledger_values()
        )


# ---------------------------------------------------------------- around it


def next_due(env, channels):
    """Return the earliest moment a free row of ``channels`` waits for, or ``None``."""
    env.flush_all()
    due = env.execute_query(
        SQL(
            """
            SELECT min(first.due_at) FROM unnest(%s) AS channel (code), LATERAL (
                SELECT communication.due_at FROM healthcare_communication AS communication
                 WHERE communication.channel = channel.code AND communication.status = 'queued'
                   AND communication.lease_until IS NULL AND NOT %s
                 ORDER BY communication.due_at LIMIT 1) AS first
            """,
            list(channels),
            STOPPED,
        )
    )
    return due[0][0]


def settle_crashed(env, channels, now):
    """Settle rows whose sender died while sending; return how many.

    Those of a channel whose provider knows messages by their key go again, with the same one. The
    others are ``unknown``, each with a task.
    """
    safe = [code for code, adapter in channels.items() if adapter.deduplicates]
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication
               SET status = CASE WHEN %(again)s THEN 'queued' ELSE 'unknown' END,
                   reason = CASE WHEN NOT %(again)s THEN 'crash' END, lease_until = NULL
             WHERE id IN (SELECT id FROM healthcare_communication
                           WHERE status = 'sending' AND lease_until < %(now)s
                             FOR UPDATE SKIP LOCKED)
         RETURNING id, status
            """,
            again=SQL('(channel = ANY(%s) AND attempt < %s)', safe, MAX_ATTEMPTS),
            now=now,
        )
    )
    if not rows:
        return 0
    communications = env['healthcare.communication'].browse([one for one, _status in rows])
    communications.invalidate_recordset()
    unknown = communications.filtered(lambda communication: communication.status == 'unknown')
    CareTask.apply(env, [_ask_staff(env, communication, now) for communication in unknown], now)
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
        communication_id=communication.id,
    )
