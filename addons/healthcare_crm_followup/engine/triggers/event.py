"""Start when something happens to the subject, or to its patient."""

from dataclasses import dataclass

from .. import clock
from .registry import Trigger, trigger_kind


@trigger_kind
@dataclass(frozen=True)
class EventTrigger(Trigger):
    """Start on the happening ``event``, at once or after a delay.

    ``fields`` asks of a ``changed`` that one of them was written; what they changed to is a matter
    of the entry conditions. Examples::

        {"kind": "event", "event": "appointment_noshow", "delay": {"amount": 1, "unit": "hours"}}
        {"kind": "event", "event": "changed", "fields": ["practitioner_id"]}
    """

    kind = 'event'
    event: str
    fields: frozenset = frozenset()
    delay: tuple | None = None

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        delay = values.get('delay')
        return cls(
            values['event'],
            frozenset(values.get('fields') or ()),
            (delay['amount'], delay['unit']) if delay and delay.get('amount') else None,
        )

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('event'):
            yield 'event', 'no_event', ''
        delay = values.get('delay') or {}
        if delay.get('amount') and delay.get('unit') not in clock.UNITS:
            yield 'delay/unit', 'unknown_unit', str(delay.get('unit') or '')

    @property
    def events(self):
        """The one code it listens to."""
        return frozenset({self.event})

    def accepts(self, happening):
        """Say whether one of the fields asked for was written."""
        return not self.fields or bool(self.fields & set(happening.payload.get('fields') or ()))

    def delayed(self, now, scene):
        """Return the moment of the first step when it happens at ``now``."""
        return scene.shift(now, *self.delay) if self.delay else now
