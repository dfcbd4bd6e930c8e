"""Send patients down different ways by lot, and leave some untouched to compare with."""

from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from numbers import Real

from .registry import Result, Step, next_of, step_kind, way_outcomes, way_problems

HOLDOUT = 'holdout'


@step_kind
@dataclass(frozen=True)
class SplitStep(Step):
    """Draw a way for each patient, by weight; ``holdout`` percent of them go none of the ways.

    The lot of a patient is the hash of the workflow, this step's key and the patient (see
    :func:`lot`): the same in every version, on every machine, and however often the patient comes
    by. The hold-out has a lot of its own, so that another percentage moves nobody from one way to
    another. What was drawn is kept on the enrollment for comparison. Example::

        {"kind": "split", "name": "Which text?", "holdout": 10,
         "ways": [{"outcome": "way1", "name": "Short", "weight": 1},
                  {"outcome": "way2", "name": "Long", "weight": 1}],
         "next": {"way1": "short", "way2": "long"}}
    """

    kind = 'split'
    key: str
    name: str
    next: dict
    ways: tuple
    holdout: float

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        ways = tuple((way['outcome'], way['weight']) for way in values['ways'])
        return cls(
            key, values.get('name') or key, next_of(values), ways, values.get('holdout') or 0
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow: every way, and the hold-out."""
        return (*way_outcomes(values), HOLDOUT)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        yield from way_problems(values, reserved=(HOLDOUT,))
        for index, way in enumerate(values.get('ways') or ()):
            weight = way.get('weight')
            if not _is_number(weight) or weight <= 0:
                yield f'ways/{index}/weight', 'no_weight', str(way.get('name') or '')
        holdout = values.get('holdout') or 0
        if not _is_number(holdout) or not 0 <= holdout < 100:
            yield 'holdout', 'bad_percent', str(holdout)

    def run(self, rows, scene):
        """Send every row down the way of its patient."""
        results = []
        for row in rows:
            arm = self.arm_of(scene.workflow_id, row.patient_id)
            results.append(Result(row, outcome=arm, arm=arm))
        return results

    def arm_of(self, workflow_id, patient_id):
        """Return the outcome drawn for a patient."""
        if lot(workflow_id, self.key, patient_id, HOLDOUT) * 100 < self.holdout:
            return HOLDOUT
        *bounds, total = accumulate(weight for _outcome, weight in self.ways)
        drawn = lot(workflow_id, self.key, patient_id) * total
        return self.ways[sum(bound <= drawn for bound in bounds)][0]


def lot(*parts):
    """Return a number of [0, 1) that depends on ``parts`` and on nothing else.

    >>> lot(7, 's12', 4711) == lot(7, 's12', 4711)
    True
    """
    digest = blake2b(':'.join(map(str, parts)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, 'big') / 2**48


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)
