"""Go back to an earlier step, a limited number of times."""

from dataclasses import dataclass

from .registry import Result, Step, next_of, step_kind

AGAIN = 'again'
LIMIT = 'limit'


@step_kind
@dataclass(frozen=True)
class GotoStep(Step):
    """Follow ``again`` the first ``limit`` times a patient comes by, then ``limit``.

    The only step whose arrow may lead back, because it is the only one that counts. Example::

        {"kind": "goto", "name": "Try three times", "limit": 3,
         "next": {"again": "call", "limit": "letter"}}
    """

    kind = 'goto'
    limited = (AGAIN,)
    key: str
    name: str
    next: dict
    limit: int

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(key, values.get('name') or key, next_of(values), values['limit'])

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return (AGAIN, LIMIT)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        limit = values.get('limit')
        if type(limit) is not int or limit < 1:
            yield 'limit', 'no_limit', str(limit or '')

    def run(self, rows, scene):
        """Count every row's pass."""
        results = []
        for row in rows:
            passes = (row.loops or {}).get(self.key, 0)
            if passes < self.limit:
                loops = {**(row.loops or {}), self.key: passes + 1}
                results.append(Result(row, outcome=AGAIN, loops=loops))
            else:
                results.append(Result(row, outcome=LIMIT))
        return results
