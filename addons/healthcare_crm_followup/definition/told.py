"""What differs between two definitions, in the words of an administrator.

Labels are those of the fields that hold the values, see :mod:`.tables`.
"""

from functools import cached_property

from odoo.tools import LazyTranslate

from ..engine.results import in_order
from .convert import (
    WEEKDAYS,
    Choices,
    DomainText,
    Minutes,
    Quiet,
    Rank,
    Score,
    Signed,
    Slot,
    Variant,
    Weekdays,
    Words,
    read_in,
)
from .difference import ABSENT, NAMED_LISTS, ORDER, changes, pieces
from .references import Ids
from .tables import EXIT, STEPS, TRIGGERS, WAYS, WORKFLOW

_lt = LazyTranslate(__name__)

OPERATORS = {
    '=': _lt("is"),
    '!=': _lt("is not"),
    'in': _lt("is one of"),
    'not in': _lt("is none of"),
    '>': _lt("is more than"),
    '>=': _lt("is at least"),
    '<': _lt("is less than"),
    '<=': _lt("is at most"),
    'ilike': _lt("contains"),
    'not ilike': _lt("does not contain"),
    'any': _lt("has one with"),
    'not any': _lt("has none with"),
}
#: Values that no column holds.
OTHERS = {
    'kind': _lt("What It Does"),
    'amount': _lt("How Long"),
    'start': _lt("First Step"),
    'tz': _lt("Time Zone"),
    'exits': _lt("Leaves Early"),
    'goal': _lt("Goal"),
    'delay': _lt("Wait First"),
    'late': _lt("When Its Moment Has Passed"),
    'ways': _lt("Ways"),
    'replies': _lt("Replies"),
    'outcomes': _lt("Outcomes"),
    'subject': _lt("Subject"),
    'body': _lt("Text"),
}


