"""What differs between two definitions of a workflow. Pure: no database, no words.

:func:`changes` tells every difference once, as the smallest thing an administrator knows by a name:
a step, an arrow, a value of a step, a text in one language. :mod:`.told` puts them in words.
"""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..engine.steps.registry import next_of

#: What is not there at all; ``None`` is a value.
ABSENT = type('Absent', (), {'__repr__': lambda self: 'ABSENT', '__bool__': lambda self: False})()
#: Lists whose entries have names of their own: list → key of the name.
NAMED_LISTS = {'ways': 'outcome', 'replies': 'outcome', 'outcomes': 'outcome', 'exits': 'name'}
#: Last key of the path to the order of such a list; no outcome is called so.
ORDER = '*'
#: Amounts of time: number and unit are one value.
DURATION = ('amount', 'unit')
#: Values that are objects but mean one thing.
WHOLE = {'quiet', 'until', 'score', 'red_flag'}


@dataclass(frozen=True)
class Change:
    """One difference.

    :ivar path: keys that lead to it, as ``('steps', 'remind', 'name')``
    :ivar before: value in the first definition, :data:`ABSENT` where it has none
    """

    path: tuple
    before: object
    after: object


def changes(before, after):
    """Return the :class:`Change` of everything that differs between two definitions, in order."""
    return tuple(_walk((), _known(before), _known(after)))


def _known(definition):
    """Return a definition with its lists by the names of their entries."""
    steps = {
        key: _with_names(step) | {'next': next_of(step)}
        for key, step in (definition.get('steps') or {}).items()
    }
    return _with_names(definition) | {'steps': steps}


def _with_names(values):
    """Return ``values`` with its named lists as {name: entry}, and their order."""
    known = dict(values)
    for name, key in NAMED_LISTS.items():
        entries = values.get(name) or ()
        names = [entry.get(key) for entry in entries]
        if all(names) and len(set(names)) == len(names):
            # which of them is tried first matters
            known[name] = {ORDER: names, **dict(zip(names, entries, strict=True))}
    return known


def _walk(path, before, after):
    """Yield the differences at ``path``."""
    if before == after:
        return
    if not (isinstance(before, dict) and isinstance(after, dict)) or path[-1:] in _WHOLE_PATHS:
        yield Change(path, before, after)
        return
    if _is_duration(before) or _is_duration(after):
        # "2 days", not "2" and "days"
        pair = [{key: one[key] for key in DURATION if key in one} for one in (before, after)]
        if pair[0] != pair[1]:
            yield Change((*path, 'amount'), *(one or ABSENT for one in pair))
        before, after = (_without(one, DURATION) for one in (before, after))
    if ORDER in before and ORDER in after:
        yield from _order(path, before[ORDER], after[ORDER])
        before, after = (_without(one, (ORDER,)) for one in (before, after))
    for key in [*before, *(key for key in after if key not in before)]:
        yield from _walk((*path, key), before.get(key, ABSENT), after.get(key, ABSENT))


_WHOLE_PATHS = {(name,) for name in WHOLE}


def _is_duration(value):
    return 'amount' in value and 'unit' in value


def _without(value, keys):
    return {key: one for key, one in value.items() if key not in keys}


def _order(path, before, after):
    """Yield the change of an order, among what is in both."""
    first = tuple(name for name in before if name in after)
    then = tuple(name for name in after if name in before)
    if first != then:
        yield Change((*path, ORDER), first, then)


# ---------------------------------------------------------------- texts

#: A word with what follows it; where words have no spaces between them, one character.
WORD = re.compile(r'[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]|\w+|\s+|[^\w\s]')
SAME, REMOVED, ADDED = 'same', 'removed', 'added'


def pieces(before, after):
    """Return the two texts as one, in pieces: [(``same``, ``removed`` or ``added``, text)].

    The same and removed pieces make up ``before``, the same and added ones ``after``.
    """
    one, two = WORD.findall(before), WORD.findall(after)
    found = []
    for kind, start, end, first, last in SequenceMatcher(
        None, one, two, autojunk=False
    ).get_opcodes():
        if kind == 'equal':
            found.append((SAME, ''.join(one[start:end])))
            continue
        if start < end:
            found.append((REMOVED, ''.join(one[start:end])))
        if first < last:
            found.append((ADDED, ''.join(two[first:last])))
    return found
