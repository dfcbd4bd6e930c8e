"""Send a message through the first channel that may be used, or say why not."""

from dataclasses import dataclass
from datetime import timedelta

from .. import gates
from ..effects import Communication
from .registry import Result, Step, next_of, step_kind

LATE_POLICIES = ('skip', 'send')
#: A message due less than this many minutes ago is on time: crons are not atomic clocks.
ON_TIME_MINUTES = 15
#: Outcomes known only once the provider has answered; a step with an arrow on one of them waits
#: for it.
ANSWERS = ('failed',)
#: An answer that never comes must not hold the patient for ever.
ANSWER_TIMEOUT_HOURS = 24


@step_kind
@dataclass(frozen=True)
class MessageStep(Step):
    """Write one ledger row: queued when a channel may be used, else suppressed with its reason.

    ``late`` is what happens when the moment has passed, as for an appointment booked an hour before
    the visit: ``send`` within ``minutes``, or ``skip``. ``templates`` are frozen with the version:
    channel → {"subject": {language: text}, "body": {language: text}}. Example::

        {"kind": "message", "name": "Remind", "purpose": 1, "channels": ["preferred", "email",
        "sms"],
         "templates": {"email": {"id": 4, "subject": {"en_US": "…"}, "body": {"en_US": "…"}}},
         "late": {"policy": "send", "minutes": 1320},
         "next": {"sent": null, "suppressed": "call", "failed": "call"}}
    """

    kind = 'message'
    needs_people = True
    key: str
    name: str
    next: dict
    purpose_id: int
    channels: tuple
    templates: dict
    grace_minutes: int

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        late = values.get('late') or {}
        grace = late.get('minutes') or 0 if late.get('policy') == 'send' else 0
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values['purpose'],
            tuple(values['channels']),
            values['templates'],
            max(grace, ON_TIME_MINUTES),
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return ('sent', 'suppressed', *ANSWERS)

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

    def run(self, rows, scene):
        """Decide every row by the gates, and ledger it."""
        results = []
        for row in rows:
            if row.woken:
                results.append(Result(row, outcome=row.woken if row.woken in ANSWERS else 'sent'))
            elif self._is_late(row, scene):
                results.append(
                    self._refuse(row, gates.Verdict(self.first_channel(row), False, 'late'))
                )
            else:
                results.append(self._decide(row, scene))
        return results

    def _is_late(self, row, scene):
        """Say whether the moment of ``row`` has passed for good.

        However long the grace, nobody is reminded of what has begun: the first step of a workflow
        that starts before a date never comes after that date.
        """
        if gates.is_late(row.due_at, scene.now, self.grace_minutes):
            return True
        deadline = scene.deadline(row)
        return deadline is not None and scene.now >= deadline

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

    def _decide(self, row, scene):
        """Return the result of the gates for one row."""
        verdict = gates.decide(row.person, self._usable(row), self.purpose_id)
        if not verdict.allowed:
            return self._refuse(row, verdict)
        effect = Communication.of(
            row,
            self,
            verdict,
            status='queued',
            now=scene.now,
            expires_at=max(
                row.due_at + timedelta(minutes=self.grace_minutes),
                scene.later(minutes=ON_TIME_MINUTES),
            ),
        )
        if any(answer in self.next for answer in ANSWERS):
            until = scene.later(hours=ANSWER_TIMEOUT_HOURS)
            return Result(row, until=until, reason=verdict.channel, effects=(effect,))
        return Result(row, outcome='sent', reason=verdict.channel, effects=(effect,))

    def _refuse(self, row, verdict):
        """Return the result for a row that must not be sent: it is ledgered all the same."""
        effect = Communication.of(row, self, verdict, status='suppressed', now=None)
        return Result(row, outcome='suppressed', reason=verdict.reason, effects=(effect,))
