"""Start another workflow for the same subject or its patient, and perhaps wait for its end."""

from dataclasses import dataclass

from ..effects import EnrollChild
from .registry import Result, Step, next_of, step_kind

NOT_ENROLLED = 'not_enrolled'
#: How the other workflow can end.
ENDINGS = ('goal', 'done', 'exited')
#: A workflow inside a workflow inside …: no deeper than this.
MAX_DEPTH = 5


@step_kind
@dataclass(frozen=True)
class WorkflowStep(Step):
    """Enroll the subject in the workflow of id ``workflow``, or the patient where that one is about
    patients.

    It is asked like anybody who enrolls by hand: conditions and re-entry of the other workflow
    decide, and where they refuse the outcome is ``not_enrolled``. With ``wait`` the outcome is how
    the other one ended: ``goal``, ``exited`` early, or ``done``; without, ``done`` at once.
    Example::

        {"kind": "workflow", "name": "Recall", "workflow": 7, "wait": true,
         "next": {"goal": "thanks", "exited": "call", "not_enrolled": "call"}}
    """

    kind = 'workflow'
    may_stop = True
    key: str
    name: str
    next: dict
    child_id: int
    wait: bool

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values['workflow'],
            bool(values.get('wait')),
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return (*(ENDINGS if values.get('wait') else ('done',)), NOT_ENROLLED)

    @staticmethod
    def answers(values):
        """Return how the other workflow may end, where that is awaited."""
        return ENDINGS if values.get('wait') else ()

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('workflow'):
            yield 'workflow', 'no_workflow', ''

    @staticmethod
    def check(values, definition, workflow):
        """Yield (path, problem code, detail) for what only the database can tell."""
        if not values.get('workflow'):
            return
        # not sudo: the other one has to be of a clinic the publisher works for
        child = workflow.search([('id', '=', values['workflow'])])
        if not child.version_id:
            yield 'workflow', 'workflow_not_running', child.name or ''
        # sudo: what runs of a workflow is in its version, which is the engine's
        elif child.sudo().version_id.graph['subject'] not in (definition['subject'], 'res.partner'):
            yield 'workflow', 'workflow_model', child.name
        else:
            depth = _depth(workflow, child)
            if depth is None:
                yield 'workflow', 'workflow_circle', child.name
            elif depth > MAX_DEPTH:
                yield 'workflow', 'workflow_depth', str(MAX_DEPTH)

    def run(self, rows, scene):
        """Have rows that arrive enrolled; follow the answer of those that come back."""
        results = []
        for row in rows:
            if row.woken:
                results.append(Result(row, outcome=row.woken))
            elif row.depth >= MAX_DEPTH:
                results.append(Result(row, outcome=NOT_ENROLLED, reason='too_deep'))
            else:
                effect = EnrollChild.of(row, self)
                results.append(Result(row, effects=(effect,)))
        return results


def _depth(workflow, child):
    """Return how many workflows deep ``workflow`` becomes by ``child``; ``None`` for a circle."""
    # sudo: as above
    level, depth = child.sudo(), 0
    while level and depth <= MAX_DEPTH:
        if workflow._origin & level:
            return None
        depth += 1
        level = level.browse(
            {
                step['workflow']
                for one in level
                for step in (one.version_id.graph or {'steps': {}})['steps'].values()
                if step['kind'] == WorkflowStep.kind
            }
        ).exists()
    return depth
