"""The exchange document: a workflow as one JSON file that a person can write by hand.

:func:`read` takes the text of a file and returns a document that is sound by the schema in
``static/schema/healthcare-workflow.json``; what it means is for the model to say. Whatever is wrong
is told in one sentence with the path to the fault.
"""

import json
from collections import Counter
from functools import cache

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from odoo.exceptions import UserError
from odoo.tools import LazyTranslate, file_open

from .steps.registry import next_of

_lt = LazyTranslate(__name__)

FORMAT = 'healthcare-workflow'
VERSION = 1
#: A file longer than this is no workflow. In bytes of UTF-8.
MAX_SIZE = 2_000_000
#: No workflow nests objects and lists deeper than this.
MAX_DEPTH = 40

#: JSON type → how it is called
TYPES = {
    'object': _lt("an object in braces"),
    'array': _lt("a list in brackets"),
    'string': _lt("a text in quotation marks"),
    'integer': _lt("a whole number"),
    'number': _lt("a number"),
    'boolean': _lt("true or false"),
    'null': _lt("null"),
}
#: keyword of the schema → the sentence when it is broken
SENTENCES = {
    'type': _lt("%(value)s should be %(types)s."),
    'enum': _lt("%(value)s is not one of %(expected)s."),
    'const': _lt("%(value)s should be %(expected)s."),
    'required': _lt('"%(key)s" is missing.'),
    'additionalProperties': _lt('"%(key)s" is not known here. Known are: %(known)s.'),
    'pattern': _lt("%(value)s is not written as it should be (%(expected)s)."),
    'minimum': _lt("%(value)s is less than %(expected)s."),
    'exclusiveMinimum': _lt("%(value)s should be more than %(expected)s."),
    'maximum': _lt("%(value)s is more than %(expected)s."),
    'exclusiveMaximum': _lt("%(value)s should be less than %(expected)s."),
    'minLength': _lt("The text is empty."),
    'maxLength': _lt("The text has more than %(expected)s characters."),
    'minItems': _lt("The list has less than %(expected)s entries."),
    'maxItems': _lt("The list has more than %(expected)s entries."),
    'minProperties': _lt("There is nothing in it."),
    'maxProperties': _lt("It has more than %(expected)s entries."),
    'uniqueItems': _lt("The same is there twice."),
}
NO_STEP = _lt('There is no step "%(key)s".')
TWICE = _lt('"%(key)s" is there twice.')
OTHERWISE = _lt("%(value)s is not what should be here.")


class Refused(ValueError):
    """A document is no workflow.

    :param path: keys and indices that lead to the fault
    :param sentence: lazy, what is wrong there
    :param values: what to fill in
    """

    def __init__(self, path, sentence, **values):
        super().__init__('/'.join(map(str, path)), sentence)
        self.path, self.sentence, self.values = path, sentence, values


@cache
def validator():
    """Return the validator of the schema that this addon ships."""
    with file_open('healthcare_crm_followup/static/schema/healthcare-workflow.json') as schema:
        return Draft202012Validator(json.load(schema))


def read(env, content, lang):
    """Return the document in ``content``, with every text as {language: text}.

    :param content: what is in the file, as bytes or text; or the document as a dict
    :param lang: language of the texts that do not say theirs
    :raise UserError: in the user's language, with the path to the fault
    """
    try:
        if isinstance(content, dict):
            content = json.dumps(content)
        document = parse(content)
        check(document)
    except Refused as error:
        path = '/'.join(map(str, error.path))
        values = {
            key: ', '.join(str(env._(part)) for part in value) if key == 'types' else value
            for key, value in error.values.items()
        }
        sentence = env._(error.sentence)
        sentence %= values
        raise UserError(f'{path}: {sentence}' if path else sentence) from error
    return with_languages(document, lang)


