"""Small helpers for statements over sets."""

from dataclasses import fields

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS
from odoo.tools import SQL

#: Patients are spread over so many shards by their number; a worker holds whole shards.
SHARDS = 16
#: How often a transaction that met another one's write is begun.
TRIES = 5


def retried(env, work, *args):
    """Return ``work(*args)``; begin it anew where its writes meet somebody else's.

    In PostgreSQL's REPEATABLE READ a row that another transaction changed meanwhile cannot be
    written, and only a new transaction sees it as it is now. Odoo does the same for requests, but
    not for crons. For work that follows a commit: all the transaction did is lost.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            return work(*args)
        except CONFLICTS:
            if not tries_left:
                raise
        env.cr.rollback()
    return None


def values_list(rows):
    """Return ``rows`` (tuples of values, all of one length) as the SQL ``(…), (…)``."""
    row = f'({", ".join(["%s"] * len(rows[0]))})'
    return SQL(', '.join([row] * len(rows)), *(value for values in rows for value in values))


def insert_rows(env, table, columns, rows, returning='id'):
    """Insert ``rows`` in one statement; rows that hit a unique key are left out, not an error.

    :param columns: column names, one per value of a row
    :return: list of tuples of the ``returning`` columns, for the rows that were inserted
    """
    if not rows:
        return []
    return env.execute_query(
        SQL(
            'INSERT INTO %s (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING %s',
            SQL.identifier(table),
            SQL(', ').join(SQL.identifier(column) for column in columns),
            values_list(rows),
            SQL(returning),
        )
    )


def next_ids(env, table, count):
    """Return ``count`` new ids of a model's ``table``."""
    sequence = f'{table}_id_seq'
    query = SQL('SELECT nextval(%s) FROM generate_series(1, %s)', sequence, count)
    return [id_ for (id_,) in env.execute_query(query)]


def insert_values(env, table, values, now, instead=None, without=(), **constants):
    """Insert dataclass instances as rows of a model's ``table``, in one statement.

    :param values: instances of one dataclass, whose fields are named as columns
    :param dict instead: columns that the instances do not have, ``{column: one value per row}``
    :param without: fields that are no columns
    :param constants: columns that are the same in every row, besides who wrote it and when
    """
    if not values:
        return []
    constants |= {
        'create_uid': env.uid,
        'create_date': now,
        'write_uid': env.uid,
        'write_date': now,
    }
    instead = instead or {}
    names = [field.name for field in fields(values[0]) if field.name not in without]
    return insert_rows(
        env,
        table,
        [*names, *instead, *constants],
        [
            (*(getattr(one, name) for name in names), *own, *constants.values())
            for one, *own in zip(values, *instead.values(), strict=True)
        ],
    )
