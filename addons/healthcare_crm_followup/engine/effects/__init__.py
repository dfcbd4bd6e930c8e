"""What steps want written: one file per kind of write, each a value and a bulk ``apply``.

Steps put effects into their results; the tick hands all effects of a batch to :func:`write_all`,
which writes each kind once.
"""

from .care_tasks import CareTask, EscalateTask, ExpireTask, key_of
from .children import EnrollChild
from .communications import Communication
from .server_actions import RunAction
from .surveys import SurveyInvitation

__all__ = [
    'CareTask',
    'Communication',
    'EnrollChild',
    'EscalateTask',
    'ExpireTask',
    'RunAction',
    'SurveyInvitation',
    'key_of',
    'write_all',
]

#: In the order they are written: an invitation looks for the message about it.
EFFECT_KINDS = (
    Communication,
    SurveyInvitation,
    CareTask,
    ExpireTask,
    EscalateTask,
    RunAction,
    EnrollChild,
)


def write_all(env, effects, now):
    """Write the effects of a batch, each kind in one statement.

    :param effects: any mix of the values in :data:`EFFECT_KINDS`
    """
    for kind in EFFECT_KINDS:
        of_kind = [effect for effect in effects if isinstance(effect, kind)]
        if of_kind:
            kind.apply(env, of_kind, now)
