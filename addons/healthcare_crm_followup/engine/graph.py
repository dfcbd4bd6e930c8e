"""A workflow's definition, a JSON document, becomes an immutable graph, or a list of problems.

The document is what publishing freezes, what import and export carry and what the canvas draws::

    {
        "schema": 1,
        "subject": "calendar.event",
        "tz": "Asia/Taipei",
        "trigger": {"kind": "date", "field": "start", "amount": -24, "unit": "hours"},
        "entry": [["appointment_status", "=", "booked"]],
        "start": "remind",
        "steps": {
            "remind": {"kind": "message", "name": "Remind", …, "next": {"suppressed": "call"}},
            "call": {"kind": "care_task", "name": "Call", …, "next": {}},
        },
    }

An outcome that ``next`` does not name ends the enrollment.
"""

import hashlib
import json
from dataclasses import dataclass, field
from types import MappingProxyType

from .steps import STEP_KINDS
from .triggers import TRIGGER_KINDS

SCHEMA = 1


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
class Graph:
    """A compiled definition: trigger and steps are objects of their kinds, ready to run."""

    subject: str
    tz: str
    trigger: object
    entry: tuple
    start: str
    steps: MappingProxyType = field(repr=False)

    def next_key(self, key, outcome):
        """Return the key of the step that follows ``key`` on ``outcome``; ``None`` where it
        ends."""
        return self.steps[key].next.get(outcome)


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
    trigger = definition.get('trigger') or {}
    if trigger.get('kind') not in TRIGGER_KINDS:
        found.append(Problem('trigger/kind', 'unknown_trigger', str(trigger.get('kind') or '')))
    else:
        kind = TRIGGER_KINDS[trigger['kind']]
        found += [
            Problem(f'trigger/{at}', code, detail) for at, code, detail in kind.validate(trigger)
        ]
    if not steps:
        found.append(Problem('steps', 'no_steps'))
    elif definition.get('start') not in steps:
        found.append(Problem('start', 'no_start'))
    for key, step in steps.items():
        found += _step_problems(key, step, steps)
    if definition.get('start') in steps:
        found += _shape_problems(definition['start'], steps)
    return found


def _step_problems(key, step, steps):
    """Yield the problems of one step: its kind, its own settings, its arrows."""
    kind = STEP_KINDS.get(step.get('kind'))
    if kind is None:
        yield Problem(f'steps/{key}/kind', 'unknown_step', str(step.get('kind') or ''))
        return
    for at, code, detail, *level in kind.validate(step):
        yield Problem(f'steps/{key}/{at}', code, detail, *level)
    outcomes = kind.outcomes(step)
    for outcome, target in (step.get('next') or {}).items():
        if outcome not in outcomes:
            yield Problem(f'steps/{key}/next/{outcome}', 'unknown_outcome', outcome)
        elif target is not None and target not in steps:
            yield Problem(f'steps/{key}/next/{outcome}', 'unknown_target', str(target))


def _shape_problems(start, steps):
    """Return the problems of the whole drawing: steps nobody reaches, and circles without a
    limit."""
    arrows = {
        key: [target for target in (step.get('next') or {}).values() if target in steps]
        for key, step in steps.items()
    }
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
    trigger = definition['trigger']
    return Graph(
        subject=definition['subject'],
        tz=definition.get('tz') or 'UTC',
        trigger=TRIGGER_KINDS[trigger['kind']].from_json(trigger),
        entry=tuple(
            tuple(leaf) if isinstance(leaf, list) else leaf
            for leaf in definition.get('entry') or ()
        ),
        start=definition['start'],
        steps=MappingProxyType(
            {
                key: STEP_KINDS[step['kind']].from_json(key, step)
                for key, step in definition['steps'].items()
            }
        ),
    )
