"""Let time pass: a while, until a date or an hour of the week, or until something happens."""

from dataclasses import dataclass
from datetime import time

from .. import clock
from .registry import Result, Step, next_of, step_kind

DONE = 'done'
HAPPENED = 'happened'
TIMEOUT = 'timeout'


@step_kind
@dataclass(frozen=True)
class WaitStep(Step):
    """Wait ``amount`` units, from now or, with ``field``, relative to a date of the subject; or
    until the clock of the clinic shows a time of some weekdays (Monday is 0); or until the patient
    makes ``event`` happen, ``amount`` units at most.

    A wait that hangs on a date follows the date when it moves. Who arrives inside the hours of
    ``until`` does not wait. Examples::

        {"kind": "wait", "name": "Two days", "amount": 2, "unit": "days", "next": {"done": "call"}}
        {"kind": "wait", "name": "Morning before", "field": "start", "amount": -1,
         "unit": "working_days", "next": {"done": "sms"}}
        {"kind": "wait", "name": "Office hours",
         "until": {"weekdays": [0, 1, 2, 3, 4], "from": "09:00", "to": "17:00"},
         "next": {"done": "call"}}
        {"kind": "wait", "name": "Booked?", "event": "appointment_booked", "amount": 7,
         "unit": "days", "next": {"happened": "thanks", "timeout": "call"}}
    """

    kind = 'wait'
    key: str
    name: str
    next: dict
    amount: int
    unit: str
    field: str | None
    window: clock.Window | None
    event: str | None

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        until = values.get('until')
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values.get('amount') or 0,
            values.get('unit'),
            values.get('field') or None,
            clock.Window(
                frozenset(until['weekdays']),
                time.fromisoformat(until['from']),
                time.fromisoformat(until['to']),
            )
            if until
            else None,
            values.get('event') or None,
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return (HAPPENED, TIMEOUT) if values.get('event') else (DONE,)

    @staticmethod
    def answers(values):
        """Return that it happens, where something is awaited."""
        return (HAPPENED,) if values.get('event') else ()

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if values.get('until'):
            yield from _window_problems(values['until'])
            return
        amount = values.get('amount')
        if type(amount) is not int or (not values.get('field') and amount < 1):
            yield 'amount', 'no_amount', str(amount or '')
        if values.get('unit') not in clock.UNITS:
            yield 'unit', 'unknown_unit', str(values.get('unit') or '')

    def run(self, rows, scene):
        """Park rows that arrive; let go those whose time has come."""
        arriving = [row for row in rows if not row.woken]
        results = [Result(row, outcome=self._outcome(row)) for row in rows if row.woken]
        if not arriving:
            return results
        if self.window:
            until = clock.next_inside(scene.now, scene.graph.tz, self.window)
            outcome = DONE if until <= scene.now else None
            results += [Result(row, outcome=outcome, until=until) for row in arriving]
        elif self.field:
            results += self._park_at_date(arriving, scene)
        else:
            until = scene.shift(scene.now, self.amount, self.unit)
            results += [Result(row, until=until, awaits=self.event) for row in arriving]
        return results

    def _outcome(self, row):
        """Return what became of the wait of a row that comes back."""
        if not self.event:
            return DONE
        return TIMEOUT if row.woken == 'due' else HAPPENED

    def _park_at_date(self, rows, scene):
        """Return the results of rows that wait for a date; who has none does not wait."""
        anchors = scene.anchors({row.subject_id for row in rows}, self.field)
        results = []
        for row in rows:
            base = anchors.get(row.subject_id)
            if base is None:
                results.append(Result(row, outcome=DONE, reason='no_date'))
            else:
                until = scene.shift(base, self.amount, self.unit)
                anchor = (self.field, self.amount, self.unit)
                results.append(Result(row, until=until, anchor=anchor))
        return results


def _window_problems(until):
    """Yield what is wrong with the hours of the week that are waited for."""
    weekdays = until.get('weekdays') or ()
    if not weekdays or not set(weekdays) <= clock.WEEKDAYS:
        yield 'until/weekdays', 'no_weekday', ''
    for end in ('from', 'to'):
        try:
            time.fromisoformat(until.get(end) or '')
        except (TypeError, ValueError):
            yield f'until/{end}', 'no_time', str(until.get(end) or '')
