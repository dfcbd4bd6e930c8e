"""The exchange document: a workflow as one JSON file that a person can write by hand.

:func:`read` takes the text of a file and returns a document that is sound by the schema in
``static/schema/healthcare-workflow.json``; what it means is for the model to say. Whatever is wrong
is told in one sentence with the path to the fault.
"""

import json
import re
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

#: Characters that PostgreSQL does not take, though JSON does: NUL, and halves of a pair.
UNKEPT_CHARACTERS = re.compile('[\0\ud800-\udfff]')

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
    'pattern': _lt("%(value)s is not written as it should be: %(expected)s."),
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
    'not': _lt("Leave out one of %(excluded)s: they exclude each other."),
    'dependentRequired': _lt('"%(key)s" is missing, which "%(needed_by)s" needs.'),
}
#: pattern of the schema → what it asks for
PATTERNS = {
    '^[a-z]{2,3}(_[A-Z]{2})?(@[a-z]+)?$': _lt("the code of a language, such as en_US"),
    '^[A-Za-z][A-Za-z0-9_-]{0,59}$': _lt(
        'letters of A to Z, digits, "_" and "-", a letter first, at most 60'
    ),
    '^[&|!]$': _lt('a list such as ["field", "=", "value"], or "&", "|" or "!"'),
    '^([01]?[0-9]|2[0-3]):[0-5][0-9]$': _lt("a time of day, such as 09:00"),
    '^[A-Z]{2}$': _lt("two capital letters, such as TW"),
    '^[a-z][a-z0-9_]*$': _lt("the name of a field"),
    '^[^,]+$': _lt("one word or phrase, without a comma"),
    '^company$': _lt('"company", null, or an object with "from" and "to"'),
}
SCALE = _lt("The scale has to go from a smaller number to a larger one.")
UNKEPT = _lt("The text holds a character that cannot be kept: %(character)s.")
NO_PLACE = _lt("Leave out %(excluded)s: it has no place here.")
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

    def told(self, env):
        """Return it as an error in the user's language, with the path to the fault."""
        path = '/'.join(map(str, self.path))
        values = {
            key: ', '.join(str(env._(part)) for part in value) if key == 'types' else value
            for key, value in self.values.items()
        }
        if self.values.get('expected') in PATTERNS:
            values['expected'] = env._(PATTERNS[self.values['expected']])
        sentence = env._(self.sentence)
        sentence %= values
        return UserError(f'{path}: {sentence}' if path else sentence)


#: Happenings of other addons.
_MORE_EVENTS = []


@cache
def validator():
    """Return the validator of the schema that this addon ships."""
    with file_open('healthcare_crm_followup/static/schema/healthcare-workflow.json') as schema:
        rules = json.load(schema)
    rules['$defs']['event']['enum'] += _MORE_EVENTS
    return Draft202012Validator(rules)


def add_events(codes):
    """Have documents name the happenings of another addon, too."""
    _MORE_EVENTS.extend(codes)
    validator.cache_clear()


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
        raise error.told(env) from error
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
            data.decode('utf-8-sig'),
            object_pairs_hook=_Pairs.of,
            parse_constant=_no_constant,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        raise Refused((), _lt("The file is not text in UTF-8.")) from error
    except RecursionError as error:
        raise Refused((), _lt("The file is nested too deep.")) from error
    except ValueError as error:
        raise Refused((), _lt("The file is not JSON: %(error)s."), error=str(error)) from error
    look_through(document)
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


def _number(text):
    """Return a number with a point; a whole one as ``int``: 2.0 is the priority 2."""
    value = float(text)
    if value in (float('inf'), float('-inf')):
        _no_constant(text)
    return int(value) if value.is_integer() else value


def look_through(document):
    """Refuse keys that come twice, what is nested too deep, and what no database keeps."""
    open_nodes = [((), document)]
    while open_nodes:
        path, node = open_nodes.pop()
        if len(path) > MAX_DEPTH:
            raise Refused((), _lt("The file is nested too deep."))
        if isinstance(node, _Pairs) and node.twice is not None:
            raise Refused(path, TWICE, key=node.twice)
        for text in (node,) if isinstance(node, str) else node if isinstance(node, dict) else ():
            unkept = UNKEPT_CHARACTERS.search(text)
            if unkept:
                raise Refused(path, UNKEPT, character=ascii(unkept[0]))
        if isinstance(node, dict):
            open_nodes += (((*path, key), value) for key, value in node.items())
        elif isinstance(node, list):
            open_nodes += (((*path, index), value) for index, value in enumerate(node))


def check(document):
    """Refuse a document that the schema does not allow, or whose arrows lead nowhere.

    :raise Refused: with the path to the first fault
    """
    follow(validator(), document)
    _check_arrows(document['definition'])


def follow(schema, value):
    """Refuse a ``value`` that the validator ``schema`` does not allow.

    :raise Refused: with the path to the first fault
    """
    error = best_match(schema.iter_errors(value))
    if error is None:
        return
    keyword = error.validator
    values = {
        'value': _shown(error.instance),
        'expected': _shown_choices(error.validator_value),
    }
    if keyword == 'pattern':
        values['expected'] = error.validator_value
    elif keyword == 'not':
        values['excluded'] = _shown_choices(error.validator_value['required'])
    elif keyword == 'dependentRequired':
        values['needed_by'], values['key'] = next(
            (name, key)
            for name, keys in error.validator_value.items()
            for key in keys
            if name in error.instance and key not in error.instance
        )
    elif keyword == 'type':
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
    sentence = SENTENCES.get(keyword, OTHERWISE)
    if keyword == 'not' and len(error.validator_value['required']) == 1:
        sentence = NO_PLACE
    raise Refused(tuple(error.absolute_path), sentence, **values)


def _check_arrows(definition):
    """Refuse arrows to steps that are not there, outcomes that two ways share, and what else no
    schema can say."""
    steps = definition['steps']
    if 'start' in definition and definition['start'] not in steps:
        raise Refused(('definition', 'start'), NO_STEP, key=definition['start'])
    for key, step in steps.items():
        path = ('definition', 'steps', key)
        _check_scales(step.get('survey'), (*path, 'survey'))
        for outcome, targets in next_of(step).items():
            for target in targets:
                if target not in steps:
                    raise Refused((*path, 'next', outcome), NO_STEP, key=target)
        for name in ('ways', 'replies', 'outcomes'):
            codes = [way.get('outcome') for way in step.get(name) or ()]
            for index, code in enumerate(codes):
                if code is not None and code in codes[:index]:
                    raise Refused((*path, name, index, 'outcome'), TWICE, key=code)


def _check_scales(survey, path):
    """Refuse questions whose scale runs backwards."""
    questions = survey['questions'] if isinstance(survey, dict) else ()
    for index, question in enumerate(questions):
        scale = question.get('scale')
        if scale and scale['min'] >= scale['max']:
            raise Refused((*path, 'questions', index, 'scale'), SCALE)


def _shown_choices(value):
    """Return what may be written: a list of choices without its brackets."""
    return ', '.join(map(_shown, value)) if isinstance(value, list) else _shown(value)


def _shown(value):
    """Return a value as in the file, a long one cut."""
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
