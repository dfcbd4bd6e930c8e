"""Small helpers for statements over sets."""

from odoo.tools import SQL


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
