"""Give work to people: a call to make, a thing to check, with a window and an outcome."""

from dataclasses import dataclass

from .. import gates
from ..effects import CareTask, Communication, ExpireTask, key_of
from .registry import Result, Step, next_of, step_kind

#: How a task can end; each may have its own arrow. FHIR Task.statusReason, in a clinic's words.
TASK_OUTCOMES = ('reached', 'confirmed', 'rescheduled', 'cancelled', 'no_answer', 'wrong_number')
TIMEOUT = 'timeout'
SUPPRESSED = 'suppressed'


@step_kind
@dataclass(frozen=True)
class CareTaskStep(Step):
    """Open a care task and wait for its outcome, ``hours`` at most.

    A call is work for people, so it needs no earlier permission, but a patient who said no to calls
    for this purpose is not called: the outcome is then ``suppressed``. Example::

        {"kind": "care_task", "name": "Call", "purpose": 1, "type": "call", "role": "reception",
         "instruction": {"en_US": "…"}, "hours": 8, "priority": "1",
         "next": {"no_answer": "again", "timeout": "again"}}
    """

    kind = 'care_task'
    needs_people = True
    key: str
    name: str
    next: dict
    purpose_id: int | None
    task_type: str
    role: str
    user_id: int | None
    instruction: dict
    hours: float
    priority: str

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values.get('purpose') or None,
            values.get('type') or 'call',
            values['role'],
            values.get('user') or None,
            values.get('instruction') or {},
            values['hours'],
            values.get('priority') or '0',
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return (*TASK_OUTCOMES, TIMEOUT, SUPPRESSED)

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not values.get('role'):
            yield 'role', 'no_role', ''
        if not values.get('hours') or values['hours'] <= 0:
            yield 'hours', 'no_window', ''

    def run(self, rows, scene):
        """Open tasks for rows that arrive; follow the outcome of those that come back."""
        results = []
        for row in rows:
            if row.woken == 'due':
                # a late call is better than none: the task stays open unless the workflow goes on
                # without it
                expired = (ExpireTask(key_of(row, self)),) if TIMEOUT in self.next else ()
                results.append(Result(row, outcome=TIMEOUT, effects=expired))
                continue
            if row.woken:
                results.append(Result(row, outcome=row.woken))
                continue
            reason = self._reason_not_to(row)
            if reason:
                verdict = gates.Verdict('call', False, reason)
                effect = Communication.of(row, self, verdict, status='suppressed', now=None)
                results.append(Result(row, outcome=SUPPRESSED, reason=reason, effects=(effect,)))
                continue
            until = scene.later(hours=self.hours)
            results.append(
                Result(row, until=until, effects=(CareTask.of(row, self, until, scene.now),))
            )
        return results

    def _reason_not_to(self, row):
        """Return why nobody should call: a deceased or blocked person, or a refusal of calls."""
        reason = gates.person_reason(row.person)
        if reason or self.task_type != 'call' or not self.purpose_id:
            return reason
        decision, _consent = row.person.consents.get((self.purpose_id, 'call'), (None, None))
        return 'consent_denied' if decision == 'deny' else None
