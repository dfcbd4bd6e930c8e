"""Backup and restore of the demo database: how long they take, and what comes back otherwise."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import psycopg2

from odoo.sql_db import close_db
from odoo.tools import config

from odoo.addons.healthcare_crm.auditing import chain
from odoo.addons.healthcare_crm.backup import making, record, restoring

from tests.bench import DATABASE, figure

BENCH = 'security'
#: PostgreSQL writes the condition of an index anew when it reads its own dump: ``('a'::text)``
RESPELLED = re.compile(r'::(?:text|character varying)(?:\[\])?|[()]')
#: what a restored database is made different by, to see that it is noticed
PLANTED = (
    "UPDATE res_partner SET comment = 'planted' WHERE id = (SELECT max(id) FROM res_partner)",
    "DELETE FROM ir_config_parameter WHERE key = 'web.base.url'",
    "ALTER SEQUENCE res_partner_id_seq RESTART WITH 1",
    "ALTER TABLE res_partner ALTER COLUMN name SET DEFAULT 'planted'",
)


def measure(_options):
    """Restore a backup beside the original, and compare both with means of its own."""
    copy = f'{DATABASE}_copy'
    close_db(DATABASE)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'bench.backup'
        try:
            made = making.make(DATABASE, path, say=_say)
            figure(BENCH, 'backup_seconds', made.seconds, 's')
            figure(BENCH, 'backup_mb', made.size / 1e6, 'MB')
            done = restoring.restore(path, copy, live=True, say=_say)
            figure(BENCH, 'restore_seconds', done.seconds, 's')
            original = _look_at(DATABASE)
            different = _differences(original, _look_at(copy))
            for one in different:
                print(f'different: {one}', file=sys.stderr)
            problems = chain.verify(copy).problems
            close_db(copy)
            figure(BENCH, 'restore_differences', len(different), 'differences')
            figure(BENCH, 'restore_audit_problems', len(problems), 'problems')
            found = _plant(copy, original)
            figure(BENCH, 'restore_planted_found', found, f'of {len(PLANTED) + 1}')
        finally:
            subprocess.run(['dropdb', '--if-exists', '--force', copy], check=True)
            shutil.rmtree(config.filestore(copy), ignore_errors=True)
            for name in (copy, DATABASE):
                (record.get_folder() / f'{name}.jsonl').unlink(missing_ok=True)


def _say(sentence):
    print(sentence, file=sys.stderr)


def _look_at(dbname):
    """Return digests of the rows of every table, the files, the sequences and the schema."""
    seen = {}
    with psycopg2.connect(dbname=dbname) as connection, connection.cursor() as cr:
        cr.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
        for (table,) in cr.fetchall():
            digest = hashlib.sha256()
            cr.execute(f'SELECT (r.*)::text COLLATE "C" AS row FROM {table} AS r ORDER BY 1')
            for (row,) in cr:
                digest.update(row.encode() + b'\n')
            seen['table', table] = cr.rowcount, digest.hexdigest()
        cr.execute('SELECT sequencename, last_value FROM pg_sequences')
        seen |= {('sequence', name): value for name, value in cr.fetchall()}
        cr.execute('SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL')
        for (name,) in cr.fetchall():
            path = Path(config.filestore(dbname), name)
            content = path.read_bytes() if path.exists() else b'missing'
            seen['file', name] = hashlib.sha256(content).hexdigest()
    connection.close()
    schema = subprocess.run(
        ['pg_dump', '--schema-only', '--no-owner', '--no-acl', dbname],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for line in schema.splitlines():
        # the lines that keep a dump from being tampered with have a word drawn for each
        if not line.startswith(('--', '\\restrict', '\\unrestrict')):
            line = RESPELLED.sub('', line)
            seen['schema', line] = seen.get(('schema', line), 0) + 1
    return seen


def _differences(one, other):
    return [key for key in sorted(one | other) if one.get(key) != other.get(key)]


def _plant(copy, original):
    """Return how many planted differences are noticed."""
    counts = [0]
    for statement in PLANTED:
        connection = psycopg2.connect(dbname=copy)
        with connection, connection.cursor() as cr:
            cr.execute(statement)
        connection.close()
        counts.append(len(_differences(original, _look_at(copy))))
    folder = Path(config.filestore(copy))
    path = max((path for path in folder.rglob('*') if path.is_file()), key=os.path.getsize)
    path.write_bytes(b'planted')
    counts.append(len(_differences(original, _look_at(copy))))
    return sum(more > less for less, more in pairwise(counts))