def parse(content):
    """Return the JSON document in ``content``, bytes or text.

    :raise Refused: it is no JSON, too long, too deep, or says something twice
    """
    data = content.encode() if isinstance(content, str) else content
    if len(data) > MAX_SIZE:
        raise Refused((), _lt("The file is too long to be a workflow."))
    try:
        document = json.loads(
            data.decode('utf-8-sig'), object_pairs_hook=_Pairs.of, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise Refused((), _lt("The file is not text in UTF-8.")) from error
    except RecursionError as error:
        raise Refused((), _lt("The file is nested too deep.")) from error
    except ValueError as error:
        raise Refused((), _lt("The file is not JSON: %(error)s."), error=str(error)) from error
    _look_through(document)
    return document


class _Pairs(dict):
    """An object that remembers a key it was given twice."""

    twice = None

    @classmethod
    def of(cls, pairs):
        """Return the object of ``pairs``."""
        found = cls(pairs)
        if len(found) < len(pairs):
            found.twice = Counter(key for key, _value in pairs).most_common(1)[0][0]
        return found


def _no_constant(name):
    raise ValueError(f'{name} is not a number of JSON')


def _look_through(document):
    """Refuse keys that come twice, and what is nested too deep."""
    open_nodes = [((), document)]
    while open_nodes:
        path, node = open_nodes.pop()
        if len(path) > MAX_DEPTH:
            raise Refused((), _lt("The file is nested too deep."))
        if isinstance(node, _Pairs) and node.twice is not None:
            raise Refused(path, TWICE, key=node.twice)
        if isinstance(node, dict):
            open_nodes += (((*path, key), value) for key, value in node.items())
        elif isinstance(node, list):
            open_nodes += (((*path, index), value) for index, value in enumerate(node))


def check(document):
    """Refuse a document that the schema does not allow, or whose arrows lead nowhere.

    :raise Refused: with the path to the first fault
    """
    error = best_match(validator().iter_errors(document))
    if error is None:
        _check_arrows(document['definition'])
        return
    keyword = error.validator
    values = {
        'value': _shown(error.instance),
        'expected': _shown(error.validator_value),
    }
    if keyword == 'type':
        expected = error.validator_value
        values['types'] = [
            TYPES[name] for name in ([expected] if isinstance(expected, str) else expected)
        ]
    elif keyword == 'required':
        values['key'] = next(key for key in error.validator_value if key not in error.instance)
    elif keyword == 'additionalProperties':
        known = error.schema.get('properties', {})
        values['key'] = next(key for key in error.instance if key not in known)
        values['known'] = ', '.join(known)
    raise Refused(tuple(error.absolute_path), SENTENCES.get(keyword, OTHERWISE), **values)


def _check_arrows(definition):
    """Refuse arrows to steps that are not there, and outcomes that two ways share."""
    steps = definition['steps']
    if 'start' in definition and definition['start'] not in steps:
        raise Refused(('definition', 'start'), NO_STEP, key=definition['start'])
    for key, step in steps.items():
        path = ('definition', 'steps', key)
        for outcome, targets in next_of(step).items():
            for target in targets:
                if target not in steps:
                    raise Refused((*path, 'next', outcome), NO_STEP, key=target)
        for name in ('ways', 'replies', 'outcomes'):
            codes = [way.get('outcome') for way in step.get(name) or ()]
            for index, code in enumerate(codes):
                if code is not None and code in codes[:index]:
                    raise Refused((*path, name, index, 'outcome'), TWICE, key=code)


def _shown(value):
    """Return a value as in the file; a long one cut, a list of choices without its brackets."""
    if isinstance(value, list):
        return ', '.join(map(_shown, value))[:300]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f'{text[:80]}…'


def with_languages(document, lang):
    """Return ``document`` with every text as {language: text}; a plain one is in ``lang``."""

    def told(values, *names):
        return values | {
            name: {lang: values[name]} for name in names if isinstance(values.get(name), str)
        }

    def answer(values):
        return told(values, 'text')

    def question(values):
        values = told(values, 'title')
        if 'answers' in values:
            values['answers'] = [answer(one) for one in values['answers']]
        return {'type': 'simple_choice'} | values

    def step(values):
        values = told(values, 'instruction')
        if 'templates' in values:
            values['templates'] = {
                channel: told(template, 'name', 'subject', 'body')
                for channel, template in values['templates'].items()
            }
        if isinstance(values.get('survey'), dict):
            survey = told(values['survey'], 'title')
            survey['questions'] = [question(one) for one in survey['questions']]
            values['survey'] = survey
        return values

    definition = document['definition']
    steps = {key: step(values) for key, values in definition['steps'].items()}
    return told(document, 'name', 'description') | {
        'definition': {'start': next(iter(steps)), **definition, 'steps': steps}
    }
