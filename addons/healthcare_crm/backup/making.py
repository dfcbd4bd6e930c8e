"""Making a backup: one archive of a database as it is at one moment, and of its files."""

import errno
import fcntl
import hashlib
import json
import os
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import psycopg2

from odoo import release
from odoo.tools import config

from ..auditing import chain
from ..crypto import keyring
from . import archive, contents, needed_keys, record
from .server import BackupError, check_user, connected, running

MANIFEST, DUMP, FILES, END = 'manifest', 'dump', 'filestore/', 'end'
SUFFIX = '.backup'
MOST_NAMED = 10
BLOCK = 1 << 20


class Made(NamedTuple):
    """What a backup was made of.

    :ivar unwell: names of files that are missing or damaged on disk
    """

    path: Path
    made_at: datetime
    size: int
    files: int
    unwell: list
    seconds: float


def make(dbname, path=None, incomplete=False, say=print):
    """Make an archive of a database and its files, and record it.

    :param path: of the archive, or a folder; the record's folder by default
    :param bool incomplete: make it although files are missing or damaged on disk
    :param say: called with a sentence about each thing done
    :raise BackupError: why there is no archive; nothing is left behind
    :rtype: Made
    """
    made_at, started = datetime.now(timezone.utc), time.monotonic()
    check_user()
    path = _choose(path, dbname, made_at)
    try:
        ring = keyring.get()
        with _written(path) as file:
            head = archive.Head(ring.active, ring.checks[ring.active], _spell(made_at))
            writer = archive.Writer(file, ring.backup_key(ring.active), head)
            files, unwell = _fill(writer, dbname, made_at, ring, incomplete, say)
            writer.close()
    except (OSError, psycopg2.Error, keyring.KeysMissing, BackupError) as error:
        said = spell_error(error)
        _note_failure(dbname, made_at, said)
        raise BackupError(said) from error
    size, seconds = path.stat().st_size, time.monotonic() - started
    record.note(
        dbname,
        'backup',
        made_at,
        file=path.name,
        size=size,
        seconds=round(seconds, 1),
        unwell=len(unwell),
    )
    return Made(path, made_at, size, files, unwell, seconds)


def _choose(path, dbname, made_at):
    name = f'{dbname}-{made_at:%Y%m%d-%H%M%S}{SUFFIX}'
    if path is None:
        folder = record.get_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder / name
    path = Path(path)
    if path.is_dir():
        path /= name
    if path.exists():
        raise BackupError(f"{path} exists already. Give the archive another name.")
    return path


