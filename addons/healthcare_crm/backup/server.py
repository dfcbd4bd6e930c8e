"""The PostgreSQL server: connections of our own, and databases made, dropped and swapped.

A database that is not in use, as one that is being restored, is marked as a template: Odoo lists no
templates, and so runs no scheduled job in them.
"""

import os
import pwd
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

import psycopg2
from psycopg2 import errors
from psycopg2.sql import SQL, Identifier, Literal

from odoo.sql_db import close_db, connection_info_for
from odoo.tools import config
from odoo.tools.misc import exec_pg_environ, find_pg_tool

#: what PostgreSQL cuts the names of databases at
LONGEST_NAME = 63
#: seconds for connections to end
PATIENCE = 3
_CREATE = SQL(
    "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0 IS_TEMPLATE true "
    "LC_COLLATE {} LC_CTYPE {}"
)
_DROP = SQL("DROP DATABASE {} WITH (FORCE)")
_RENAME = SQL("ALTER DATABASE {} RENAME TO {}")
_HIDE = SQL("ALTER DATABASE {} IS_TEMPLATE true")
_SHOW = SQL("ALTER DATABASE {} IS_TEMPLATE false")


class BackupError(Exception):
    """A backup or a restore cannot go on; the message says why, and what to do."""


@contextmanager
def connected(dbname, autocommit=False):
    """Yield a cursor of a connection that no pool keeps open; what is done is committed."""
    try:
        connection = psycopg2.connect(**connection_info_for(dbname)[1])
    except psycopg2.OperationalError as error:
        raise BackupError(str(error).strip()) from error
    try:
        connection.autocommit = autocommit
        with connection.cursor() as cr:
            yield cr
        if not autocommit:
            connection.commit()
    finally:
        connection.close()


def check_user():
    """Refuse to leave files behind that Odoo could not read.

    :raise BackupError: the data folder is another user's
    """
    folder = Path(config['data_dir'])
    owner = folder.stat().st_uid if folder.exists() else os.geteuid()
    if owner != os.geteuid():
        name = pwd.getpwuid(owner).pw_name
        raise BackupError(f"{folder} belongs to {name}: run this as {name} (sudo -u {name} …).")


def exists(cr, dbname):
    """Say whether there is a database of this name."""
    cr.execute("SELECT FROM pg_database WHERE datname = %s", [dbname])
    return bool(cr.rowcount)


def get_names(cr, pattern):
    """Return the names of databases that are like a pattern."""
    cr.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1", [pattern])
    return [name for (name,) in cr.fetchall()]


def create(cr, dbname, locale):
    """Make an empty database that is hidden from Odoo."""
    collate, ctype = locale
    try:
        cr.execute(_CREATE.format(Identifier(dbname), Literal(collate), Literal(ctype)))
    except (errors.WrongObjectType, errors.InvalidParameterValue):
        # a locale that this machine does not have; Odoo's own choice
        cr.execute(_CREATE.format(Identifier(dbname), Literal('C'), Literal('C')))


def drop(cr, dbname):
    """Drop a database, if there is one; whoever is connected to it is thrown out."""
    close_db(dbname)
    if exists(cr, dbname):
        cr.execute(_SHOW.format(Identifier(dbname)))
        cr.execute(_DROP.format(Identifier(dbname)))


def get_users(cr, dbname):
    """Return how many connections others have to a database."""
    # not the server's own cleaning
    cr.execute(
        """
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = %s AND pid != pg_backend_pid() AND backend_type = 'client backend'
        """,
        [dbname],
    )
    return cr.fetchone()[0]


def swap(cr, dbname, by, aside):
    """Let the database ``by`` take the name of ``dbname``, which is called ``aside`` from then on.

    All of it happens, or nothing.

    :raise BackupError: somebody is connected to it
    """
    close_db(dbname)
    close_db(by)
    try:
        cr.execute('BEGIN')
        if exists(cr, dbname):
            cr.execute(_RENAME.format(Identifier(dbname), Identifier(aside)))
            cr.execute(_HIDE.format(Identifier(aside)))
        cr.execute(_RENAME.format(Identifier(by), Identifier(dbname)))
        cr.execute(_SHOW.format(Identifier(dbname)))
        cr.execute('COMMIT')
    except errors.ObjectInUse as error:
        cr.execute('ROLLBACK')
        raise BackupError(in_use(dbname)) from error


def is_used(cr, dbname):
    """Say whether others stay connected to a database: who has just left is seen for a moment."""
    until = time.monotonic() + PATIENCE
    while get_users(cr, dbname):
        if time.monotonic() > until:
            return True
        time.sleep(0.1)
    return False


def in_use(dbname):
    """Return the sentence about a database that somebody is connected to."""
    return (
        f"The database {dbname} is in use. Stop Odoo, and whatever else is connected to it, and "
        "try again. Nothing was changed."
    )


def command(tool, *args):
    """Return the command line of one of PostgreSQL's tools, and its environment."""
    try:
        return [find_pg_tool(tool), *args], exec_pg_environ()
    except Exception as error:
        raise BackupError(
            f"PostgreSQL's {tool} is not on this machine: install the package postgresql-client, "
            "or name its folder in odoo.conf as pg_path."
        ) from error


@contextmanager
def running(tool, *args, lenient=False, **streams):
    """Run one of PostgreSQL's tools beside the block.

    :param bool lenient: leave it to the caller what becomes of ``process.complaint``
    :raise BackupError: it failed; the message is its own
    """
    line, environment = command(tool, *args)
    with TemporaryFile() as said:
        process = subprocess.Popen(line, env=environment, stderr=said, **streams)
        try:
            yield process
            failed = None
        except BrokenPipeError as error:
            # it is gone; its own words say why
            failed = error
        except BaseException:
            process.kill()
            _wait(process)
            raise
        _wait(process)
        said.seek(0)
        complaint = said.read().decode('utf-8', 'replace').strip()
    process.complaint = complaint or f"code {process.returncode}" if process.returncode else ''
    if failed or process.returncode and not lenient:
        raise BackupError(f"{tool}: {complaint}") from failed


def _wait(process):
    for stream in (process.stdin, process.stdout):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
    process.wait()
