"""The document of the canvas: the steps of a draft, where they stand and where they lead::

    {"start": "remind",
     "steps": {"remind": {"kind": "message", "name": "Remind", "x": 80, "y": 160,
                          "values": {"purpose": 1, …}, "next": {"suppressed": ["call"]}}}}

``values`` is the rest of the step's part of the definition, with the ids of this database. Pure.
"""

from functools import cache

from jsonschema import Draft202012Validator

from odoo.tools import LazyTranslate

from ..engine.document import NO_STEP, OTHERWISE, TWICE, Refused, follow, look_through
from ..engine.graph import checksum
from ..engine.steps import STEP_KINDS
from ..engine.steps.registry import next_of
from .tables import WAYS

_lt = LazyTranslate(__name__)

#: As many steps as nobody draws, and places nobody scrolls to.
MAX_STEPS = 1000
MAX_PLACE = 1_000_000
#: What a row of an arrow says instead of an outcome.
NO_OUTCOMES = ('', 'way')
#: What a clip says it is.
CLIP_FORMAT = 'healthcare-workflow-steps'
CLIP_VERSION = 1
#: parts of a step that are no values of its kind
_COMMON = ('kind', 'name', 'next')

_CODE = {'type': 'string', 'pattern': '^[A-Za-z][A-Za-z0-9_-]{0,59}$'}
_PLACE = {'type': ['integer', 'null'], 'minimum': -MAX_PLACE, 'maximum': MAX_PLACE}
_STEP = {
    'type': 'object',
    'required': ['kind'],
    'properties': {
        'name': {'type': 'string', 'maxLength': 200},
        'x': _PLACE,
        'y': _PLACE,
        'values': {'type': 'object'},
        'next': {
            'type': 'object',
            'maxProperties': 100,
            'additionalProperties': {
                'type': 'array',
                'maxItems': 100,
                'items': {'type': 'string'},
                'uniqueItems': True,
            },
        },
    },
}


@cache
def _schema():
    """Return the validator of a drawing; kinds of other addons are known by then."""
    step = _STEP | {'properties': {'kind': {'enum': list(STEP_KINDS)}, **_STEP['properties']}}
    return Draft202012Validator(
        {
            'type': 'object',
            'required': ['steps'],
            'properties': {
                'start': {'type': ['string', 'null']},
                'steps': {
                    'type': 'object',
                    'maxProperties': MAX_STEPS,
                    'propertyNames': _CODE,
                    'additionalProperties': step,
                },
            },
        }
    )


@cache
def _clip_schema():
    """Return the validator of copied steps."""
    return Draft202012Validator(
        {
            'type': 'object',
            'required': ['format', 'version', 'steps'],
            'properties': {
                'format': {'const': CLIP_FORMAT},
                'version': {'const': CLIP_VERSION},
                'steps': {'type': 'object', 'minProperties': 1},
            },
        }
    )


def check(doc):
    """Refuse what is no drawing.

    What ``values`` mean is for the tables to say.

    :raise Refused: with the path to the first fault
    """
    look_through(doc)
    follow(_schema(), doc)
    steps = doc['steps']
    if doc.get('start') is not None and doc['start'] not in steps:
        raise Refused(('start',), NO_STEP, key=doc['start'])
    for key, step in steps.items():
        for outcome, targets in step.get('next', {}).items():
            if outcome in NO_OUTCOMES:
                raise Refused(('steps', key, 'next'), OTHERWISE, value=repr(outcome))
            for target in targets:
                if target not in steps:
                    raise Refused(('steps', key, 'next', outcome), NO_STEP, key=target)
        _check_ways(step, ('steps', key))


def check_clip(clip):
    """Refuse what was not copied from a canvas.

    :raise Refused: with the path to the first fault
    """
    look_through(clip)
    follow(_clip_schema(), clip)
    check({'steps': clip['steps']})


def _check_ways(step, path):
    """Refuse ways of a step that two outcomes or none lead to."""
    name = WAYS[step['kind']][0] if step['kind'] in WAYS else None
    ways = step.get('values', {}).get(name, [])
    follow(_ways_schema(), ways)
    codes = [way['outcome'] for way in ways]
    for index, code in enumerate(codes):
        if code in (*NO_OUTCOMES, *codes[:index]):
            raise Refused((*path, name, index, 'outcome'), TWICE, key=code)


@cache
def _ways_schema():
    code = {'type': 'string', 'maxLength': 60}
    way = {'type': 'object', 'required': ['outcome'], 'properties': {'outcome': code}}
    return Draft202012Validator({'type': 'array', 'maxItems': 100, 'items': way})


def drawn(values, place):
    """Return a step of a definition as the canvas draws it.

    :param place: its x and y, ``None`` where it has none yet
    """
    kind = values['kind']
    rest = {key: value for key, value in values.items() if key not in _COMMON}
    # a step without ways is not a new one, for which the usual ways are made
    if kind in WAYS:
        rest.setdefault(WAYS[kind][0], [])
    x, y = place or (None, None)
    return {
        'kind': kind,
        'name': values.get('name') or '',
        'x': x,
        'y': y,
        'values': rest,
        'next': {outcome: list(targets) for outcome, targets in next_of(values).items()},
    }


def defined(step):
    """Return a step of a drawing as a definition has it."""
    return {
        **step['values'],
        'kind': step['kind'],
        'name': step.get('name') or '',
        'next': step.get('next') or {},
    }


def revision(doc):
    """Return what changes whenever the steps change, wherever they stand."""
    return checksum(
        {
            'start': doc['start'],
            'steps': {key: defined(step) for key, step in doc['steps'].items()},
        }
    )