def spell_error(error):
    """Return what to tell of an error."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"The disk is full{f': {error.filename}' if error.filename else ''}."
    return str(error).strip()


def _note_failure(dbname, made_at, said):
    try:
        record.note(dbname, 'backup', made_at, said)
    except OSError:
        # the disk may be what failed; the error itself is raised
        return


@contextmanager
def _written(path):
    """Yield a file that only its owner reads, and that has its name when it is whole on disk."""
    part = path.with_name(f'{path.name}.part')
    number = os.open(part, os.O_WRONLY | os.O_CREAT, 0o600)
    with open(number, 'wb') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"Another backup is writing {part}.") from error
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fill(writer, dbname, made_at, ring, incomplete, say):
    with connected(dbname) as cr:
        cr.execute("SELECT to_regclass('healthcare_key'), to_regclass('healthcare_audit_block')")
        if not all(cr.fetchone()):
            raise BackupError(f"The Healthcare CRM addon is not installed in {dbname}.")
        cr.connection.commit()
        cr.execute('BEGIN ISOLATION LEVEL REPEATABLE READ')
        # Odoo removes no files meanwhile: for that it needs a lock that this one excludes
        cr.execute('LOCK TABLE ir_attachment IN ROW EXCLUSIVE MODE')
        cr.execute('SELECT pg_export_snapshot()')
        snapshot = cr.fetchone()[0]
        say(f"Describing {dbname}")
        manifest = _describe(cr, dbname, made_at, ring)
        writer.add(MANIFEST, [json.dumps(manifest).encode()])
        say("Dumping the database")
        _add_dump(writer, dbname, snapshot)
        say(f"Adding {manifest['files']:,} files")
        files, unwell = _add_files(writer, cr, dbname)
    if unwell and not incomplete:
        named = ', '.join(name for name, _why in unwell[:MOST_NAMED])
        raise BackupError(
            f"{len(unwell)} files of {dbname} are missing or damaged on disk: {named}"
            f"{' …' if len(unwell) > MOST_NAMED else ''}. Bring them back from an older backup. To "
            "back up the rest meanwhile, add --incomplete."
        )
    writer.add(END, [json.dumps({'files': files, 'unwell': unwell}).encode()])
    return files, unwell


def _describe(cr, dbname, made_at, ring):
    """Return what the archive is of, and what has to be right after it was restored."""
    checks = needed_keys.get_checks(cr)
    if problems := needed_keys.compare(checks, ring):
        raise BackupError(
            f"The keys at hand are not those of {dbname}: {'; '.join(problems)}. Nobody could use "
            f"a backup under them. {keyring.HELP}"
        )
    cr.execute(
        """
        SELECT pg_database_size(oid), datcollate, datctype FROM pg_database
         WHERE datname = current_database()
        """
    )
    size, *locale = cr.fetchone()
    cr.execute(
        """
        SELECT count(*), coalesce(sum(size), 0)
          FROM (SELECT max(file_size) AS size FROM ir_attachment
                 WHERE store_fname IS NOT NULL GROUP BY store_fname) AS files
        """
    )
    files, file_size = cr.fetchone()
    cr.execute("SELECT name, latest_version FROM ir_module_module WHERE state = 'installed'")
    modules = dict(cr.fetchall())
    cr.execute("SELECT bool_or(provolatile = 'i') FROM pg_proc WHERE proname = 'unaccent'")
    unaccent = bool(cr.fetchone()[0])
    audit = chain.read_state(cr)
    return {
        'database': dbname,
        'made_at': _spell(made_at),
        'odoo': release.version,
        'series': release.series,
        'postgres': cr.connection.server_version,
        'modules': modules,
        'keys': checks,
        'size': size,
        'files': files,
        'file_size': int(file_size),
        'locale': locale,
        'unaccent': unaccent,
        'audit': audit,
        'contents': contents.describe(cr),
    }


def _add_dump(writer, dbname, snapshot):
    options = ('--format=custom', '--no-owner', '--no-acl', f'--snapshot={snapshot}', '--dbname')
    with running('pg_dump', *options, dbname, stdout=-1) as process:
        writer.add(DUMP, iter(lambda: process.stdout.read(BLOCK), b''))


def _add_files(writer, cr, dbname):
    """Add every file that the snapshot names; return how many, and which cannot be."""
    folder, count, unwell = Path(config.filestore(dbname)), 0, []
    with cr.connection.cursor('healthcare_backup_files') as rows:
        rows.itersize = 10_000
        rows.execute(
            """
            SELECT store_fname, max(checksum) FROM ir_attachment
             WHERE store_fname IS NOT NULL GROUP BY store_fname ORDER BY store_fname
            """
        )
        for name, checksum in rows:
            digest = hashlib.sha1(usedforsecurity=False)
            try:
                with (folder / name).open('rb') as file:
                    blocks = iter(lambda: file.read(BLOCK), b'')  # noqa: B023 - read at once
                    writer.add(FILES + name, _digested(blocks, digest))
            except FileNotFoundError:
                unwell.append((name, 'missing'))
                continue
            count += 1
            if checksum and digest.hexdigest() != checksum:
                unwell.append((name, 'damaged'))
    return count, unwell


def _digested(blocks, digest):
    for block in blocks:
        digest.update(block)
        yield block


def _spell(moment):
    return moment.isoformat(timespec='seconds')
