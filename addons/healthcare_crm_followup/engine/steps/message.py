"""Send a message through the first channel that may be used, or say why not."""

from dataclasses import dataclass, replace
from datetime import timedelta

from .. import gates, guards
from ..effects import CareTask, Communication, key_of
from .registry import Result, Step, next_of, step_kind, way_problems

LATE_POLICIES = ('skip', 'send', 'staff')
#: A message due less than this many minutes ago is on time: crons are not atomic clocks.
ON_TIME_MINUTES = 15
#: So long may a decided message wait for its provider, tries included, whatever the late policy.
SENDING_MINUTES = 60
REPLIED = 'replied'
#: What a provider or the patient tells later. A step with an arrow on one of them, or on a way of
#: replying, waits for it.
ANSWERS = ('failed', 'delivered', 'opened', 'clicked', REPLIED)
#: An answer that never comes must not hold the patient for ever.
ANSWER_HOURS = 24
#: How long staff have to call a patient whom a message would reach too late.
CALL_WINDOW = timedelta(days=1)


@step_kind
@dataclass(frozen=True)
class MessageStep(Step):
    """Write one ledger row: queued when a channel may be used, else suppressed with its reason.

    ``late`` is what happens when the moment has passed, as for an appointment booked an hour before
    the visit: ``send`` within ``minutes``, ``skip``, or ``staff``: reception calls instead. Quiet
    hours put a message off as far as that, or, where ``late`` says nothing, up to the date the
    workflow counts down to. ``templates`` are frozen with the version: channel → {"subject":
    {language: text}, "body": {language: text}}.

    A step with an arrow on an answer waits for it, ``answer_hours`` at most, then goes on as
    ``sent``. ``replies`` are ways by keyword, in any language; any other reply is ``replied``.
    Example::

        {"kind": "message", "name": "Remind", "purpose": 1, "channels": ["preferred", "email",
        "sms"],
         "templates": {"email": {"id": 4, "subject": {"en_US": "…"}, "body": {"en_US": "…"}}},
         "late": {"policy": "send", "minutes": 1320}, "answer_hours": 24,
         "replies": [{"outcome": "reply1", "name": "Yes", "keywords": ["yes", "好", "vâng"]}],
         "next": {"suppressed": "call", "failed": "call", "reply1": "thank"}}
    """

    kind = 'message'
    needs_people = True
    key: str
    name: str
    next: dict
    purpose_id: int
    channels: tuple
    templates: dict
    late_policy: str | None
    grace_minutes: int
    answer_hours: float
    replies: tuple

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        late = values.get('late') or {}
        minutes = 0 if late.get('policy') == 'skip' else late.get('minutes') or 0
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values['purpose'],
            tuple(values['channels']),
            values['templates'],
            late.get('policy'),
            max(minutes, ON_TIME_MINUTES),
            values.get('answer_hours') or ANSWER_HOURS,
            tuple(values.get('replies') or ()),
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        replies = (reply.get('outcome') for reply in values.get('replies') or ())
        return ('sent', 'suppressed', *ANSWERS, *replies)

    @staticmethod
    def answers(values):
        """Return what becomes of the message, where an arrow hangs on it."""
        told = MessageStep.outcomes(values)[2:]
        return told if set(told) & set(next_of(values)) else ()

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('purpose'):
            yield 'purpose', 'no_purpose', ''
        channels = [channel for channel in values.get('channels') or () if channel]
        templates = values.get('templates') or {}
        if not channels:
            yield 'channels', 'no_channel', ''
        elif not templates:
            yield 'templates', 'no_template', ''
        for channel in channels:
            if channel != gates.PREFERRED and templates and channel not in templates:
                yield f'templates/{channel}', 'no_template_for', channel
        if (values.get('late') or {}).get('policy', 'skip') not in LATE_POLICIES:
            yield 'late/policy', 'unknown_policy', str(values['late']['policy'])
        if values.get('replies'):
            yield from way_problems(values, 'replies', ('sent', 'suppressed', *ANSWERS))
        for index, reply in enumerate(values.get('replies') or ()):
            if not any(keyword.strip() for keyword in reply.get('keywords') or ()):
                yield f'replies/{index}/keywords', 'no_keywords', str(reply.get('name') or '')

    def run(self, rows, scene):
        """Decide every row that arrives by the gates, and ledger it; follow the answers of the
        others."""
        results = [
            Result(row, outcome='sent' if row.woken == 'due' else row.woken)
            for row in rows
            if row.woken
        ]
        arriving = [row for row in rows if not row.woken]
        if not arriving:
            return results
        limits = guards.read_limits(scene, arriving, self.purpose_id)
        return results + [self._decide(row, scene, limits[row.token_id]) for row in arriving]

    def _usable(self, row):
        """Return the channels to try for ``row``: those this step has a text for, in order.

        A patient may prefer a channel without a text: then the next in order serves.
        """
        ordered = gates.order_channels(self.channels, row.person.preferred_channel)
        return [channel for channel in ordered if channel in self.templates] or list(self.templates)

    def first_channel(self, row):
        """Return the channel that would be tried first, for the ledger rows of what was never
        tried."""
        return self._usable(row)[0]

    def _decide(self, row, scene, limits):
        """Return the result of the gates for one row; what is to be sent counts for the caps."""
        deadline = scene.deadline(row)
        # what comes with the appointment comes too late
        before = deadline - timedelta(seconds=1) if deadline else None
        latest = min(filter(None, (row.due_at + timedelta(minutes=self.grace_minutes), before)))
        if scene.now > latest:
            verdict = gates.Verdict(self.first_channel(row), False, 'late')
            return self._refuse(row, verdict, scene)
        limits = replace(limits, latest=latest if self.late_policy else before)
        verdict = gates.decide(row.person, self._usable(row), self.purpose_id, limits)
        if not verdict.allowed:
            return self._refuse(row, verdict, scene)
        limits.past.append((verdict.channel, self.purpose_id, scene.now))
        send_at = verdict.wait_until or scene.now
        slack = send_at + timedelta(minutes=SENDING_MINUTES)
        effect = Communication.of(
            row,
            self,
            verdict,
            status='queued',
            now=send_at,
            priority=scene.graph.priority,
            expires_at=min(filter(None, (max(latest, slack), before))),
        )
        if self._waits_for_answers:
            until = send_at + timedelta(hours=self.answer_hours)
            return Result(row, until=until, reason=verdict.channel, effects=(effect,))
        return Result(row, outcome='sent', reason=verdict.channel, effects=(effect,))

    def _refuse(self, row, verdict, scene):
        """Return the result for a row that must not be sent: it is ledgered all the same, and
        handed to staff where it only comes too late."""
        deadline = scene.deadline(row)
        effects = [Communication.of(row, self, verdict, status='suppressed', now=None)]
        if (
            self.late_policy == 'staff'
            and verdict.reason in ('late', 'quiet_hours')
            and (deadline is None or scene.now < deadline)
            and not gates.call_reason(row.person, self.purpose_id)
        ):
            until = min(filter(None, (scene.now + CALL_WINDOW, deadline)))
            effects.append(self._call_task(row, scene.now, until))
        return Result(row, outcome='suppressed', reason=verdict.reason, effects=tuple(effects))

    def _call_task(self, row, now, until):
        """Return the task for reception to tell the patient on the phone."""
        return CareTask(
            idempotency_key=key_of(row, self),
            name=self.name,
            patient_id=row.patient_id,
            appointment_id=row.appointment_id,
            purpose_id=self.purpose_id,
            company_id=row.company_id,
            task_type='call',
            role='reception',
            user_id=None,
            instruction=None,
            priority='1',
            window_start=now,
            window_end=until,
            enrollment_id=row.enrollment_id,
            step_key=self.key,
            visit=row.visit,
        )

    @property
    def _waits_for_answers(self):
        """Say whether an arrow hangs on what is known only after sending."""
        return any(outcome not in ('sent', 'suppressed') for outcome in self.next)
