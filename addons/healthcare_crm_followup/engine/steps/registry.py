"""The register of step kinds and the little language steps answer in.

A step is an immutable object with ``key``, ``name`` and ``next`` and one method,
``run(rows, scene) -> [Result]``: one result per row, in any order. It reads from the scene and
decides; it writes nothing. What is to be written travels as effects inside the results, and
:mod:`~..effects` writes each kind once for the whole batch.
"""

from dataclasses import dataclass

#: kind -> class with ``validate(json)``, ``outcomes(json)``, ``from_json(key, json)``
STEP_KINDS = {}


class Step:
    """What all kinds of steps have in common.

    :cvar kind: its name in definitions
    :cvar needs_people: rows come with their :class:`~..facts.Person`
    :cvar is_join: waits for the other paths of its enrollment
    :cvar may_stop: what it does may end enrollments, also those it does it for
    :cvar limited: outcomes whose arrow may lead back in a circle, because the step counts
    """

    kind = None
    needs_people = False
    is_join = False
    may_stop = False
    limited = ()

    @staticmethod
    def answers(values):
        """Return the outcomes that people or providers decide: a simulation has to be told."""
        return ()

    @staticmethod
    def check(values, definition, workflow):
        """Yield (path, problem code, detail[, level]) for what only the database can tell.

        It is asked before publishing, besides ``validate(values)``.

        :param values: the step's JSON form, inside that of the ``definition``
        :param workflow: the ``healthcare.workflow`` to be published, of its publisher
        """
        return ()


def step_kind(cls):
    """Class decorator: make ``cls`` known under its ``kind``."""
    STEP_KINDS[cls.kind] = cls
    return cls


@dataclass(frozen=True)
class Result:
    """What a step decided for one row.

    Either it is through, and ``outcome`` names the arrows to follow, or it parks. Then ``until`` (a
    moment, or ``None`` for as long as it takes) and, where a date of the subject is awaited,
    ``anchor`` = (field, amount, unit) say when it comes back by itself, and ``awaits`` names the
    happening that calls it back before; an answer to the visit itself always does.

    ``reason`` and ``detail`` go to the log: why it went that way. ``loops`` is what the row has
    counted from now on, {go-to's key: passes}; ``arm`` the way of a split, kept for comparison.
    """

    row: object
    outcome: str | None = None
    until: object = None
    anchor: tuple | None = None
    awaits: str | None = None
    reason: str | None = None
    detail: dict | None = None
    effects: tuple = ()
    loops: dict | None = None
    arm: str | None = None

    @property
    def is_parked(self):
        """Whether the row stays in the step for now."""
        return self.outcome is None


def next_of(values):
    """Return the arrows of a step's JSON form, {outcome: (keys,)}, without those that lead
    nowhere."""
    arrows = {}
    for outcome, targets in (values.get('next') or {}).items():
        if targets:
            arrows[outcome] = (targets,) if isinstance(targets, str) else tuple(targets)
    return arrows


def way_outcomes(values, name='ways'):
    """Return the outcomes of the list ``name`` of a step's JSON form."""
    return tuple(way.get('outcome') for way in values.get(name) or ())


def way_problems(values, name='ways', reserved=()):
    """Yield (path, problem code, detail) for the list ``name`` of a step's JSON form.

    :param reserved: outcomes the step has anyway
    """
    outcomes = list(reserved)
    for index, way in enumerate(values.get(name) or ()):
        outcome = way.get('outcome')
        if not outcome or not isinstance(outcome, str) or outcome in outcomes:
            yield f'{name}/{index}/outcome', 'bad_outcome', str(way.get('name') or outcome or '')
        outcomes.append(outcome)
    if not values.get(name):
        yield name, 'no_ways', ''
