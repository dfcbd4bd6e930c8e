"""A workflow's definition, a JSON document, becomes an immutable graph, or a list of problems.

The document is what publishing freezes, what import and export carry and what the canvas draws::

    {
        "schema": 1,
        "subject": "calendar.event",
        "tz": "Asia/Taipei",
        "triggers": {"t1": {"kind": "date", "field": "start", "amount": -24, "unit": "hours"}},
        "entry": [["appointment_status", "=", "booked"]],
        "reentry": {"per": "episode", "days": 0},
        "exits": [{"name": "Moved away", "domain": [["company_id", "=", 3]]}],
        "goal": {"domain": [["patient_response", "=", "accepted"]], "days": 30},
        "guards": {"quiet": "company", "caps": true, "priority": 1},
        "siblings": null,
        "start": "remind",
        "steps": {
            "remind": {"kind": "message", "name": "Remind", …, "next": {"suppressed": "call"}},
            "call": {"kind": "care_task", "name": "Call", …, "next": {}},
        },
    }

``next`` leads from an outcome to a step, or to a list of steps: then all of them run side by side.
An outcome it does not name ends that path; an enrollment ends with its last path. Only ``schema``,
``subject``, ``triggers``, ``start`` and ``steps`` have to be there.
"""

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from .steps import STEP_KINDS
from .steps.registry import next_of
from .triggers import TRIGGER_KINDS

SCHEMA = 1
#: How often a patient may come: once at a time per subject, once at a time, once ever, or always.
REENTRY = ('episode', 'patient', 'once', 'any')
PRIORITIES = (0, 1, 2, 3)


@dataclass(frozen=True)
class Problem:
    """Something an administrator has to mend before publishing.

    ``path`` leads to the fault inside the definition, e.g. ``steps/remind/channels``; ``code``
    names the problem for programs and for the sentence shown (see
    ``models/healthcare_workflow.py``), ``detail`` fills that sentence. A ``warning`` does not stop
    publication.
    """

    path: str
    code: str
    detail: str = ''
    level: str = 'error'


@dataclass(frozen=True)
class Reentry:
    """How often a patient may be enrolled, and after how many days again."""

    per: str = 'episode'
    days: int = 0


@dataclass(frozen=True)
class Exit:
    """A reason to leave early: ``domain`` is met, or ``event`` happened."""

    name: str
    domain: tuple = ()
    event: str | None = None


@dataclass(frozen=True)
class Goal:
    """What the workflow is for: ``domain`` is met or ``event`` happens within ``days`` of
    enrolling, also when the last step is over by then."""

    domain: tuple = ()
    event: str | None = None
    days: int = 30


@dataclass(frozen=True)
class Graph:
    """A compiled definition: triggers and steps are objects of their kinds, ready to run."""

    subject: str
    tz: str
    triggers: MappingProxyType
    entry: tuple
    reentry: Reentry
    exits: tuple
    goal: Goal | None
    guards: MappingProxyType
    siblings: str | None
    start: str
    steps: MappingProxyType = field(repr=False)

    def next_keys(self, key, outcome):
        """Return the keys of the steps that follow ``key`` on ``outcome``: none where the path
        ends."""
        return self.steps[key].next.get(outcome, ())

    @cached_property
    def joins(self):
        """The join steps: {key: the keys of the steps from which it can still be reached}."""
        before = {key: set() for key in self.steps}
        for key, step in self.steps.items():
            for targets in step.next.values():
                for target in targets:
                    before[target].add(key)
        return {key: _closure(key, before) for key, step in self.steps.items() if step.is_join}

    @property
    def priority(self):
        """How much the messages of this workflow matter, 0 to 3."""
        return self.guards.get('priority', 1)


def _closure(key, before):
    """Return the keys that lead to ``key``, itself left out."""
    found, open_keys = set(), set(before[key])
    while open_keys:
        one = open_keys.pop()
        found.add(one)
        open_keys |= before[one] - found
    return frozenset(found - {key})


