"""The register of step kinds and the little language steps answer in.

A step is an immutable object with ``key``, ``name`` and ``next`` and one method,
``run(rows, scene) -> [Result]``: one result per row, in any order. It reads from the scene and
decides; it writes nothing. What is to be written travels as effects inside the results, and
:mod:`~..effects` writes each kind once for the whole batch.
"""

from dataclasses import dataclass

#: kind -> class with ``validate(json)``, ``outcomes(json)``, ``from_json(key, json)``
STEP_KINDS = {}


def step_kind(cls):
    """Class decorator: make ``cls`` known under its ``kind``."""
    STEP_KINDS[cls.kind] = cls
    return cls


@dataclass(frozen=True)
class Result:
    """What a step decided for one row.

    Either it is through, and ``outcome`` names the arrow to follow, or it parks: ``until`` (a
    moment) and, where a date of the subject is awaited, ``anchor`` = (field, amount, unit) say
    when it wakes. ``reason`` and ``detail`` go to the log: why it went that way.
    """

    row: object
    outcome: str | None = None
    until: object = None
    anchor: tuple | None = None
    reason: str | None = None
    detail: dict | None = None
    effects: tuple = ()


def next_of(values):
    """Return the arrows of a step's JSON form without the ones that lead nowhere."""
    return {outcome: target for outcome, target in (values.get('next') or {}).items() if target}
