"""Give work to people: a call to make, a thing to check, with a window and an outcome."""

from dataclasses import dataclass

from odoo.tools import SQL

from .. import gates, sql
from ..effects import CareTask, Communication, EscalateTask, ExpireTask, key_of
from .registry import Result, Step, next_of, step_kind, way_outcomes, way_problems

#: How a task can end; each may have its own arrow. FHIR Task.statusReason, in a clinic's words.
TASK_OUTCOMES = ('reached', 'confirmed', 'rescheduled', 'cancelled', 'no_answer', 'wrong_number')
TIMEOUT = 'timeout'
SUPPRESSED = 'suppressed'
PRIORITIES = ('0', '1', '2')


@dataclass(frozen=True)
class Escalation:
    """Who gets a task that is ``hours`` overdue, and how urgent it becomes."""

    hours: float
    role: str | None
    user_id: int | None
    priority: str


@step_kind
@dataclass(frozen=True)
class CareTaskStep(Step):
    """Open a care task and wait for its outcome, ``hours`` at most.

    It is for a role, for one person, or for the user of the appointment's or else the patient's
    practitioner, where there is one. While they are away it goes to their substitute. ``outcomes``
    are ends of this step's own, besides the usual ones.

    ``escalate`` makes a task that is ``hours`` past its window more urgent and somebody else's; the
    window then begins anew, and only after it the outcome is ``timeout``. Where no arrow asks for
    that, but for other outcomes, the step waits on for who does it late.

    A call is work for people, so it needs no earlier permission, but a patient who said no to calls
    for this purpose is not called: the outcome is then ``suppressed``. Example::

        {"kind": "care_task", "name": "Call", "purpose": 1, "type": "call", "role": "reception",
         "instruction": {"en_US": "…"}, "hours": 8, "priority": "1",
         "outcomes": [{"outcome": "outcome1", "name": "Needs a wheelchair"}],
         "escalate": {"hours": 2, "role": "nurse", "priority": "2"},
         "next": {"no_answer": "again", "outcome1": "porter", "timeout": "again"}}
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
    for_practitioner: bool
    instruction: dict
    hours: float
    priority: str
    own_outcomes: tuple
    escalation: Escalation | None

    @classmethod
    def from_json(cls, key, values):
        """Return the step of its JSON form."""
        escalate = values.get('escalate')
        return cls(
            key,
            values.get('name') or key,
            next_of(values),
            values.get('purpose') or None,
            values.get('type') or 'call',
            values.get('role') or 'practitioner',
            values.get('user') or None,
            bool(values.get('practitioner')),
            values.get('instruction') or {},
            values['hours'],
            values.get('priority') or '0',
            tuple(values.get('outcomes') or ()),
            Escalation(
                escalate['hours'],
                escalate.get('role') or None,
                escalate.get('user') or None,
                escalate.get('priority') or '0',
            )
            if escalate
            else None,
        )

    @staticmethod
    def outcomes(values):
        """Return the outcomes that may have an arrow."""
        return (*TASK_OUTCOMES, *way_outcomes(values, 'outcomes'), TIMEOUT, SUPPRESSED)

    @staticmethod
    def answers(values):
        """Return what staff may note."""
        return (*TASK_OUTCOMES, *way_outcomes(values, 'outcomes'))

    @staticmethod
    def validate(values):
        """Yield (path, problem code, detail) for what is wrong with the JSON form."""
        if not any(values.get(who) for who in ('role', 'user', 'practitioner')):
            yield 'role', 'no_role', ''
        if not values.get('hours') or values['hours'] <= 0:
            yield 'hours', 'no_window', ''
        if (values.get('priority') or '0') not in PRIORITIES:
            yield 'priority', 'unknown_priority', str(values['priority'])
        if values.get('outcomes'):
            reserved = (*TASK_OUTCOMES, TIMEOUT, SUPPRESSED)
            yield from way_problems(values, 'outcomes', reserved)
        escalate = values.get('escalate')
        if not escalate:
            return
        if (escalate.get('hours') or -1) < 0 and escalate.get('hours') != 0:
            yield 'escalate/hours', 'no_window', ''
        if (escalate.get('priority') or '0') not in PRIORITIES:
            yield 'escalate/priority', 'unknown_priority', str(escalate['priority'])

    def run(self, rows, scene):
        """Open tasks for rows that arrive; follow the outcome of those that come back."""
        arriving = [row for row in rows if not row.woken]
        overdue = [row for row in rows if row.woken == 'due']
        answered = [row for row in rows if row.woken not in (None, 'due')]
        return [
            *self._open(arriving, scene),
            *self._overdue(overdue, scene),
            *(Result(row, outcome=row.woken) for row in answered),
        ]

    def _open(self, rows, scene):
        """Return the results of rows that arrive: a task each, or why there is none."""
        users = self._practitioners(rows, scene) if self.for_practitioner else {}
        until = scene.later(hours=self.hours)
        # the step comes back for what escalates, not for the end of the window
        back = scene.later(hours=self.hours + (self.escalation.hours if self.escalation else 0))
        results = []
        for row in rows:
            reason = self._reason_not_to(row)
            if reason:
                verdict = gates.Verdict('call', False, reason)
                effect = Communication.of(row, self, verdict, status='suppressed', now=None)
                results.append(Result(row, outcome=SUPPRESSED, reason=reason, effects=(effect,)))
            else:
                task = CareTask.of(row, self, until, scene.now, users.get(row.token_id))
                results.append(Result(row, until=back, effects=(task,)))
        return results

    def _overdue(self, rows, scene):
        """Return the results of rows whose time is up: escalated once, then timed out."""
        # a late call is better than none: unless the workflow goes on without it, the task stays
        # open, and what comes of it still leads on
        expires = TIMEOUT in self.next
        fresh = self._not_escalated(rows, scene) if self.escalation else set()
        results = []
        for row in rows:
            if row.token_id in fresh:
                effect = EscalateTask.of(row, self)
                until = scene.later(hours=self.hours)
                results.append(Result(row, until=until, reason='escalated', effects=(effect,)))
            elif self.next and not expires:
                results.append(Result(row, reason='overdue'))
            else:
                effects = (ExpireTask(key_of(row, self)),) if expires else ()
                results.append(Result(row, outcome=TIMEOUT, effects=effects))
        return results

    def _not_escalated(self, rows, scene):
        """Return the tokens among ``rows`` whose open task has not been escalated yet."""
        if not rows:
            return set()
        by_key = {key_of(row, self): row.token_id for row in rows}
        found = scene.env.execute_query(
            SQL(
                """
                SELECT idempotency_key FROM healthcare_care_task
                 WHERE idempotency_key IN %s AND escalated_at IS NULL
                   AND state IN ('requested', 'in-progress')
                """,
                tuple(by_key),
            )
        )
        return {by_key[key] for (key,) in found}

    @staticmethod
    def _practitioners(rows, scene):
        """Return {token id: user of the practitioner of the row's appointment, else patient}."""
        if not rows:
            return {}
        found = scene.env.execute_query(
            SQL(
                """
                SELECT about.token_id, COALESCE(treating.user_id, usual.user_id)
                  FROM (VALUES %s) AS about (token_id, patient_id, appointment_id)
                  JOIN res_partner AS patient ON patient.id = about.patient_id
                  LEFT JOIN calendar_event AS appointment
                    ON appointment.id = about.appointment_id::int4
                  LEFT JOIN healthcare_practitioner AS treating
                    ON treating.id = appointment.practitioner_id
                  LEFT JOIN healthcare_practitioner AS usual ON usual.id = patient.practitioner_id
                """,
                sql.values_list(
                    [(row.token_id, row.patient_id, row.appointment_id) for row in rows]
                ),
            )
        )
        return dict(found)

    def _reason_not_to(self, row):
        """Return why nobody should call: a deceased or blocked person, or a refusal of calls."""
        reason = gates.person_reason(row.person)
        if reason or self.task_type != 'call' or not self.purpose_id:
            return reason
        decision, _consent = row.person.consents.get((self.purpose_id, 'call'), (None, None))
        return 'consent_denied' if decision == 'deny' else None
