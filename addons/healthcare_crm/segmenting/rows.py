"""Patients by the rows other models hold about them, in sets.

``EXISTS`` throughout: PostgreSQL makes semi and anti joins of it, which an ``IN`` over a million
rows, or its opposite, is not.
"""

import re

from odoo import fields
from odoo.fields import Domain
from odoo.orm.domains import DomainCustom
from odoo.tools import SQL, format_date

from .registry import Kind
from .words import when

#: what begins like E11.9 or A10BA02, and like 4548-4
CODE = re.compile(r'[A-Za-z]?\d[\w.-]*')
LOINC = re.compile(r'\d+-\d?')


class Exists(DomainCustom):
    """Patients for whom a query finds something.

    Odoo would say ``EXISTS (…) IS NOT TRUE`` of the others, which PostgreSQL answers patient by
    patient; of ``NOT EXISTS (…)`` it makes a join.
    """

    __slots__ = ('_rest', '_turned')

    def __new__(cls, rest, turned=False):
        """Make a domain of what follows ``EXISTS``.

        :param rest: function of the SQL of the patient's id
        :param bool turned: the patients for whom it finds nothing
        """
        word = SQL('NOT EXISTS') if turned else SQL('EXISTS')
        self = super().__new__(
            cls,
            lambda _model, alias, _query: SQL('%s (%s)', word, rest(SQL.identifier(alias, 'id'))),
        )
        object.__setattr__(self, '_rest', rest)
        object.__setattr__(self, '_turned', turned)
        return self

    def __invert__(self):
        """Return the other patients."""
        return Exists(self._rest, not self._turned)

    def _negate(self, model):
        return ~self


def having_any(scope, model, domain, patient='patient_id'):
    """Return the patients about whom there is a row of ``model`` that meets ``domain``."""
    table, where, patient_sql = _rows(scope, model, domain, patient)
    return Exists(
        lambda patient_id: SQL(
            'SELECT FROM %s WHERE %s AND %s = %s', table, where, patient_sql, patient_id
        )
    )


def having(scope, model, domain, figures, test):
    """Return the patients whose rows of ``model`` that meet ``domain`` together pass ``test``.

    :param figures: {name: (aggregate, field of ``model``)}
    :param test: function of the SQL of the figures, by their names
    """
    return passing(grouped(scope, model, domain, figures), figures, test)


def grouped(scope, model, domain, figures, patients=None):
    """Return the SELECT of the figures of each patient who has such rows.

    :param patients: a SELECT of the only patients to look at
    """
    table, where, patient_sql = _rows(scope, model, domain, 'patient_id')
    if patients:
        where = SQL('%s AND %s IN (%s)', where, patient_sql, patients)
    Model = scope.env[model]
    columns = {field for _aggregate, field in figures.values()}
    # in the order of an index, groups need no table in memory
    return SQL(
        """
        SELECT patient_id%s
          FROM (SELECT %s AS patient_id%s FROM %s WHERE %s ORDER BY 1) AS ordered
         GROUP BY patient_id
        """,
        SQL('').join(
            SQL(', %s(%s) AS %s', SQL(aggregate), SQL.identifier(field), SQL.identifier(name))
            for name, (aggregate, field) in figures.items()
        ),
        patient_sql,
        SQL('').join(
            SQL(', %s AS %s', Model._field_to_sql(Model._table, field), SQL.identifier(field))
            for field in sorted(columns)
        ),
        table,
        where,
    )


def passing(select, figures, test):
    """Return the patients whose figures pass ``test``.

    Joined, so that all conditions on the same figures have them counted once.

    :param select: the figures of each patient who has any
    :param figures: their names
    """

    def to_sql(_model, alias, query):
        name = query.make_alias(alias, f'figures_{hash(select) & 0xFFFFFFFF:x}')
        # what a parallel worker cannot know: each of them would group all rows for itself
        condition = SQL(
            '%s = %s AND pg_backend_pid() IS NOT NULL',
            SQL.identifier(name, 'patient_id'),
            SQL.identifier(alias, 'id'),
        )
        query.add_join('LEFT JOIN', name, SQL('(%s)', select), condition)
        return test(**{figure: SQL.identifier(name, figure) for figure in figures})

    return Domain.custom(to_sql=to_sql)


