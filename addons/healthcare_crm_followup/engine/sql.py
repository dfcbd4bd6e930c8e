"""Small helpers for statements over sets."""

from odoo.tools import SQL


def values_list(rows):
    """Return ``rows`` (tuples of values) as the SQL of a VALUES list's body: ``(…), (…)``."""
    return SQL(', ').join(
        SQL('(%s)', SQL(', ').join(SQL('%s', value) for value in row)) for row in rows
    )


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