class Telling:
    """The words for what differs between the definitions ``before`` and ``after``.

    :param workflow: whose definitions they are
    """

    def __init__(self, workflow, before, after):
        self.workflow = workflow
        self.env = workflow.env
        self.before = before
        self.after = after

    def groups(self):
        """Return [{"section", "key", "name", "kind", "status", "changes"}], one for each step,
        start and the rules; steps as they follow one another.

        ``status`` is ``added``, ``removed`` or ``changed``. A change is {"label", "before",
        "after"}, of a text also "pieces".
        """
        found = {}
        for change in changes(self.before, self.after):
            section, key = self._place(change.path)
            found.setdefault((section, key), []).append(change)
        order = ['rules', 'starts', 'steps']
        steps = [*in_order(self.after), *in_order(self.before)]
        return [
            self._group(section, key, found[section, key])
            for section, key in sorted(
                found,
                key=lambda one: (
                    order.index(one[0]),
                    steps.index(one[1]) if one[0] == 'steps' else 0,
                ),
            )
        ]

    @staticmethod
    def _place(path):
        """Return the section a path is in, and the key of its step or trigger."""
        section = {'steps': 'steps', 'triggers': 'starts'}.get(path[0], 'rules')
        return section, path[1] if section != 'rules' and len(path) > 1 else False

    def _group(self, section, key, found):
        """Return the changes of one step, trigger or of the rules as JSON."""
        part = {'steps': 'steps', 'starts': 'triggers'}.get(section)
        before, after = (
            (side.get(part) or {}).get(key, ABSENT) if part else side
            for side in (self.before, self.after)
        )
        status = 'removed' if after is ABSENT else 'added' if before is ABSENT else 'changed'
        one = before if after is ABSENT else after
        told = {
            'section': section,
            'key': key,
            'name': self._name(section, one),
            'kind': one.get('kind', False) if part else False,
            'status': status,
        }
        if status != 'changed':
            summary = self._summary(section, one)
            return told | {
                'changes': [
                    {
                        'label': self._kind_label(section, one['kind']),
                        'before': summary if status == 'removed' else '',
                        'after': summary if status == 'added' else '',
                    }
                ]
            }
        depth = 2 if part else 0
        order = self._order(section, before, after)
        found = sorted(found, key=lambda change: order.get(change.path[depth], len(order)))
        return told | {
            'changes': [
                self._tell(section, before, after, change, change.path[depth:]) for change in found
            ]
        }

    def _order(self, section, *sides):
        """Return {key: its place} of the values of an object, as its form has them."""
        names = ['name', 'kind', 'start']
        for side in sides:
            names += [
                slot.path.split('/')[0]
                for slot in self._slots(section, side)
                if isinstance(slot, Slot)
            ]
        return {name: place for place, name in enumerate(dict.fromkeys(names))}

    # ------------------------------------------------------------ one change

    def _tell(self, section, before, after, change, path):
        """Return one change as JSON.

        :param path: inside the step, trigger or workflow
        """
        sides = [(before, change.before), (after, change.after)]
        label = self._label(section, after, path) or self._label(section, before, path)
        first, then = (self._value(section, owner, path, value) for owner, value in sides)
        told = {'label': label or '/'.join(path), 'before': first, 'after': then}
        if _is_text(path) and first and then:
            told['pieces'] = [list(piece) for piece in pieces(first, then)]
        return told

    def _label(self, section, owner, path):
        """Return what an administrator calls the value at ``path``."""
        _ = self.env._
        if path[0] == 'next':
            return _("On “%s”", self._outcome(owner, path[1]) if len(path) > 1 else '')
        if path[0] == 'templates' and len(path) > 1:
            return self._text_label(path)
        if path[0] in NAMED_LISTS and len(path) > 1:
            return self._entry_label(owner, path)
        if path[0] == 'instruction' and len(path) > 1:
            field = self._label(section, owner, path[:1])
            return _("%(text)s (%(language)s)", text=field, language=self._language(path[1]))
        slot = self._slot(section, owner, path)
        return self._field_label(section, slot, path)

    def _text_label(self, path):
        """Return what the text of a message is called: "E-mail, Subject (English)"."""
        channel = self._channels.get(path[1], path[1])
        if len(path) == 2:
            return channel
        if path[2] == 'id':
            return self.env._("%s, Template", channel)
        part = self.env._(OTHERS[path[2]]) if path[2] in OTHERS else path[2]
        if len(path) == 3:
            return self.env._("%(channel)s, %(part)s", channel=channel, part=part)
        return self.env._(
            "%(channel)s, %(part)s (%(language)s)",
            channel=channel,
            part=part,
            language=self._language(path[3]),
        )

    def _entry_label(self, owner, path):
        """Return what an entry of a list is called, or a value of it."""
        if path[1] == ORDER:
            return self.env._("Order: %s", self.env._(OTHERS[path[0]]))
        entry = self._entry(owner, path[0], path[1])
        name = (entry or {}).get('name') or path[1]
        if len(path) == 2:
            return self.env._("%(name)s: %(label)s", name=self.env._(OTHERS[path[0]]), label=name)
        slots = EXIT if path[0] == 'exits' else self._way_slots(owner)
        model = 'healthcare.workflow.exit' if path[0] == 'exits' else 'healthcare.workflow.edge'
        slot = _find(slots, path[2:], entry or {})
        label = self._string(model, slot) if slot else path[2]
        return self.env._("%(name)s: %(label)s", name=name, label=label)

    @staticmethod
    def _entry(owner, name, code):
        """Return the entry ``code`` of the list ``name``; ``None`` if there is none."""
        key = NAMED_LISTS[name]
        entries = (owner or {}).get(name) or () if owner is not ABSENT else ()
        return next((entry for entry in entries if entry.get(key) == code), None)

    @staticmethod
    def _way_slots(owner):
        return WAYS[owner['kind']][2] if owner and owner.get('kind') in WAYS else ()

    def _slots(self, section, owner):
        if section == 'rules':
            return WORKFLOW
        return (STEPS if section == 'steps' else TRIGGERS).get(owner.get('kind'), ())

    def _slot(self, section, owner, path):
        return _find(self._slots(section, owner), path, owner)

    @staticmethod
    def _model(section):
        return {
            'steps': 'healthcare.workflow.step',
            'starts': 'healthcare.workflow.trigger',
            'rules': 'healthcare.workflow',
        }[section]

    def _field_label(self, section, slot, path):
        """Return the label of the field that holds a value, of a name or of a group of values."""
        model = self._model(section)
        if path[-1] == 'amount':
            return self.env._(OTHERS['amount'])
        if slot:
            return self._string(model, slot)
        if path == ('name',):
            return self.env[model]._fields['name']._description_string(self.env)
        column = self._group_column(section, path[0])
        if len(path) == 1 and column:
            return self.env[model]._fields[column]._description_string(self.env)
        return self.env._(OTHERS[path[0]]) if path[0] in OTHERS else '/'.join(map(str, path))

    @staticmethod
    def _group_column(section, key):
        """Return the column that says whether there is a group of values at all."""
        tables = {'steps': STEPS, 'starts': TRIGGERS}.get(section)
        for slots in tables.values() if tables else (WORKFLOW,):
            for variant in slots:
                if isinstance(variant, Variant) and key in variant.forms.values():
                    return variant.column
        return None

    def _string(self, model, slot):
        return self.env[model]._fields[slot.names()[0]]._description_string(self.env)

    # ------------------------------------------------------------ values

    def _value(self, section, owner, path, value):
        """Return a value in words; '' where there is none."""
        if value is ABSENT or value is None or owner is ABSENT:
            return self.env._("ends here") if path[0] == 'next' else ''
        if path[0] == 'next':
            return self._targets(owner, value)
        if path == ('start',):
            return self._targets(owner, (value,))
        if path == ('kind',):
            return self._kind_label(section, value)
        if path[0] == 'templates' and len(path) > 1:
            return self._text(path, value)
        if path[0] in NAMED_LISTS and len(path) > 1:
            return self._entry_value(owner, path, value)
        slot = self._slot(section, owner, path)
        if slot:
            return self._of_slot(self._model(section), slot, value)
        if isinstance(value, dict):
            return self._of_group(section, owner, path, value)
        return _plain(value)

    def _targets(self, owner, keys):
        """Return the names of the steps that an arrow leads to, in either definition."""
        if isinstance(keys, dict):
            return '; '.join(
                f'{self._outcome(owner, code)}: {self._targets(owner, one)}'
                for code, one in keys.items()
            )
        return ', '.join(self._step_names.get(key, key) for key in keys)

    @cached_property
    def _step_names(self):
        """{key: name} of the steps of both; where they have two names, the newer one."""
        return {
            key: step.get('name') or key
            for side in (self.before, self.after)
            for key, step in (side.get('steps') or {}).items()
        }

    def _outcome(self, step, code):
        labels = self.env['healthcare.workflow.edge']._get_outcome_labels(step or None)
        return labels.get(code, code)

    def _text(self, path, value):
        """Return a text of a message, or of all of its languages."""
        if path[2:] == ('id',):
            return self._record('healthcare.message.template', value)
        if not isinstance(value, dict):
            return _plain(value)
        if len(path) == 3:  # {language: text}
            return '\n'.join(f'{self._language(lang)}: {text}' for lang, text in value.items())
        return self._record('healthcare.message.template', value.get('id'))

    def _entry_value(self, owner, path, value):
        """Return an entry of a list in words, or a value of it."""
        if path[1] == ORDER:
            entries = (self._entry(owner, path[0], code) or {} for code in value)
            return ', '.join(
                entry.get('name') or code for entry, code in zip(entries, value, strict=True)
            )
        is_exit = path[0] == 'exits'
        model = 'healthcare.workflow.exit' if is_exit else 'healthcare.workflow.edge'
        slots = EXIT if is_exit else self._way_slots(owner)
        if len(path) == 2:
            return self._of_slots(model, slots, value) or value.get('name') or path[1]
        slot = _find(slots, path[2:], self._entry(owner, *path[:2]) or {})
        return self._of_slot(model, slot, value) if slot else _plain(value)

    def _of_group(self, section, owner, path, values):
        """Return a group of values, as what happens to a task that is late."""
        prefix = '/'.join(path)
        slots = [
            slot
            for slot in self._slots(section, owner)
            if isinstance(slot, Slot) and slot.path.startswith(f'{prefix}/')
        ]
        for key in reversed(path):
            values = {key: values}
        return self._of_slots(self._model(section), slots, values, owner) or _plain(values)

    def _of_slots(self, model, slots, values, owner=None):
        """Return several values as "label: value; label: value"."""
        told = []
        for slot in slots:
            if not isinstance(slot, Slot) or not _applies(slot, slots, owner or values):
                continue
            value = values
            for key in slot.path.split('/'):
                value = value.get(key) if isinstance(value, dict) else None
            words = '' if value is None else self._of_slot(model, slot, value)
            if words:
                told.append(f'{self._string(model, slot)}: {words}')
        return '; '.join(told)

    def _of_slot(self, model, slot, value):
        """Return the value of a column in words."""
        convert, field = slot.convert, self.env[model]._fields[slot.names()[0]]
        if isinstance(convert, Signed) and not isinstance(value, dict):
            value = {'amount': value, 'unit': 'days'}
        if isinstance(value, dict) and 'amount' in value:
            return self._duration(model, slot, value)
        if isinstance(convert, Weekdays):
            days = self.env[model]._fields
            return ', '.join(days[WEEKDAYS[day]]._description_string(self.env) for day in value)
        if isinstance(convert, DomainText):
            return self._domain(self._domain_model(slot), value)
        if isinstance(convert, Quiet):
            return self._quiet(value)
        if isinstance(convert, Score):
            return self._score(value)
        if isinstance(convert, Minutes):
            return self._distance(value / 60, 'hours')
        if isinstance(convert, Choices):
            labels = dict(field._description_selection(self.env))
            return ', '.join(labels.get(one, one) for one in value)
        if isinstance(convert, Words):
            return ', '.join(value)
        if isinstance(convert, Rank):
            return dict(field._description_selection(self.env)).get(str(value), str(value))
        return self._of_field(field, value)

    def _of_field(self, field, value):
        """Return the value of a plain field in words."""
        if isinstance(value, dict):  # {language: text}
            return '\n'.join(
                f'{self._language(lang)}: {text}' if len(value) > 1 else text
                for lang, text in value.items()
            )
        if field.type == 'selection':
            return dict(field._description_selection(self.env)).get(value, str(value))
        if field.type == 'boolean':
            return self._yes_or_no(value)
        if field.type == 'many2one':
            return self._record(field.comodel_name, value)
        return _plain(value)

    def _duration(self, model, slot, value):
        """Return an amount of time, and on which side of a date it is."""
        amount, unit = value.get('amount') or 0, value.get('unit')
        words = self._distance(abs(amount), unit)
        if not isinstance(slot.convert, Signed):
            return words
        side = self.env[model]._fields[slot.names()[1]]
        sides = dict(side._description_selection(self.env))
        return f'{words} {sides["before" if amount < 0 else "after"]}'

    def _distance(self, amount, unit):
        return self.workflow._get_distance(int(amount) if amount == int(amount) else amount, unit)

    def _quiet(self, value):
        choices = dict(self.workflow._fields['quiet']._description_selection(self.env))
        if not isinstance(value, dict):
            return choices[value or 'none']
        words = f'{value["from"]}–{value["to"]}'  # noqa: RUF001 - from one time to the other
        if value.get('holidays', True):
            field = self.workflow._fields['quiet_holidays']
            return f'{words}; {field._description_string(self.env)}'
        return words

    def _score(self, value):
        low, high = value.get('min'), value.get('max')
        if high is None:
            return self.env._("at least %s points", low)
        if low is None:
            return self.env._("at most %s points", high)
        return self.env._("%(low)s to %(high)s points", low=low, high=high)

    def _yes_or_no(self, value):
        return self.env._("Yes") if value else self.env._("No")

    def _record(self, model, value):
        """Return the name of a record that a definition refers to."""
        # sudo: whoever may read a workflow may read the names of what it refers to
        record = self.env[model].sudo().browse(value or ()).exists()
        return record.display_name if record else self.env._("something that is gone")

    @cached_property
    def _channels(self):
        ledger = self.env['healthcare.communication']._fields
        return dict(ledger['channel']._description_selection(self.env))

    @cached_property
    def _languages(self):
        # also those a version was written in and that are not installed any more
        languages = self.env['res.lang'].with_context(active_test=False).search([])
        return {lang.code: lang.name.split(' /')[0] for lang in languages}

    def _language(self, code):
        return self._languages.get(code, code)

    # ------------------------------------------------------------ kinds and summaries

    def _kind_label(self, section, kind):
        field = self.env[self._model(section)]._fields['kind']
        return dict(field._description_selection(self.env)).get(kind, kind)

    def _name(self, section, values):
        """Return what a step, a start or the rules are called."""
        if section == 'steps':
            return values.get('name') or self._kind_label(section, values['kind'])
        if section == 'starts':
            return self._summary(section, values)
        return self.env._("Rules")

    def _summary(self, section, values):
        """Return what a step or a start does, in one line."""
        model = self.env[self._model(section)]
        slots = self._slots(section, values)
        row = model.new(
            {
                'workflow_id': self.workflow.id,
                'kind': values['kind'],
                **read_in(slots, values, model, Ids(self.env), ''),
            }
        )
        return row._get_summary()

    # ------------------------------------------------------------ conditions

    def _domain_model(self, slot):
        """Return the model whose records a condition is about."""
        return self.env[self.workflow.subject_model]

    def _domain(self, model, domain):
        """Return a condition in words."""
        if not domain:
            return ''
        if not isinstance(domain, list):
            return _plain(domain)
        return conditions_in_words(self.env, model, domain)


