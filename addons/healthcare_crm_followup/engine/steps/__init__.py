"""What a workflow does: one file per kind of step, each adding itself to :data:`STEP_KINDS`."""

from .registry import STEP_KINDS, Result, Step, step_kind
from . import (
    action,
    branch,
    care_task,
    end,
    goto,
    join,
    message,
    split,
    survey,
    wait,
    workflow,
)

__all__ = [
    'STEP_KINDS',
    'Result',
    'Step',
    'action',
    'branch',
    'care_task',
    'end',
    'goto',
    'join',
    'message',
    'split',
    'step_kind',
    'survey',
    'wait',
    'workflow',
]
