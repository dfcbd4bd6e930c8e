"""What starts a workflow: one file per kind, each adding itself to :data:`TRIGGER_KINDS`."""

from .registry import TRIGGER_KINDS, trigger_kind
from . import date

__all__ = ['TRIGGER_KINDS', 'date', 'trigger_kind']
