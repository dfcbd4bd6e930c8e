"""Values stay out of the server's log: what a refused statement was to write is about a patient."""

import logging
import re
import traceback
from pathlib import Path

from psycopg2 import Error

#: how much of a statement tells which one it was
LENGTH = 300
_LITERAL = re.compile(r"E?'(?:[^'\\]|''|\\.)*'?", re.DOTALL)
_MESSAGE_ID = re.compile(r'<[^<>\s"]+@[^<>\s"]+>')
_QUERY = re.compile(r'(?<=[\w/])\?[^\s"]+')
_DOMAIN = re.compile(r'@([\w.-]+)')
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


class _NoWords(logging.Filter):
    """Of an error, tell what it is and where it came from: its words are for who made it.

    “A123456789 is on another record already” is the answer to one person, and the log is for many.
    """

    def filter(self, record):
        if isinstance(record.msg, BaseException):
            record.msg = where_raised(record.msg)
            record.args = ()
        if record.exc_info and record.exc_info[1]:
            record.exc_text = without_words(record.exc_info[1])
        return True


class _NoQueries(logging.Filter):
    """Of requests, tell the page: what is asked of it may be a name or a number."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                _QUERY.sub('?…', one) if isinstance(one, str) else one for one in record.args
            )
        if isinstance(record.msg, str):
            record.msg = _QUERY.sub('?…', record.msg)
        return True


class _NoAddresses(logging.Filter):
    """Of addresses, tell the domain: who writes to a clinic is often its patient."""

    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(without_addresses(one) for one in record.args)
        return True


def where_raised(error):
    """Return the kind of an error and the line it came from.

    >>> where_raised(ValueError("A123456789"))
    'ValueError'
    """
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f'{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}, {last.name}'


def without_words(error):
    """Return the traceback of an error, and of those that led to it, without what they say."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    parts = [without_words(before), ''] if before else []
    parts.append('Traceback (most recent call last):')
    parts.append(''.join(traceback.format_tb(error.__traceback__)).rstrip())
    parts.append(what_failed(error))
    return '\n'.join(parts)


def without_addresses(value):
    """Return a value of a line of the log without names before an ``@``; numbers of messages stay.

    >>> without_addresses('"Hoa Le" <hoa@example.org>'), without_addresses('<1@mail.example>')
    ('…@example.org', '<1@mail.example>')
    >>> without_addresses(('healthcare.enquiry', 0, {'message': "I have"}, 1))
    ['healthcare.enquiry', 0, ['message'], 1]
    """
    if isinstance(value, dict):  # what a letter's record would hold, its words among it
        return sorted(value)
    if isinstance(value, (list, tuple)):
        return [without_addresses(one) for one in value if not hasattr(one, '_name')]
    if not isinstance(value, str) or '@' not in value or _MESSAGE_ID.fullmatch(value.strip()):
        return value
    return ', '.join(f'…@{domain}' for domain in _DOMAIN.findall(value))


def install():
    """Let the log tell no values, whichever handler writes it."""
    for names, kind in FILTERS.items():
        for name in names:
            logger = logging.getLogger(name)
            if not any(isinstance(one, kind) for one in logger.filters):
                logger.addFilter(kind())


FILTERS = {
    ('odoo.sql_db',): _NoValues,
    (
        'odoo.http',
        'odoo.addons.base.models.ir_cron',
        'odoo.addons.rpc.controllers.json2',
        'odoo.addons.web.controllers.export',
    ): _NoWords,
    ('werkzeug',): _NoQueries,
    ('odoo.addons.mail.models.mail_thread', 'odoo.addons.mail.models.mail_mail'): _NoAddresses,
}
