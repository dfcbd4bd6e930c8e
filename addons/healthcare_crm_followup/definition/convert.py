"""How a value of a definition and the columns of a row become each other.

A converter has two methods: ``out(row, columns, refs)`` returns the value of the definition, and
``into(value, columns, model, refs, path, owner)`` returns ``{column: value}`` to write. ``refs`` is
one of :mod:`.references`, ``path`` leads to the value, and ``owner`` holds what was already
converted of the same row.
"""

import json
from ast import literal_eval
from dataclasses import dataclass

from odoo.exceptions import UserError
from odoo.tools import SQL

#: Monday to Sunday, as the column names of ``<widget name="week_days"/>``; a definition counts
#: from 0, Monday.
WEEKDAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')

#: What PostgreSQL's integers hold.
MAX_NUMBER = 2**31 - 1
#: type of a field → what its column takes
TYPES = {
    'char': str,
    'text': str,
    'selection': str,
    'integer': int,
    'float': (int, float),
    'boolean': bool,
    'many2one': int,
    'many2many': list,
}


def number(value):
    """Return a whole number as ``int``: 8.0 and 8 are one document."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def texts(rows, column):
    """Return {id: {language: text}} of a translated column, of installed languages only.

    A language without a translation of its own is left out, also where Odoo would show the English.
    """
    if not rows:
        return {}
    rows.flush_model([column])
    stored = rows.env.execute_query(
        SQL(
            'SELECT id, %s FROM %s WHERE id IN %s',
            SQL.identifier(column),
            SQL.identifier(rows._table),
            rows._ids,
        )
    )
    installed = {code for code, _name in rows.env['res.lang'].get_installed()}
    return {
        number: {
            code: text for code, text in sorted((words or {}).items()) if text and code in installed
        }
        for number, words in stored
    }


def texts_of(row, column):
    """Return the texts of one row, see :func:`texts`."""
    return texts(row._origin, column).get(row._origin.id, {})


def first_text(value):
    """Return the text of {language: text} to begin with: the English if there is one."""
    return value.get('en_US') or next(iter(value.values()), '')


def check_choice(value, field, model, path):
    """Refuse a value that the selection ``field`` does not offer in this database.

    :raise UserError: with the path to it
    """
    known = field.get_values(model.env)
    if value and value not in known:
        raise UserError(
            model.env._(
                'definition/%(path)s: "%(value)s" is not one of %(known)s.',
                path=path,
                value=value,
                known=', '.join(known),
            )
        )


class Column:
    """One column, by its type: texts, numbers, choices, links and translated texts."""

    def out(self, row, columns, refs):
        """Return the value; ``None`` where the column is empty."""
        field = row._fields[columns[0]]
        value = row[columns[0]]
        if field.type == 'many2one':
            return refs.out(value, row) if value else None
        if field.type in ('char', 'text') and field.translate:
            return refs.texts(row, columns[0]) or None
        if field.type in ('boolean', 'integer', 'float'):
            return number(value)
        return value or None

    def into(self, value, columns, model, refs, path, owner):
        """Return the value to write; of a translated text, the one to begin with."""
        field = model._fields[columns[0]]
        if field.type == 'many2one':
            return {columns[0]: refs.into(field.comodel_name, value, path, owner)}
        if isinstance(value, dict):  # {language: text}
            value = first_text(value) or None
        if field.type == 'selection':
            check_choice(value, field, model, path)
        return {columns[0]: False if value is None else value}


class Signed:
    """A number that is negative for before: a positive column and one that says which side."""

    def out(self, row, columns, refs):
        """Return the signed number."""
        amount, side = columns
        return -row[amount] if row[side] == 'before' else row[amount]

    def into(self, value, columns, model, refs, path, owner):
        """Return the number without its sign, and the side."""
        amount, side = columns
        return {amount: abs(value), side: 'before' if value < 0 else 'after'}


class Choices:
    """An ordered list in one column per place."""

    def out(self, row, columns, refs):
        """Return what is chosen, in order."""
        return [row[column] for column in columns if row[column]]

    def into(self, value, columns, model, refs, path, owner):
        """Return the columns in order, the rest empty."""
        for place, (one, column) in enumerate(zip(value, columns, strict=False)):
            check_choice(one, model._fields[column], model, f'{path}/{place}')
        places = [*value, *[False] * len(columns)]
        return dict(zip(columns, places, strict=False))


class Minutes:
    """Minutes, shown as hours."""

    def out(self, row, columns, refs):
        """Return whole minutes."""
        return round(row[columns[0]] * 60)

    def into(self, value, columns, model, refs, path, owner):
        """Return hours."""
        return {columns[0]: value / 60}


class Clock:
    """A time of day, ``"09:30"``, kept as hours."""

    def out(self, row, columns, refs):
        """Return HH:MM."""
        hours, minutes = divmod(round(row[columns[0]] * 60), 60)
        return f'{hours:02}:{minutes:02}'

    def into(self, value, columns, model, refs, path, owner):
        """Return hours."""
        hours, minutes = value.split(':')
        return {columns[0]: int(hours) + int(minutes) / 60}


class Weekdays:
    """Days of the week, a yes or no each."""

    def out(self, row, columns, refs):
        """Return the numbers of the days, 0 for Monday."""
        return [day for day, column in enumerate(columns) if row[column]]

    def into(self, value, columns, model, refs, path, owner):
        """Return every day's yes or no."""
        return {column: day in value for day, column in enumerate(columns)}


