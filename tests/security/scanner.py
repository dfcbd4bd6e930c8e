"""Where the database, the disk and the log hold a marker, however it is spelled.

For tests, and for whoever wants to know of a database at hand::

    marker = scanner.new_marker()
    with scanner.LogWatch() as log:
        ...  # give the marker to the product
    scanner.find_rows(env.cr, marker) + scanner.find_files(filestore, marker) + log.find(marker)
"""

import base64
import gzip
import html
import io
import json
import logging
import os
import quopri
import re
import secrets
import urllib.parse
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

from odoo.tools import SQL

EXCERPT = 80
#: how deep archives lie in archives
DEPTH = 3
#: types whose columns hold no text, nor bytes
NO_TEXT = ('B', 'D', 'N', 'T', 'G', 'I', 'R', 'V')
_STREAM = re.compile(rb'stream\r?\n(.*?)\r?\nendstream', re.DOTALL)
_CODED = re.compile(rb'(?:[A-Za-z0-9+/_-]{40,}={0,2}\s*)+')


class Found(NamedTuple):
    """One place where a marker is.

    :ivar place: a table, ``filestore`` or ``log``
    :ivar column: of the table; nothing elsewhere
    :ivar key: the row's id (or ctid), the name of the file, the line's number
    """

    place: str
    column: str
    key: str
    excerpt: str = ''

    @property
    def where(self):
        return f'{self.place}.{self.column}' if self.column else self.place


def new_marker():
    """Return a word that is nowhere yet: letters and digits, so that most spellings leave it as
    it is."""
    return f'ZQ{secrets.token_hex(6).upper()}QZ'


def spellings(marker):
    """Return how a text may hold a marker: as it is, in other letters, and coded.

    >>> 'Wm1hcms' in {form[:7] for form in spellings('Zmark')}
    True
    """
    plain = {
        marker,
        marker.lower(),
        marker.upper(),
        marker[::-1],
        json.dumps(marker)[1:-1],
        html.escape(marker),
        urllib.parse.quote(marker),
        urllib.parse.quote_plus(marker),
        quopri.encodestring(marker.encode()).decode(),
    }
    coded = {marker.encode().hex(), marker.encode().hex().upper()}
    for text in (marker, marker.lower(), marker.upper()):
        for before in range(3):
            # what the neighbours have a part in is left out
            spelled = base64.b64encode(b'x' * before + text.encode() + b'x' * 3).decode()
            core = spelled[4 if before else 0 : -8]
            coded |= {core, core.replace('+', '-').replace('/', '_')}
    return sorted(form for form in plain | coded if len(form) > 3)


def holds(content, marker, depth=DEPTH):
    """Tell whether bytes hold a marker: as text of any encoding, coded, or packed.

    >>> holds(gzip.compress(b'see MARKER1'), 'MARKER1'), holds(b'nothing', 'MARKER1')
    (True, False)
    """
    for form in spellings(marker):
        if any(
            form.encode(encoding) in content for encoding in ('utf-8', 'utf-16-le', 'utf-32-le')
        ):
            return True
    return depth > 0 and any(holds(part, marker, depth - 1) for part in unpack(content))


