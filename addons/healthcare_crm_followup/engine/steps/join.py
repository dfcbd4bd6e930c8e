"""Bring parallel paths together again."""

from dataclasses import dataclass

from .registry import Result, Step, next_of, step_kind

MODES = ('all', 'first')


@step_kind
@dataclass(frozen=True)
class JoinStep(Step):
    """Wait for the other paths of the patient, or let the first one through.

    ``all``: go on, as one path, when none of the patient's other paths stands where this step can
    still be reached from. ``first``: the first path goes on, the others stop. Example::

        {"kind": "join", "name": "Both done", "mode": "all", "next": {"done": "survey"}}
    """

    kind = 'join'
    is_join = True
    key: str
    name: str
    next: dict
    mode: str

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(key, values.get('name') or key, next_of(values), values.get('mode') or 'all')

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return ('done',)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if values.get('mode', 'all') not in MODES:
            yield 'mode', 'unknown_mode', str(values['mode'])

    def run(self, rows, scene):
        """Hold rows that arrive; let go those whose paths are together."""
        return [
            Result(row, outcome='done') if row.woken else Result(row, awaits='join') for row in rows
        ]
