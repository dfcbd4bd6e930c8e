"""What starts a workflow: one file per kind, each adding itself to :data:`TRIGGER_KINDS`."""

from .registry import TRIGGER_KINDS, Trigger, trigger_kind
from . import anniversary, cycle, date, event, hook, segment

__all__ = [
    'TRIGGER_KINDS',
    'Trigger',
    'anniversary',
    'cycle',
    'date',
    'event',
    'hook',
    'segment',
    'trigger_kind',
]
