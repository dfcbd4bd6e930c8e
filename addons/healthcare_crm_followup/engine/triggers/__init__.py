"""What starts a workflow: one file per kind, each adding itself to :data:`TRIGGER_KINDS`."""

from .registry import TRIGGER_KINDS, Trigger, trigger_kind
from . import date, event, hook

__all__ = ['TRIGGER_KINDS', 'Trigger', 'date', 'event', 'hook', 'trigger_kind']