def unpack(content):
    """Yield what is packed in a file: the parts of archives, spreadsheets and PDFs."""
    if content.startswith(b'PK'):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name in archive.namelist():
                    yield name.encode()
                    yield archive.read(name)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error):
            pass
    elif content.startswith(b'\x1f\x8b'):
        try:
            yield gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            pass
    elif content.startswith(b'%PDF'):
        for stream in _STREAM.findall(content):
            try:
                yield zlib.decompress(stream)
            except zlib.error:
                continue
    else:
        # a file in base64, as columns and letters hold it
        for coded in _CODED.findall(content[:20_000_000]):
            packed = base64.b64decode(b''.join(coded.split())[:8], altchars=b'-_')
            if packed.startswith((b'PK', b'\x1f\x8b', b'%PDF')):
                text = b''.join(coded.split())
                yield base64.b64decode(text[: len(text) // 4 * 4], altchars=b'-_')


def find_rows(cr, marker, tables=None):
    """Return every value of every row that holds a marker; what is not written yet must be
    flushed before.

    :param cr: any cursor of the database; what it has not committed is seen as well
    :param tables: these alone
    :rtype: list[Found]
    """
    found = []
    for table, columns in _get_columns(cr).items():
        if tables is not None and table not in tables:
            continue
        has_id = 'id' in columns
        packed = [name for name, kind in columns.items() if kind == 'bytea']
        texts = [name for name, kind in columns.items() if kind not in ('bytea', 'id')]
        key = SQL('id::text') if has_id else SQL('ctid::text')
        if texts:
            found += _find_texts(cr, table, key, texts, marker)
        for name in packed:
            cr.execute(
                SQL(
                    'SELECT %(key)s, %(name)s FROM %(table)s WHERE %(name)s IS NOT NULL',
                    key=key,
                    name=SQL.identifier(name),
                    table=SQL.identifier(table),
                )
            )
            found += [
                Found(table, name, row_key)
                for row_key, value in cr.fetchall()
                if holds(bytes(value), marker)
            ]
    return found


def _find_texts(cr, table, key, names, marker):
    patterns = [f'%{form}%' for form in map(_escape, spellings(marker))]
    columns = [SQL('%s::text', SQL.identifier(name)) for name in names]
    cr.execute(
        SQL(
            'SELECT %s, %s FROM %s WHERE concat_ws(chr(10), %s) LIKE ANY(%s)',
            key,
            SQL(', ').join(columns),
            SQL.identifier(table),
            SQL(', ').join(columns),
            patterns,
        )
    )
    forms = spellings(marker)
    for row_key, *values in cr.fetchall():
        for name, value in zip(names, values, strict=True):
            at = [value.find(form) for form in forms if value and form in value]
            if at:
                start = max(min(at) - EXCERPT // 2, 0)
                yield Found(table, name, row_key, value[start : start + EXCERPT])


def _escape(text):
    return re.sub(r'([\\%_])', r'\\\1', text)


def _get_columns(cr):
    """Return ``{table: {column: type}}`` of all schemas' columns that can hold text or bytes."""
    cr.execute(
        SQL(
            """
            SELECT class.relname, attribute.attname,
                   CASE WHEN attribute.attname = 'id' THEN 'id' ELSE type.typname END
              FROM pg_class AS class
              JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
              JOIN pg_type AS type ON type.oid = attribute.atttypid
             WHERE class.relkind IN ('r', 'm')
               AND class.relnamespace = current_schema::regnamespace
               AND attribute.attnum > 0 AND NOT attribute.attisdropped
               AND (attribute.attname = 'id' OR type.typcategory <> ALL(%s))
          ORDER BY 1, attribute.attnum
            """,
            list(NO_TEXT),
        )
    )
    tables = {}
    for table, column, kind in cr.fetchall():
        tables.setdefault(table, {})[column] = kind
    return tables


def find_files(folder, marker, since=0):
    """Return the files below a folder that hold a marker, in their content or their name.

    :param since: those written earlier are left out, as a timestamp
    :rtype: list[Found]
    """
    found = []
    for path in sorted(Path(folder).rglob('*')):
        try:
            if path.is_file() and path.stat().st_mtime >= since:
                if holds(path.name.encode(), marker) or holds(path.read_bytes(), marker):
                    found.append(Found('filestore', '', str(path.relative_to(folder))))
        except FileNotFoundError:
            continue  # tidied up meanwhile
    return found


def find_in_log(path, marker, start=0):
    """Return the lines of a server's log that hold a marker.

    :param start: the byte to begin at, as ``os.path.getsize`` told it before
    :rtype: list[Found]
    """
    with open(path, 'rb') as log:
        log.seek(min(start, os.path.getsize(path)))
        return [
            Found('log', '', str(number), line[:EXCERPT].decode(errors='replace'))
            for number, line in enumerate(log, 1)
            if holds(line, marker, 0)
        ]


class LogWatch(logging.Handler):
    """Gathers what is logged in this process, as a log would have it, tracebacks included."""

    def __init__(self, level=logging.INFO):
        super().__init__(level)
        self.setFormatter(logging.Formatter('%(levelname)s %(name)s: %(message)s'))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))

    def __enter__(self):
        # tests are run with fewer words than a server has
        loggers = (logging.getLogger(), logging.getLogger('odoo'))
        self._levels = [(logger, logger.level) for logger in loggers]
        for logger in loggers:
            logger.setLevel(min(logger.level or self.level, self.level))
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_error):
        logging.getLogger().removeHandler(self)
        for logger, level in self._levels:
            logger.setLevel(level)

    def find(self, marker):
        """Return the lines that hold a marker."""
        return [
            Found('log', '', str(number), line[:EXCERPT])
            for number, line in enumerate(self.lines, 1)
            if holds(line.encode(), marker, 0)
        ]