class DomainText:
    """A condition: a list in a definition, its text in the column."""

    def out(self, row, columns, refs):
        """Return the condition as JSON has it: lists, no tuples.

        One that cannot be read comes back as its text, so that it can be told to the administrator.
        """
        text = row[columns[0]]
        try:
            domain = json.loads(json.dumps(literal_eval(text or '[]')))
        except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):
            return text
        return domain if isinstance(domain, list) else text

    def into(self, value, columns, model, refs, path, owner):
        """Return the text of the condition; empty where there is none."""
        if isinstance(value, str):
            return {columns[0]: value}  # as :meth:`out` gives one that cannot be read
        return {columns[0]: repr([_leaf(leaf) for leaf in value]) if value else False}


def _leaf(leaf):
    """Return a condition as Odoo's own editor writes it."""
    return tuple(leaf) if isinstance(leaf, list) else leaf


class Words:
    """A list of words, divided by commas."""

    def out(self, row, columns, refs):
        """Return the words."""
        return [word.strip() for word in (row[columns[0]] or '').split(',') if word.strip()]

    def into(self, value, columns, model, refs, path, owner):
        """Return the words on one line."""
        return {columns[0]: ', '.join(value) or False}


class Rank:
    """A number in a selection column, which holds its text."""

    def out(self, row, columns, refs):
        """Return the number."""
        return int(row[columns[0]] or 0)

    def into(self, value, columns, model, refs, path, owner):
        """Return its text."""
        return {columns[0]: str(value)}


class Texts:
    """The templates of a message: {channel: texts}."""

    def out(self, row, columns, refs):
        """Return the texts of each template."""
        return {
            template.channel: refs.template_out(template) for template in row[columns[0]]._origin
        }

    def into(self, value, columns, model, refs, path, owner):
        """Return the templates, made where they do not exist yet."""
        ids = [
            refs.template_into(channel, values, f'{path}/{channel}')
            for channel, values in value.items()
        ]
        return {columns[0]: [(6, 0, [one for one in ids if one])]}


@dataclass(frozen=True)
class Score:
    """Points from one bound to another, either of which may be open: ``{"min", "max"}``.

    The columns are which bounds there are and both numbers. ``none`` is what the first of them
    holds where there is no score.
    """

    none: object = False

    def out(self, row, columns, refs):
        """Return the bounds there are; ``None`` where it is not about points."""
        bounds, low, high = columns
        values = {
            'at_least': {'min': row[low]},
            'at_most': {'max': row[high]},
            'between': {'min': row[low], 'max': row[high]},
        }.get(row[bounds])
        return values and {key: number(value) for key, value in values.items()}

    def into(self, value, columns, model, refs, path, owner):
        """Return which bounds there are, and the numbers."""
        bounds, low, high = columns
        if not value:
            return {bounds: self.none}
        known = ('at_least' if 'min' in value else '') + ('at_most' if 'max' in value else '')
        kind = known if known in ('at_least', 'at_most') else 'between'
        return {bounds: kind, low: value.get('min', 0), high: value.get('max', 0)}


class Quiet:
    """Quiet hours: the clinic's (``"company"``), none (``null``), or the workflow's own."""

    def out(self, row, columns, refs):
        """Return "company", None, or {"from", "to", "holidays"}."""
        choice, start, end, holidays = columns
        if row[choice] != 'own':
            return 'company' if row[choice] == 'company' else None
        return {
            'from': Clock().out(row, (start,), refs),
            'to': Clock().out(row, (end,), refs),
            'holidays': row[holidays],
        }

    def into(self, value, columns, model, refs, path, owner):
        """Return the choice, and the hours where they are its own."""
        choice, start, end, holidays = columns
        if not isinstance(value, dict):
            return {choice: value or 'none'}
        return {
            choice: 'own',
            holidays: value.get('holidays', True),
            **Clock().into(value['from'], (start,), model, refs, path, owner),
            **Clock().into(value['to'], (end,), model, refs, path, owner),
        }


@dataclass(frozen=True)
class Slot:
    """One value of a definition and where it is kept.

    :param path: keys inside the object, divided by ``/``
    :param columns: the column, or several, as the converter takes them
    :param default: what a document means that does not say it
    :param only: (column, values): it is there only where that column has one of those values
    """

    path: str
    columns: tuple | str
    default: object = None
    convert: object = Column()
    only: tuple | None = None

    def names(self):
        """Return the columns as a tuple."""
        return (self.columns,) if isinstance(self.columns, str) else self.columns

    def applies(self, row):
        """Say whether ``row``, a record or a dict, has this value at all."""
        return self.only is None or row[self.only[0]] in self.only[1]


