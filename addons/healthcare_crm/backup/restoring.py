"""Restoring a backup: verified as a whole beside what is there, which is replaced at the end."""

import json
import os
import shutil
import time
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import psycopg2

from odoo import release
from odoo.modules.module import Manifest
from odoo.modules.neutralize import neutralize_database
from odoo.sql_db import close_db, db_connect
from odoo.tools import config

from ..auditing import anchor, chain
from ..crypto import keyring
from . import archive, contents, filestore, needed_keys, record, server
from .making import BLOCK, DUMP, END, FILES, MANIFEST, MOST_NAMED, spell_error
from .server import BackupError, connected, running

ADDON = 'healthcare_crm'
#: a database that is being restored, and one that was replaced
TEMPORARY, ASIDE = '_restoring', '_before_'
#: of the size on the server, what files and database may take more than was told
SPARE = 1.1
#: of the advisory lock that one restore of a database holds
_LOCK = 0x4843_5253


class Restored(NamedTuple):
    """What was restored.

    :ivar manifest: what the archive says of itself
    :ivar opened: how many sealed values were opened on trial
    :ivar aside: the name that the former database has now, if there was one
    :ivar neutralized: whether it sends nothing
    """

    manifest: dict
    files: int
    opened: int
    aside: str
    neutralized: bool
    seconds: float


def restore(path, dbname, live=False, accept_audit=False, say=print):
    """Put a database and its files back as they are in an archive.

    :param path: of the archive
    :param str dbname: what the restored database is called; the one of that name is kept aside
    :param bool live: let it send messages although it has another name than the original
    :param bool accept_audit: restore it although the audit trail was altered before the backup
    :param say: called with a sentence about each thing done
    :raise BackupError: why nothing was replaced
    :rtype: Restored
    """
    server.check_user()
    started = time.monotonic()
    with _told(), connected('postgres', autocommit=True) as cr:
        if server.is_used(cr, dbname):
            raise BackupError(server.in_use(dbname))
        with _alone(cr, dbname):
            with _verified(cr, path, dbname, accept_audit, say) as found:
                temporary = dbname + TEMPORARY
                neutralized = found.manifest['database'] != dbname and not live
                if neutralized:
                    say("Neutralizing: it has another name than the original")
                    _neutralize(temporary)
                say(f"Putting it in the place of {dbname}")
                aside = _replace(cr, dbname, temporary, found)
            note_journal(dbname, found.manifest['audit'])
    seconds = time.monotonic() - started
    made_at = datetime.fromisoformat(found.manifest['made_at'])
    record.note(dbname, 'restore', made_at, file=Path(path).name, seconds=round(seconds, 1))
    return Restored(found.manifest, found.files, found.opened, aside, neutralized, seconds)


def check(path, dbname, accept_audit=False, say=print):
    """Restore an archive beside the database, compare, and throw the result away.

    What came out is recorded for ``dbname``, if the archive is one of it.

    :raise BackupError: why it cannot be restored
    :rtype: Restored
    """
    server.check_user()
    started, made_at, told_of = time.monotonic(), None, dbname
    try:
        with _told(), connected('postgres', autocommit=True) as cr, _alone(cr, dbname):
            with _verified(cr, path, dbname, accept_audit, say) as found:
                made_at = datetime.fromisoformat(found.manifest['made_at'])
                told_of = found.manifest['database']
    except BackupError as error:
        record.note(
            dbname, 'test', made_at or datetime.now(timezone.utc), str(error), file=Path(path).name
        )
        raise
    seconds = time.monotonic() - started
    if told_of != dbname:
        say(f"Not recorded for {dbname}: it is a backup of {told_of}.")
    else:
        record.note(dbname, 'test', made_at, file=Path(path).name, seconds=round(seconds, 1))
    return Restored(found.manifest, found.files, found.opened, '', False, seconds)


def drop_old(dbname):
    """Drop what restores of a database have kept aside; return the names."""
    server.check_user()
    with _told(), connected('postgres', autocommit=True) as cr:
        names = [name for name in server.get_names(cr, '%') if _is_aside(name, dbname)]
        for name in names:
            server.drop(cr, name)
            filestore.remove(_files_of(name))
    return names


def note_journal(dbname, state):
    """Note in the journal of the audit trail that a database was restored."""
    facts = {name: value for name, value in state.items() if name != 'signature'}
    anchor.Journal(dbname).note('restore', **facts)


# ------------------------------------------------------------ verifying


class _Found(NamedTuple):
    manifest: dict
    files: int
    opened: int
    unwell: list


@contextmanager
def _told():
    """Let every expected error be one with a sentence."""
    try:
        yield
    except (OSError, psycopg2.Error, keyring.KeysMissing) as error:
        raise BackupError(spell_error(error)) from error


