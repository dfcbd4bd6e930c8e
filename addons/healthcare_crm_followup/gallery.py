"""The gallery: ready workflows, one JSON file each in :data:`DIRECTORIES`, with every text in
:data:`LANGUAGES`. Pure: files in, values out; what they become is for the models to say.
"""

import json
from functools import cache
from pathlib import Path

FORMAT = 'healthcare-workflow-gallery'
VERSION = 1
#: Where the files are. Another addon adds its own with :func:`add_directory`; the scenarios that
#: try them are beside each, in ``tests/gallery``.
DIRECTORIES = [Path(__file__).parent / 'gallery']
#: The languages every file has its texts in.
LANGUAGES = ('en_US', 'zh_TW', 'zh_CN', 'vi_VN')
#: The order channels are named in.
CHANNELS = ('email', 'sms', 'call', 'letter')
#: What is the same whether a definition says it or not.
UNSAID = (None, [], 'birth_date')


@cache
def items():
    """Return {code: item} of the whole gallery, in the order it is shown. Not to be changed."""
    paths = [path for directory in DIRECTORIES for path in directory.glob('*.json')]
    found = [json.loads(path.read_text(encoding='utf-8')) for path in paths]
    return {item['code']: item for item in sorted(found, key=lambda item: item['sequence'])}


def add_directory(directory):
    """Have the gallery show the files of ``directory``, too."""
    if directory not in DIRECTORIES:
        DIRECTORIES.append(directory)
        items.cache_clear()
        surveys.cache_clear()


def said(text, lang):
    """Return a text in ``lang``, in English where the gallery does not speak it."""
    return text.get(lang) or text['en_US'] if isinstance(text, dict) else text


def localised(item, lang):
    """Return the exchange document of a gallery item, for who installs it in ``lang``.

    What only colleagues read, as the names of steps, is in that language; what patients read, the
    scripts and the workflow's name keep all of them.
    """

    def named(values):
        return values | {'name': said(values['name'], lang)} if 'name' in values else values

    def step(values):
        ways = {
            key: [named(way) for way in values[key]]
            for key in ('ways', 'replies', 'outcomes')
            if key in values
        }
        return named(values) | ways

    document = item['document']
    definition = dict(document['definition'])
    definition['steps'] = {key: step(values) for key, values in definition['steps'].items()}
    if 'exits' in definition:
        definition['exits'] = [named(rule) for rule in definition['exits']]
    return document | {
        'name': item['name'],
        'description': item['summary'],
        'definition': definition,
    }


@cache
def surveys():
    """Return {English title: step} of the steps of the gallery that ask a survey, one of each."""
    return {
        step['survey']['title']['en_US']: step
        for item in reversed(items().values())
        for step in reversed(item['document']['definition']['steps'].values())
        if 'survey' in step
    }


def channels(item):
    """Return the channels an item uses, those it has words for and calls and letters by staff."""
    steps = item['document']['definition']['steps'].values()
    found = {channel for step in steps for channel in step.get('templates', ())}
    found |= {
        step.get('type', 'call')
        for step in steps
        if step['kind'] == 'care_task' and step.get('type', 'call') != 'check'
    }
    return [channel for channel in CHANNELS if channel in found]


def conditions(definition):
    """Return what a definition looks at of its subjects and of whom they are, and what it listens
    to, as {path: value}."""
    found = {
        'subject': definition.get('subject', 'calendar.event'),
        'entry': definition.get('entry'),
        'goal/domain': (definition.get('goal') or {}).get('domain'),
        'goal/event': (definition.get('goal') or {}).get('event'),
    }
    for index, rule in enumerate(definition.get('exits') or ()):
        found[f'exits/{index}/domain'] = rule.get('domain')
        found[f'exits/{index}/event'] = rule.get('event')
    for key, trigger in definition['triggers'].items():
        for name in ('kind', 'of', 'date', 'field', 'event', 'fields', 'domain'):
            found[f'triggers/{key}/{name}'] = trigger.get(name)
    for key, step in definition['steps'].items():
        found[f'steps/{key}/field'] = step.get('field')
        found[f'steps/{key}/event'] = step.get('event')
        for index, way in enumerate(step.get('ways') or ()):
            found[f'steps/{key}/ways/{index}/domain'] = way.get('domain')
    return {path: value for path, value in found.items() if value not in UNSAID}


def vetted(definition, item):
    """Return the paths of the conditions of ``definition`` that are those of the gallery's
    ``item``; none at all once one was changed or added, because conditions select together.

    Steps may be left out, and waits for a date or a happening added: neither tells people apart.
    """
    shipped, have = conditions(item['document']['definition']), conditions(definition)
    same = {path for path, value in have.items() if shipped.get(path) == value}
    for path in {*shipped, *have} - same:
        in_step, is_wait = path.startswith('steps/'), path.endswith(('/field', '/event'))
        if not (in_step and (is_wait or path not in have)):
            return frozenset()
    return frozenset(same)
