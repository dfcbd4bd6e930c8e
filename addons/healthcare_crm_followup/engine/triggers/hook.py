"""Start when somebody says so: a signed webhook, a server action, a person at a list."""

from dataclasses import dataclass

from .registry import Trigger, trigger_kind


@trigger_kind
@dataclass(frozen=True)
class HookTrigger(Trigger):
    """Start by a call from outside.

    Every running workflow can be entered by hand or by a server action; this trigger says that it
    is meant to, and opens its webhook. Example::

        {"kind": "hook"}
    """

    kind = 'hook'
    events = frozenset({'hook'})

    @classmethod
    def from_json(cls, values):
        """Return the trigger of its JSON form."""
        return cls()

    @staticmethod
    def validate(values):
        """Yield nothing: there is nothing to get wrong."""
        return ()
