"""Choose a way by conditions on the subject."""

from dataclasses import dataclass

from .registry import Result, Step, next_of, step_kind, way_outcomes, way_problems

OTHERWISE = 'otherwise'


@step_kind
@dataclass(frozen=True)
class BranchStep(Step):
    """Follow the first way whose condition the subject meets, else ``otherwise``.

    Conditions are Odoo domains on the subject, tried in order with one search each for the whole
    batch. Relative dates in them count from the engine's now. Example::

        {"kind": "branch", "name": "Confirmed?",
         "ways": [{"outcome": "way1", "name": "Yes", "domain": [["patient_response", "=",
         "accepted"]]}],
         "next": {"way1": "end", "otherwise": "call"}}
    """

    kind = 'branch'
    key: str
    name: str
    next: dict
    ways: tuple

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        ways = tuple((way['outcome'], way['domain']) for way in values['ways'])
        return cls(key, values.get('name') or key, next_of(values), ways)

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow: every way, and otherwise."""
        return (*way_outcomes(values), OTHERWISE)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        yield from way_problems(values, reserved=(OTHERWISE,))
        for index, way in enumerate(values.get('ways') or ()):
            if not way.get('domain'):
                yield f'ways/{index}/domain', 'no_condition', str(way.get('name') or '')

    def run(self, rows, scene):
        """Send every row down its way."""
        results, left = [], list(rows)
        for outcome, domain in self.ways:
            matching = scene.matching({row.subject_id for row in left}, domain)
            results += [Result(row, outcome=outcome) for row in left if row.subject_id in matching]
            left = [row for row in left if row.subject_id not in matching]
        return results + [Result(row, outcome=OTHERWISE) for row in left]