def conditions_in_words(env, model, domain):
    """Return a condition as a phrase: "Status is one of Booked, Arrived; and Phone is set"."""
    terms, rest = [], list(domain)
    while rest:
        terms.append(_term(env, model, rest))
    return env._("; and ").join(terms)


def _term(env, model, rest):
    """Take one term off the front of a condition in prefix form, and return it in words."""
    token = rest.pop(0) if rest else ''
    if token in ('&', '|'):
        joint = env._("; and ") if token == '&' else env._(" or ")
        pair = joint.join((_term(env, model, rest), _term(env, model, rest)))
        return f'({pair})' if token == '|' else pair
    if token == '!':
        return env._("not: %s", _term(env, model, rest))
    if not isinstance(token, list | tuple) or len(token) != 3:
        return _plain(token)
    return _leaf(env, model, *token)


def _leaf(env, model, path, operator, value):
    """Return one comparison in words."""
    labels, field = [], None
    for name in str(path).split('.'):
        field = model._fields.get(name) if model is not None else None
        labels.append(field._description_string(env) if field else name)
        model = env[field.comodel_name] if field and field.relational else None
    label = ' › '.join(labels)  # noqa: RUF001 - a step down
    if value is False and operator in ('=', '!=') and not (field and field.type == 'boolean'):
        said = env._("is not set") if operator == '=' else env._("is set")
        return f'{label} {said}'
    if operator in ('any', 'not any') and model is not None:
        words = conditions_in_words(env, model, list(value))
    else:
        many = value if isinstance(value, list | tuple) else [value]
        words = ', '.join(_operand(env, field, one) for one in many)
    said = env._(OPERATORS[operator]) if operator in OPERATORS else operator
    return f'{label} {said} {words}'


