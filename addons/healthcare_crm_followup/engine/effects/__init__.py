"""What steps want written: one file per kind of write, each a value and a bulk ``apply``.

Steps put effects into their results; the tick hands all effects of a batch to :func:`write_all`,
which writes each kind once.
"""

from .care_tasks import CareTask, ExpireTask, key_of
from .communications import Communication

__all__ = ['CareTask', 'Communication', 'ExpireTask', 'key_of', 'write_all']

EFFECT_KINDS = (Communication, CareTask, ExpireTask)


def write_all(env, effects, now):
    """Write the effects of a batch, each kind in one statement.

    :param effects: any mix of the values in :data:`EFFECT_KINDS`
    """
    for kind in EFFECT_KINDS:
        of_kind = [effect for effect in effects if isinstance(effect, kind)]
        if of_kind:
            kind.apply(env, of_kind, now)