def checksum(definition):
    """Return the SHA-256 of the definition's canonical JSON: equal documents, equal sums."""
    canonical = json.dumps(definition, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def problems(definition):
    """Return every :class:`Problem` of ``definition``; an empty list means that it can run."""
    steps = definition.get('steps') or {}
    found = []
    if definition.get('schema') != SCHEMA:
        found.append(Problem('schema', 'unknown_schema', str(definition.get('schema'))))
    found += _trigger_problems(definition.get('triggers') or {})
    found += _rule_problems(definition)
    if not steps:
        found.append(Problem('steps', 'no_steps'))
    elif definition.get('start') not in steps:
        found.append(Problem('start', 'no_start'))
    for key, step in steps.items():
        found += _step_problems(key, step, steps)
    if definition.get('start') in steps:
        found += _shape_problems(definition['start'], steps)
    return found


def _trigger_problems(triggers):
    """Yield the problems of what starts the workflow."""
    if not triggers:
        yield Problem('triggers', 'no_trigger')
    for key, trigger in triggers.items():
        kind = TRIGGER_KINDS.get(trigger.get('kind'))
        if kind is None:
            yield Problem(f'triggers/{key}/kind', 'unknown_trigger', str(trigger.get('kind') or ''))
            continue
        for at, code, detail in kind.validate(trigger):
            yield Problem(f'triggers/{key}/{at}', code, detail)


def _rule_problems(definition):
    """Yield the problems of the rules about the whole workflow."""
    reentry = definition.get('reentry') or {}
    if reentry.get('per', 'episode') not in REENTRY:
        yield Problem('reentry/per', 'unknown_reentry', str(reentry['per']))
    for index, rule in enumerate(definition.get('exits') or ()):
        if not rule.get('domain') and not rule.get('event'):
            yield Problem(f'exits/{index}', 'no_condition', str(rule.get('name') or ''))
    goal = definition.get('goal')
    if goal and not goal.get('domain') and not goal.get('event'):
        yield Problem('goal', 'no_goal')
    if (definition.get('guards') or {}).get('priority', 1) not in PRIORITIES:
        yield Problem('guards/priority', 'unknown_priority', str(definition['guards']['priority']))


def _step_problems(key, step, steps):
    """Yield the problems of one step: its kind, its own settings, its arrows."""
    kind = STEP_KINDS.get(step.get('kind'))
    if kind is None:
        yield Problem(f'steps/{key}/kind', 'unknown_step', str(step.get('kind') or ''))
        return
    for at, code, detail, *level in kind.validate(step):
        yield Problem(f'steps/{key}/{at}', code, detail, *level)
    outcomes = kind.outcomes(step)
    for outcome, targets in next_of(step).items():
        if outcome not in outcomes:
            known = ', '.join(filter(None, outcomes)) or '–'
            yield Problem(f'steps/{key}/next/{outcome}', 'unknown_outcome', known)
        for target in targets:
            if target not in steps:
                yield Problem(f'steps/{key}/next/{outcome}', 'unknown_target', str(target))


def _shape_problems(start, steps):
    """Return the problems of the whole drawing: steps nobody reaches, and circles without a
    limit.

    A go-to counts how often it led back, so the arrow it leads back by may close a circle.
    """
    arrows, limited = {}, {}
    for key, step in steps.items():
        kind = STEP_KINDS.get(step.get('kind'))
        back = getattr(kind, 'limited', ())
        following = next_of(step).items()
        arrows[key] = [
            target
            for outcome, targets in following
            for target in targets
            if target in steps and outcome not in back
        ]
        limited[key] = [
            target
            for outcome, targets in following
            for target in targets
            if target in steps and outcome in back
        ]
    state = {}  # key -> 'open' while on the path from the start, 'done' after

    def visit(root):
        loops, stack = [], [(root, iter(arrows[root]))]
        state[root] = 'open'
        while stack:
            key, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[key] = 'done'
                stack.pop()
            elif target not in state:
                state[target] = 'open'
                stack.append((target, iter(arrows[target])))
            elif state[target] == 'open':
                loops.append(
                    Problem(f'steps/{key}/next', 'loop', steps[target].get('name') or target)
                )
        return loops

    found = visit(start)
    # what is reached through a go-to only is reached
    while behind := [target for key in state for target in limited[key] if target not in state]:
        found += visit(behind[0])
    found += [
        Problem(f'steps/{key}', 'unreachable', steps[key].get('name') or key, 'warning')
        for key in steps
        if key not in state
    ]
    return found


def compile_graph(definition):
    """Return the :class:`Graph` of a definition that has no problems.

    :raise ValueError: it has at least one error; the message holds the first one's path and code
    """
    for problem in problems(definition):
        if problem.level == 'error':
            raise ValueError(f'{problem.path}: {problem.code} {problem.detail}'.strip())
    reentry, goal = definition.get('reentry') or {}, definition.get('goal')
    return Graph(
        subject=definition['subject'],
        tz=definition.get('tz') or 'UTC',
        triggers=MappingProxyType(
            {
                key: TRIGGER_KINDS[trigger['kind']].from_json(trigger)
                for key, trigger in definition['triggers'].items()
            }
        ),
        entry=frozen_domain(definition.get('entry')),
        reentry=Reentry(reentry.get('per') or 'episode', reentry.get('days') or 0),
        exits=tuple(
            Exit(
                rule.get('name') or '', frozen_domain(rule.get('domain')), rule.get('event') or None
            )
            for rule in definition.get('exits') or ()
        ),
        goal=Goal(
            frozen_domain(goal.get('domain')), goal.get('event') or None, goal.get('days') or 30
        )
        if goal
        else None,
        guards=MappingProxyType(definition.get('guards') or {}),
        siblings=definition.get('siblings') or None,
        start=definition['start'],
        steps=MappingProxyType(
            {
                key: STEP_KINDS[step['kind']].from_json(key, step)
                for key, step in definition['steps'].items()
            }
        ),
    )


def frozen_domain(domain):
    """Return a domain as read from JSON in the form Odoo takes: its leaves are tuples."""
    return tuple(tuple(leaf) if isinstance(leaf, list) else leaf for leaf in domain or ())
