"""What a workflow does: one file per kind of step, each adding itself to :data:`STEP_KINDS`."""

from .registry import STEP_KINDS, Result, Step, step_kind
from . import branch, care_task, end, message, wait

__all__ = [
    'STEP_KINDS',
    'Result',
    'Step',
    'branch',
    'care_task',
    'end',
    'message',
    'step_kind',
    'wait',
]