def among(select):
    """Return the patients in the column ``patient_id`` of a SELECT."""
    return Exists(
        lambda patient_id: SQL(
            'SELECT FROM (%s) AS grouped WHERE grouped.patient_id = %s', select, patient_id
        )
    )


def _rows(scope, model, domain, patient):
    """Return table, condition and patient of the rows, built with the rights of the scope."""
    Model = scope.env[model]
    query = Model._search(domain)
    return (
        query.from_clause,
        query.where_clause or SQL('TRUE'),
        Model._field_to_sql(query.table, patient, query),
    )


class RowsKind(Kind):
    """A kind that asks whether there is a row about the patient, in a time of its own.

    :cvar model: the model of the rows
    :cvar date: their date or time
    :cvar timed: whether the time can be chosen
    """

    model = None
    date = None
    timed = True
    own_parameters = ()

    @property
    def parameters(self):
        """Its own, then the time."""
        return self.own_parameters + (('timeframe',) if self.timed else ())

    @property
    def needs(self):
        """Needs its model."""
        return {self.model: (self.date,) if self.date else ()}

    def rows(self, condition, scope):
        """Return the rows of any time that count."""
        return Domain.TRUE

    def timed_rows(self, condition, scope):
        """Return the rows that count, of the time the condition asks about."""
        rows = self.rows(condition, scope)
        return rows & scope.after(condition, self.model, self.date) if self.timed else rows

    def domain(self, condition, scope):
        """Find one row."""
        return having_any(scope, self.model, self.timed_rows(condition, scope))

    def values(self, condition, env):
        """Name the time, and the text."""
        values = {'what': condition.text or self.chosen(condition, env)}
        return values | ({'when': when(condition, env)} if self.timed else {})

    def fact(self, condition, scope, patient):
        """Tell when the newest row was."""
        rows = self.timed_rows(condition, scope) & Domain('patient_id', '=', patient.id)
        order = f'{self.date} desc, id desc' if self.date else 'id desc'
        row = scope.env[self.model].search(rows, order=order, limit=1)
        return self.tell(row, scope) if row else ''

    def tell(self, row, scope):
        """Return the fact that a row is."""
        if not self.date or not row[self.date]:
            return row.display_name or ''
        return format_date(scope.env, local_day(row, self.date, scope))


def local_day(row, name, scope):
    """Return the day of a date or time of ``row``, in the zone of the clinic."""
    value = row[name]
    if row._fields[name].type == 'date':
        return value
    return fields.Datetime.context_timestamp(row.with_context(tz=scope.tz), value).date()


def about(text, code_pattern=CODE):
    """Return the rows whose code begins with ``text``, if it looks like one, else whose name has
    it.
    """
    text = text.strip()
    if code_pattern.fullmatch(text):
        return Domain('code', '=like', like_prefix(text.upper()))
    return Domain('name', 'ilike', text)


def like_prefix(text):
    """Return the pattern of what begins with ``text``.

    >>> like_prefix('E11_')
    'E11\\\\_%'
    """
    for char in '\\%_':
        text = text.replace(char, '\\' + char)
    return text + '%'


def between(figure, low, high):
    """Return the test that a figure lies between two numbers, the second 0 for no end."""
    least = SQL('%s >= %s', figure, low)
    return SQL('%s AND %s <= %s', least, figure, high) if high else least


def at_most(figure, high):
    """Return the test that a figure is no larger than a number; without a row it is 0."""
    return SQL('COALESCE(%s, 0) <= %s', figure, high)
