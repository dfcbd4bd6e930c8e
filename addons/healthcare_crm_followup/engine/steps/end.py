"""The end of a path, with what it means for the goal."""

from dataclasses import dataclass

from .registry import Result, Step, next_of, step_kind

END_KINDS = ('neutral', 'goal', 'exit')


@step_kind
@dataclass(frozen=True)
class EndStep(Step):
    """End the enrollment as reached goal, exit or neither.

    Example::

        {"kind": "end", "name": "Confirmed", "as": "goal"}
    """

    kind = 'end'
    key: str
    name: str
    next: dict
    meaning: str

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(key, values.get('name') or key, next_of(values), values.get('as') or 'neutral')

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow: none."""
        return ()

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if values.get('as', 'neutral') not in END_KINDS:
            yield 'as', 'unknown_end', str(values['as'])

    def run(self, rows, scene):
        """End every row."""
        return [Result(row, outcome=self.meaning) for row in rows]
