"""A small database with what a backup looks at, so that a restore takes a second."""

import hashlib
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg2

from odoo.sql_db import close_db
from odoo.tools import config

from odoo.addons.healthcare_crm.auditing import chain, events, lane
from odoo.addons.healthcare_crm.backup import record
from odoo.addons.healthcare_crm.crypto import keyring

TABLES = (
    'ir_attachment',
    'ir_config_parameter',
    'ir_model_fields',
    'ir_module_module',
    'healthcare_key',
    'healthcare_audit_event',
    'healthcare_audit_block',
    'healthcare_patient_identifier',
)
MARKER = "Quixotesen Marker 睡眠"
#: files of the small database, by content
CONTENTS = (MARKER.encode(), b'', os.urandom(100_000), b'another')


def sql(dbname, query, *params):
    """Run a statement and commit."""
    connection = psycopg2.connect(dbname=dbname)
    try:
        with connection, connection.cursor() as cr:
            cr.execute(query, params)
            return cr.fetchall() if cr.description else None
    finally:
        connection.close()


def names(pattern):
    """Return the databases like a pattern."""
    return [name for (name,) in sql('postgres', _NAMES, pattern)]


_NAMES = 'SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1'


def files(dbname):
    """Return ``{name: content}`` of a filestore."""
    folder = Path(config.filestore(dbname))
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob('*')
        if path.is_file()
    }


def everything(dbname):
    """Return all rows of all tables, told apart from what the backup makes of them."""
    return {table: sorted(sql(dbname, f'SELECT (r.*)::text FROM {table} AS r')) for table in TABLES}


@contextmanager
def empty(template):
    """Make a database with the tables, which :func:`small` copies."""
    dbname = f'healthcare_crm_test_empty_{os.getpid()}'
    with ExitStack() as stack:
        stack.callback(drop, dbname)
        subprocess.run(['createdb', dbname], check=True)
        options = ['--section=pre-data', '--section=data', '--no-owner', '--no-acl']
        options += [f'--table=public.{table}' for table in TABLES]
        dump = subprocess.run(['pg_dump', *options, template], check=True, capture_output=True)
        load = ['psql', '-q', '-v', 'ON_ERROR_STOP=1', '-d', dbname]
        subprocess.run(load, input=dump.stdout, check=True, stdout=subprocess.DEVNULL)
        sql(dbname, f'TRUNCATE ir_attachment, {", ".join(TABLES[5:])}')
        yield dbname


@contextmanager
def small(base, name):
    """Make the database; afterwards drop it with all that restores made of it."""
    dbname = f'healthcare_crm_test_{name}_{os.getpid()}'
    with ExitStack() as stack:
        stack.callback(drop, dbname)
        subprocess.run(['createdb', '-T', base, dbname], check=True)
        fill(dbname)
        close_db(dbname)
        yield dbname


def fill(dbname):
    """Give it files, a sealed number, and looks at a patient."""
    for number, content in enumerate(CONTENTS, 1):
        add_file(dbname, number, content)
    ring = keyring.get()
    token = ring.seal(MARKER.encode(), 'healthcare.patient.identifier|value|7')
    sql(
        dbname,
        'INSERT INTO healthcare_patient_identifier (id, patient_id, system_id, value_sealed)'
        ' VALUES (7, 1, 1, %s)',
        token,
    )
    sql(
        dbname,
        'INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)',
        'healthcare_crm.test',
        MARKER,
    )
    look(dbname)
    chain.seal(dbname)
    look(dbname)


def look(dbname):
    """Write rows of the audit as a look does."""
    event = events.Event(2, 'nurse', 'nurse', 1, 'read', 'res.partner', 'name', (), (1,))
    events.write(dbname, [event] * 3)
    # the audit keeps a connection, which would be somebody using the database
    for connection in lane._idle.pop((os.getpid(), dbname), ()):
        connection.close()


def add_file(dbname, id_, content):
    """Write an attachment and its file; return the file."""
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    fname = f'{digest[:2]}/{digest}'
    path = Path(config.filestore(dbname), fname)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    sql(
        dbname,
        'INSERT INTO ir_attachment (id, name, type, store_fname, checksum, file_size)'
        " VALUES (%s, 'file', 'binary', %s, %s, %s)",
        id_,
        fname,
        digest,
        len(content),
    )
    return path


def drop(dbname):
    """Drop a database and all that restores made of it."""
    for name in names(f'{dbname}%'):
        alter = f'ALTER DATABASE {name} IS_TEMPLATE false'
        subprocess.run(['psql', '-qd', 'postgres', '-c', alter], check=True)
        subprocess.run(['dropdb', '--force', name], check=True)
    for folder in Path(config.filestore(dbname)).parent.glob(f'{dbname}*'):
        shutil.rmtree(folder)
    for path in record.get_folder().glob(f'{dbname}*'):
        path.unlink()


@contextmanager
def apart(folder):
    """Let the journal of the audit be in a folder of its own."""
    with patch.dict(os.environ, {'HEALTHCARE_AUDIT_ANCHOR': str(folder)}):
        yield
