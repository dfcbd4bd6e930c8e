"""Let time pass: a duration, or until a date of the subject."""

from dataclasses import dataclass

from .. import clock
from .registry import Result, Step, next_of, step_kind


@step_kind
@dataclass(frozen=True)
class WaitStep(Step):
    """Wait ``amount`` units, from now or, with ``field``, relative to a date of the subject.

    A wait that hangs on a date follows the date when it moves. Examples::

        {"kind": "wait", "name": "Two days", "amount": 2, "unit": "days", "next": {"done": "call"}}
        {"kind": "wait", "name": "Morning before", "field": "start", "amount": -2, "unit": "hours",
         "next": {"done": "sms"}}
    """

    kind = 'wait'
    key: str
    name: str
    next: dict
    amount: int
    unit: str
    field: str | None

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values['amount'],
            values['unit'],
            values.get('field') or None,
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return ('done',)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        amount = values.get('amount')
        if not isinstance(amount, int) or (not values.get('field') and amount < 1):
            yield 'amount', 'no_amount', str(amount or '')
        if values.get('unit') not in clock.UNITS:
            yield 'unit', 'unknown_unit', str(values.get('unit') or '')

    def run(self, rows, scene):
        """Park rows that arrive; let go those whose time has come."""
        arriving = [row for row in rows if not row.woken]
        results = [Result(row, outcome='done') for row in rows if row.woken]
        if not arriving:
            return results
        anchors = (
            scene.anchors({row.subject_id for row in arriving}, self.field) if self.field else {}
        )
        for row in arriving:
            base = anchors.get(row.subject_id) if self.field else scene.now
            if base is None:
                results.append(Result(row, outcome='done', reason='no_date'))
                continue
            until = scene.shift(base, self.amount, self.unit)
            anchor = (self.field, self.amount, self.unit) if self.field else None
            results.append(Result(row, until=until, anchor=anchor))
        return results