@contextmanager
def _alone(cr, dbname):
    """Let nobody else restore this database meanwhile."""
    cr.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK, dbname])
    if not cr.fetchone()[0]:
        raise BackupError(f"Somebody is restoring {dbname} already.")
    yield


@contextmanager
def _verified(cr, path, dbname, accept_audit, say):
    """Yield a :class:`_Found`, while the archive is restored beside ``dbname`` and found good."""
    temporary = dbname + TEMPORARY
    if len((dbname + ASIDE).encode()) + len('20260101_000000') > server.LONGEST_NAME:
        raise BackupError(f"The name {dbname} is too long: a longer one is needed meanwhile.")
    _clear(cr, dbname)
    try:
        yield _restore_beside(cr, path, temporary, accept_audit, say)
    finally:
        _clear(cr, dbname)


def _clear(cr, dbname):
    """Remove what a restore leaves that was interrupted."""
    temporary = dbname + TEMPORARY
    server.drop(cr, temporary)
    filestore.remove(_files_of(temporary))
    anchor.Journal(temporary).forget()
    for folder in _files_of(dbname).parent.glob(f'{dbname}{ASIDE}*'):
        if _is_aside(folder.name, dbname) and not server.exists(cr, folder.name):
            filestore.remove(folder)


def _restore_beside(cr, path, temporary, accept_audit, say):
    folder = _files_of(temporary)
    manifest = end = None
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, 'rb'))
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
        try:
            reader = archive.Reader(file)
            for name, content in reader.entries(_get_key(path, reader.head)):
                if name == MANIFEST:
                    manifest = json.loads(b''.join(content))
                    _check_fit(cr, manifest, folder)
                elif name == DUMP:
                    say(f"Restoring the database of {manifest['made_at']}")
                    complaint = _load(cr, temporary, manifest, content)
                    say(f"Restoring {manifest['files']:,} files")
                elif name.startswith(FILES):
                    _write(folder, name.removeprefix(FILES), content)
                elif name == END:
                    end = json.loads(b''.join(content))
        except archive.Damaged as error:
            raise BackupError(
                f"The archive {path} is damaged: {error}. Take another one; nothing was changed."
            ) from error
    if not manifest or not end:
        raise BackupError(f"The archive {path} is not complete.")
    say("Comparing with what was backed up")
    opened = _compare(temporary, manifest, end, complaint, accept_audit, say)
    return _Found(manifest, end['files'], opened, end['unwell'])


def _get_key(path, head):
    """Return the key of an archive, or say which one is missing, and where to look for it."""
    advice = (
        "The keys are never in a backup: name the file of keys that was kept apart from it as "
        f"{keyring.FILE_VARIABLE}."
    )
    try:
        ring = keyring.get()
    except keyring.KeysMissing as error:
        raise BackupError(f"{error} {advice}") from error
    if head.key not in ring.key_ids:
        raise BackupError(
            f"{path} was made with the key “{head.key}” on {head.made_at[:10]}, and the keys at "
            f"hand are: {', '.join(ring.key_ids)}. {advice}"
        )
    if ring.checks[head.key] != head.check:
        raise BackupError(
            f"{path} was made with another key than the one that is called “{head.key}” here. "
            f"{advice}"
        )
    return ring.backup_key(head.key)


def _check_fit(cr, manifest, folder):
    """Refuse before an hour was spent on it."""
    if problems := needed_keys.compare(manifest['keys'], keyring.get()):
        raise BackupError(
            f"The keys at hand do not open what is in the backup: {'; '.join(problems)}. The keys "
            "are never in a backup: take the file of keys that was kept apart from it."
        )
    if manifest['series'] != release.series:
        raise BackupError(
            f"The backup is of Odoo {manifest['series']}, and this is {release.series}."
        )
    code, stored = _get_version(), manifest['modules'].get(ADDON, '')
    if _parse(stored) > _parse(code):
        raise BackupError(
            f"The backup is of the add-ons {stored}, and these are {code}: install newer ones."
        )
    folder.mkdir(mode=0o700, parents=True)
    needed = {folder: manifest['file_size']}
    data = _get_data_folder(cr)
    if data and os.stat(data).st_dev == os.stat(folder).st_dev:
        needed[folder] += manifest['size']
    elif data:
        needed[data] = manifest['size']
    for place, size in needed.items():
        free = shutil.disk_usage(place).free
        if free < size * SPARE:
            raise BackupError(
                f"There is not enough room on the disk of {place}: {_mega(size * SPARE)} are "
                f"needed, {_mega(free)} are free. Nothing was changed."
            )


