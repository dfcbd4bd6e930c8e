"""Values stay out of the server's log: what a refused statement was to write is about a patient."""

import logging
import re

from psycopg2 import Error

#: how much of a statement tells which one it was
LENGTH = 300
_LITERAL = re.compile(r"E?'(?:[^'\\]|''|\\.)*'?", re.DOTALL)
#: what follows in a message of PostgreSQL's quotes the row, or the value
_QUOTED = re.compile(r'\n(?:DETAIL|CONTEXT|LINE \d+):.*?(?=\n\n|\Z)', re.DOTALL)


class _NoValues(logging.Filter):
    def filter(self, record):
        if str(record.msg).startswith('bad query') and len(record.args or ()) == 2:  # noqa: PLR2004
            query, error = record.args
            record.args = (without_literals(query), what_failed(error))
        return True


def without_literals(query):
    """Return the beginning of a statement, without its values.

    >>> without_literals(b"UPDATE t SET a = 'it''s me', b = E'x\\\\'y' WHERE id = 7")
    "UPDATE t SET a = '…', b = '…' WHERE id = 7"
    """
    text = query.decode(errors='replace') if isinstance(query, bytes) else str(query)
    return _LITERAL.sub("'…'", text)[:LENGTH]


def what_failed(error):
    """Return what is wrong in PostgreSQL's words, without the row or the value it is about."""
    if not isinstance(error, Error):
        return type(error).__name__
    diagnosis = error.diag
    where = (diagnosis.table_name, diagnosis.column_name, diagnosis.constraint_name)
    return ' '.join([type(error).__name__, *filter(None, where)])


def without_rows(text):
    """Return a traceback without the rows that PostgreSQL quotes in it."""
    return _QUOTED.sub('', text)


def install():
    """Let the log of statements tell no values, whichever handler writes it."""
    logger = logging.getLogger('odoo.sql_db')
    if not any(isinstance(one, _NoValues) for one in logger.filters):
        logger.addFilter(_NoValues())