@dataclass(frozen=True)
class Variant:
    """A column that no value holds: which of several forms an object has.

    :param forms: {value of the column: key that tells the form, or ``None`` for the usual one}
    """

    column: str
    forms: dict

    def key_of(self, row):
        """Return the key that tells the form ``row`` has."""
        return self.forms[row[self.column]]

    def of(self, values):
        """Return the value of the column for an object of a document."""
        for choice, key in self.forms.items():
            if key is not None and values.get(key) is not None:
                return choice
        return next(choice for choice, key in self.forms.items() if key is None)


def write_out(slots, row, refs):
    """Return the object of a definition that ``row`` describes.

    What is empty is left out; with portable references, so is what has its default anyway.
    """
    values = {}
    telling = {slot.key_of(row) for slot in slots if isinstance(slot, Variant)} - {None}
    for slot in slots:
        if isinstance(slot, Variant) or not slot.applies(row):
            continue
        value = slot.convert.out(row, slot.names(), refs)
        if refs.portable and value == slot.default and slot.path not in telling:
            continue
        # null is a value of its own where the default is something else
        if value is None and slot.default is None:
            continue
        *parents, last = slot.path.split('/')
        place = values
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    # an object that tells the form is there even with nothing but defaults in it
    paths = {slot.path for slot in slots if isinstance(slot, Slot)}
    return values | {key: values.get(key, {}) for key in telling - paths}


def check_columns(columns, model):
    """Refuse what the columns of ``model`` cannot hold.

    :raise TypeError: it is of another type
    :raise ValueError: it is too large
    """
    for name, value in columns.items():
        known, is_number = TYPES.get(model._fields[name].type), isinstance(value, (int, float))
        if known and value is not False and not isinstance(value, known):
            raise TypeError(f'{name}: {value!r}')
        if is_number and not -MAX_NUMBER <= value <= MAX_NUMBER:
            raise ValueError(f'{name}: {value!r}')


def columns_of(slots):
    """Return the columns that ``slots`` are kept in, in order."""
    found = {}
    for slot in slots:
        found |= dict.fromkeys([slot.column] if isinstance(slot, Variant) else slot.names())
    return list(found)


def read_in(slots, values, model, refs, path, owner=None):
    """Return {column: value} for an object of a definition; what it does not say is the default.

    :param path: leads to the object, for what cannot be found
    :param owner: what was read of the object that this one belongs to
    """
    found = {}
    for slot in slots:
        if isinstance(slot, Variant):
            found[slot.column] = slot.of(values)
            continue
        if not slot.applies(found):
            continue
        value = _at(values, slot.path, slot.default)
        at = f'{path}/{slot.path}' if path else slot.path
        found |= slot.convert.into(value, slot.names(), model, refs, at, {**(owner or {}), **found})
    return found


def links(slots, values, model):
    """Yield (model, id) of every record that an object of a definition with ids speaks of."""
    for slot in slots:
        if isinstance(slot, Variant):
            continue
        value = _at(values, slot.path, None)
        if isinstance(slot.convert, Texts):
            for one in (value or {}).values():
                yield 'healthcare.message.template', one.get('id')
        elif isinstance(slot.convert, Column) and value:
            field = model._fields[slot.names()[0]]
            if field.type == 'many2one':
                yield field.comodel_name, value


def translated(slots, values, model):
    """Yield (column, {language: text}) for the translated texts of an object."""
    for slot in slots:
        if isinstance(slot, Variant) or not isinstance(slot.convert, Column):
            continue
        field = model._fields[slot.names()[0]]
        value = _at(values, slot.path, None)
        if field.type in ('char', 'text') and field.translate and value:
            yield slot.names()[0], value


def write_texts(record, column, value):
    """Write the translations {language: text} of a column, of the installed languages."""
    installed = {code for code, _name in record.env['res.lang'].get_installed()}
    record.update_field_translations(
        column, {code: text for code, text in value.items() if code in installed}
    )


def replace_texts(model, column, value_by_id):
    """Make {language: text} what a column says in the installed languages, for {id: texts}."""
    if not value_by_id:
        return
    installed = [code for code, _name in model.env['res.lang'].get_installed()]
    rows = [
        # Odoo wants an English text, whatever else there is
        (
            number,
            json.dumps(
                {'en_US': first_text(words)}
                | {code: text for code, text in words.items() if code in installed}
            ),
        )
        for number, words in value_by_id.items()
    ]
    model.flush_model([column])
    model.env.cr.execute(
        SQL(
            """
            UPDATE %(table)s AS row
               SET %(column)s =
                       (COALESCE(row.%(column)s, '{}') - %(installed)s::text[]) || said.words
              FROM (SELECT (one->>0)::int AS id, (one->>1)::jsonb AS words
                      FROM jsonb_array_elements(%(rows)s::jsonb) AS one) AS said
             WHERE row.id = said.id
            """,
            table=SQL.identifier(model._table),
            column=SQL.identifier(column),
            installed=installed,
            rows=json.dumps(rows),
        )
    )
    model.invalidate_model([column], flush=False)


def _at(values, path, default):
    """Return the value at ``path`` inside ``values``; ``default`` where the path ends early."""
    for key in path.split('/'):
        if not isinstance(values, dict) or key not in values:
            return default
        values = values[key]
    return values