def _operand(env, field, value):
    """Return what something is compared with, in words."""
    if isinstance(value, bool):
        if field and field.type != 'boolean' and not value:
            return env._("nothing")
        return env._("Yes") if value else env._("No")
    if field and field.type == 'selection':
        return dict(field._description_selection(env)).get(value, str(value))
    if field and field.relational and isinstance(value, int):
        # not sudo: a condition may name any record there is, whoever wrote it
        record = env[field.comodel_name].browse(value).exists()._filtered_access('read')
        return record.display_name or str(value)
    return str(value)


# ---------------------------------------------------------------- helpers


def _is_text(path):
    """Say whether words are at ``path``, which differ by some words only."""
    return (path[0] == 'templates' and len(path) == 4) or (
        path[0] == 'instruction' and len(path) == 2
    )


def _find(slots, path, values):
    """Return the slot of the value at ``path`` in the form that ``values`` has."""
    wanted = '/'.join(map(str, path))
    found = [slot for slot in slots if isinstance(slot, Slot) and slot.path == wanted]
    return next(
        (slot for slot in found if _applies(slot, slots, values)), found[0] if found else None
    )


def _applies(slot, slots, values):
    """Say whether an object has the value of ``slot`` at all."""
    if slot.only is None:
        return True
    column, choices = slot.only
    variant = next(
        (one for one in slots if isinstance(one, Variant) and one.column == column), None
    )
    return variant is None or variant.of(values or {}) in choices


def _plain(value):
    """Return a value that has no words of its own."""
    return f'{value:g}' if isinstance(value, float) else str(value)