def _get_version():
    manifest = Manifest.for_addon(ADDON)
    return manifest.version if manifest else ''


def _parse(version):
    return [int(part) for part in version.split('.') if part.isdigit()]


def _get_data_folder(cr):
    """Return where PostgreSQL keeps its data, if that is on this machine and may be known."""
    cr.execute("SELECT pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')")
    if not cr.fetchone()[0]:
        return None
    cr.execute('SHOW data_directory')
    folder = cr.fetchone()[0]
    return folder if os.path.isdir(folder) else None


def _mega(size):
    return f'{size / 1_000_000:,.0f} MB'


def _load(cr, temporary, manifest, content):
    """Restore the dump; return what pg_restore complained of."""
    server.create(cr, temporary, manifest['locale'])
    if manifest['unaccent']:
        # Odoo changes a function of the extension, which no dump contains
        with connected(temporary) as own:
            own.execute('CREATE EXTENSION unaccent')
            own.execute('ALTER FUNCTION unaccent(text) IMMUTABLE')
    options = ('--no-owner', '--no-acl', '--dbname', temporary)
    with running('pg_restore', *options, stdin=-1, lenient=True) as process:
        for block in content:
            process.stdin.write(block)
    return process.complaint


def _write(folder, name, content):
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BackupError(f"A file in the archive would be written to {path}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'xb', buffering=BLOCK) as file:
        for block in content:
            file.write(block)


def _compare(temporary, manifest, end, complaint, accept_audit, say):
    """Raise unless the restored database is what was backed up; return how many values open."""
    folder = _files_of(temporary)
    with connected(temporary) as cr:
        differences = contents.compare(manifest['contents'], contents.describe(cr))
        differences += _compare_files(cr, folder, end)
        opened, problems = needed_keys.open_samples(
            cr, lambda name: (folder / name).read_bytes() if (folder / name).exists() else b''
        )
    if differences:
        shown = ' '.join([*differences[:MOST_NAMED], complaint and f"pg_restore: {complaint}"])
        raise BackupError(f"What was restored is not what was backed up: {shown}".strip())
    if problems:
        raise BackupError(
            "What was restored cannot be read with the keys at hand: "
            + ' '.join(problems[:MOST_NAMED])
        )
    say(f"Opened {opened} encrypted values")
    problems = chain.note_restore(temporary, manifest['audit'])
    problems = problems or chain.verify(temporary).problems
    close_db(temporary)
    if problems and not accept_audit:
        raise BackupError(
            "The audit trail was altered before the backup was made: "
            f"{' '.join(problems[:MOST_NAMED])} To restore it nevertheless, add --accept-audit."
        )
    with connected(temporary, autocommit=True) as cr:
        cr.execute('ANALYZE')
    return opened


def _compare_files(cr, folder, end):
    missing = {name for name, why in end['unwell'] if why == 'missing'}
    cr.execute("SELECT DISTINCT store_fname FROM ir_attachment WHERE store_fname IS NOT NULL")
    return [
        f"The file {name} is missing."
        for (name,) in cr
        if name not in missing and not (folder / name).is_file()
    ]


# ------------------------------------------------------------ replacing


def _neutralize(temporary):
    with db_connect(temporary).cursor() as cr:
        neutralize_database(cr)
        # links in messages of the original are none of the copy
        cr.execute(
            """
            UPDATE ir_config_parameter SET value = gen_random_uuid()::text
             WHERE key IN ('database.secret', 'database.uuid')
            """
        )
    close_db(temporary)


def _replace(cr, dbname, temporary, found):
    """Let the restored database take its name; return what the former is called now."""
    files, new_files = _files_of(dbname), _files_of(temporary)
    had = server.exists(cr, dbname)
    aside = _name_aside(cr, dbname)
    old_files = _files_of(aside)
    damaged = {name for name, _why in found.unwell}
    try:
        if had:
            filestore.link(files, old_files)
        filestore.merge(new_files, files, keep=damaged)
        server.swap(cr, dbname, temporary, aside)
    except BaseException:
        if had:
            filestore.prune(files, old_files)
            filestore.remove(old_files)
        raise
    filestore.prune(files, new_files)
    return aside if had else ''


def _files_of(dbname):
    return Path(config.filestore(dbname))


def _name_aside(cr, dbname):
    """Return a name for the former database that no other has: two may be restored in a second."""
    moment = datetime.now(timezone.utc)
    while server.exists(cr, name := f'{dbname}{ASIDE}{moment:%Y%m%d_%H%M%S}'):
        moment += timedelta(seconds=1)
    return name


def _is_aside(name, dbname):
    stamp = name.removeprefix(dbname + ASIDE)
    return name != stamp and stamp.replace('_', '').isdigit()
