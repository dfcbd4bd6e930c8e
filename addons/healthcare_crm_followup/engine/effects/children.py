"""Enrollments in another workflow that a step of this one asks for."""

from dataclasses import dataclass
from operator import attrgetter

from psycopg2.extras import Json

from odoo.tools import groupby

from .. import sql
from .rounds import rounds


@dataclass(frozen=True)
class EnrollChild:
    """The subject of an enrollment, or its patient, to be enrolled in the workflow ``child_id``."""

    child_id: int
    wait: bool
    enrollment_id: int
    step_key: str
    visit: int
    depth: int
    patient_id: int
    subject_model: str
    subject_id: int

    @classmethod
    def of(cls, row, step):
        """Return what ``step`` asks for ``row``."""
        return cls(
            step.child_id,
            step.wait,
            row.enrollment_id,
            step.key,
            row.visit,
            row.depth,
            row.patient_id,
            row.subject_model,
            row.subject_id,
        )

    @classmethod
    def apply(cls, env, effects, now):
        """Enroll those whom the other workflow takes, and tell the steps what came of it.

        A step that waits for the end of the other workflow hears of it from there.
        """
        answers = []
        for child_id, asked in groupby(effects, attrgetter('child_id')):
            child = env['healthcare.workflow'].browse(child_id).exists()
            model = child.version_id.graph['subject'] if child.version_id else None
            for one_round in rounds(asked, lambda effect, model=model: effect.about(model)):
                enrolled = cls._enroll(env, child, model, one_round, now)
                for effect in one_round:
                    if effect.about(model) not in enrolled:
                        answers.append((effect, 'not_enrolled'))
                    elif not effect.wait:
                        answers.append((effect, 'done'))
        _answer(env, answers, now)

    @classmethod
    def _enroll(cls, env, child, model, effects, now):
        """Return the ids of the subjects of ``effects`` that were enrolled in ``child``."""
        # enrolling writes effects itself
        from .. import enroll

        if not child:
            return {}
        parents = {
            effect.about(model): (
                effect.enrollment_id,
                effect.step_key,
                effect.visit,
                effect.depth,
            )
            for effect in effects
        }
        return enroll.by_hand(env, child, list(parents), now, parents=parents)

    def about(self, model):
        """Return the id of what is enrolled in a workflow about ``model``."""
        return self.subject_id if model == self.subject_model else self.patient_id


def _answer(env, answers, now):
    """Put the answers of the other workflow into the inbox: the steps are parked by then.

    :param answers: [(effect, outcome)]
    """
    sql.insert_rows(
        env,
        'healthcare_workflow_event',
        ['source_key', 'kind', 'patient_id', 'shard', 'payload', 'date'],
        [
            (
                f'child:{effect.enrollment_id}:{effect.step_key}:{effect.visit}',
                'wake',
                effect.patient_id,
                effect.patient_id % sql.SHARDS,
                Json(
                    {
                        'enrollment': effect.enrollment_id,
                        'step': effect.step_key,
                        'visit': effect.visit,
                        'outcome': outcome,
                    }
                ),
                now,
            )
            for effect, outcome in answers
        ],
    )
