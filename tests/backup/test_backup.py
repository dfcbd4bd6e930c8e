"""Backups that can be restored, and whatever else is said to be none."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

import psycopg2
import pytest

from odoo import sql_db
from odoo.sql_db import close_db
from odoo.tools import config

from odoo.addons.healthcare_crm.auditing import chain
from odoo.addons.healthcare_crm.backup import (
    archive,
    contents,
    filestore,
    making,
    record,
    restoring,
    server,
)
from odoo.addons.healthcare_crm.backup.server import BackupError
from odoo.addons.healthcare_crm.crypto import keyring

from .small import (
    MARKER,
    TABLES,
    add_file,
    apart,
    empty,
    everything,
    files,
    look,
    names,
    small,
    sql,
)

ROOT = Path(__file__).parents[2]
FIRST_LOOK = '(SELECT min(id) FROM healthcare_audit_event)'


def quiet(_sentence):
    pass


@pytest.fixture(scope='module')
def base(templates):
    with empty(templates[1]) as name:
        yield name


@pytest.fixture
def dbname(base, tmp_path):
    with apart(tmp_path / 'journal'), small(base, 'backup') as name:
        yield name


@pytest.fixture
def made(dbname, tmp_path):
    """An archive of the small database."""
    path = tmp_path / 'archive.backup'
    making.make(dbname, path, say=quiet)
    return path


@pytest.fixture
def changed(dbname, made):
    """What was in the database when the archive was made; much has changed since."""
    before = everything(dbname), files(dbname)
    sql(dbname, "UPDATE ir_config_parameter SET value = 'changed'")
    sql(dbname, 'DELETE FROM ir_attachment WHERE id = 1')
    add_file(dbname, 99, b'came later')
    look(dbname)
    chain.seal(dbname)
    close_db(dbname)
    return before


def restore(path, dbname, **options):
    return restoring.restore(path, dbname, say=quiet, **options)


def refused(match, path, dbname, **options):
    """Nothing is restored, for a reason, and all is as it was."""
    before = everything(dbname), files(dbname), names(f'{dbname}%')
    with pytest.raises(BackupError, match=match) as raised:
        restore(path, dbname, **options)
    assert (everything(dbname), files(dbname), names(f'{dbname}%')) == before
    assert not [name for name in os.listdir(Path(config.filestore(dbname)).parent) if TEMP in name]
    return str(raised.value)


TEMP = f'{os.getpid()}{restoring.TEMPORARY}'

# ---------------------------------------------------------------- what is restored


def test_round_trip(dbname, made, changed):
    later = everything(dbname), files(dbname)
    done = restore(made, dbname)
    assert (everything(dbname), files(dbname)) == changed
    assert (done.files, done.neutralized) == (4, False)
    assert done.opened > 0
    # what was there before is there still, hidden from Odoo
    assert (everything(done.aside), files(done.aside)) == later
    assert sql('postgres', 'SELECT datistemplate FROM pg_database WHERE datname = %s', dbname) == [
        (False,)
    ]
    assert sql(
        'postgres', 'SELECT datistemplate FROM pg_database WHERE datname = %s', done.aside
    ) == [(True,)]
    # the audit knows that it was restored
    assert not chain.verify(dbname).problems
    look(dbname)
    chain.seal(dbname)
    assert not chain.verify(dbname).problems
    assert restoring.drop_old(dbname) == [done.aside]
    assert names(f'{dbname}%') == [dbname]
    assert not Path(config.filestore(done.aside)).exists()


def test_after_a_fire(dbname, made, tmp_path):
    """Nothing is left but the archive and the keys."""
    before = everything(dbname), files(dbname)
    close_db(dbname)
    subprocess.run(['dropdb', '--force', dbname], check=True)
    shutil.rmtree(config.filestore(dbname))
    with apart(tmp_path / 'new'):
        done = restore(made, dbname)
        assert (everything(dbname), files(dbname)) == before
        assert not done.aside
        assert not chain.verify(dbname).problems


def test_check_changes_nothing(dbname, made, changed):
    before = everything(dbname), files(dbname)
    with psycopg2.connect(dbname=dbname):
        done = restoring.check(made, dbname, say=quiet)
    assert done.files == 4
    assert (everything(dbname), files(dbname)) == before
    assert names(f'{dbname}%') == [dbname]


def test_only_what_was_there_at_that_moment(dbname, tmp_path):
    """People go on working while a backup is made."""
    before = everything(dbname), files(dbname)
    add_dump = making._add_dump

    def meanwhile(*args):
        sql(dbname, "INSERT INTO ir_config_parameter (key, value) VALUES ('late', 'late')")
        add_file(dbname, 98, b'late')
        look(dbname)
        add_dump(*args)

    with patch.object(making, '_add_dump', meanwhile):
        making.make(dbname, tmp_path / 'archive', say=quiet)
    close_db(dbname)
    restore(tmp_path / 'archive', dbname)
    assert (everything(dbname), files(dbname)) == before


def test_no_file_is_collected_meanwhile(dbname, tmp_path):
    """Odoo removes files under a lock, which it gives up waiting for."""
    add_files = making._add_files

    def meanwhile(*args):
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            sql(dbname, "SET lock_timeout = '50ms'; LOCK ir_attachment IN SHARE MODE")
        return add_files(*args)

    with patch.object(making, '_add_files', meanwhile):
        making.make(dbname, tmp_path / 'archive', say=quiet)
    sql(dbname, "SET lock_timeout = '50ms'; LOCK ir_attachment IN SHARE MODE")


# ---------------------------------------------------------------- what is in the archive


def test_nothing_is_in_the_clear(dbname, made):
    content = made.read_bytes()
    for word in (MARKER.encode(), b'ir_attachment', b'PGDMP', b'nurse', dbname.encode()):
        assert word not in content
    told = json.loads(Path(os.environ[keyring.FILE_VARIABLE]).read_text(encoding='utf-8'))
    opened = b''.join(
        b''.join(blocks)
        for _name, blocks in archive.Reader(made.open('rb')).entries(
            keyring.get().backup_key(told['active'])
        )
    )
    assert MARKER.encode() in opened
    for secret in (*told['keys'].values(), told['mac']):
        assert secret.encode() not in opened
    assert made.stat().st_mode & 0o777 == 0o600


def test_missing_and_damaged_files(dbname, tmp_path):
    gone = add_file(dbname, 50, b'to be lost')
    gone.unlink()
    add_file(dbname, 51, b'to be damaged').write_bytes(b'damaged')
    path = tmp_path / 'archive'
    with pytest.raises(BackupError, match=f"2 files of .* missing or damaged.*{gone.name}"):
        making.make(dbname, path, say=quiet)
    assert not list(tmp_path.glob('archive*'))
    assert record.get_last(dbname, 'backup')[1]['error']
    done = making.make(dbname, path, incomplete=True, say=quiet)
    assert [why for _name, why in sorted(done.unwell, key=lambda one: one[1])] == [
        'damaged',
        'missing',
    ]
    before = everything(dbname), files(dbname)
    close_db(dbname)
    restore(path, dbname)
    assert (everything(dbname), files(dbname)) == before


def test_never_over_another_archive(dbname, made):
    content = made.read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        making.make(dbname, made, say=quiet)
    assert made.read_bytes() == content


def test_killed_while_it_is_made(dbname, tmp_path):
    path = tmp_path / 'archive'
    assert killed(making, '_add_files', lambda: making.make(dbname, path, say=quiet))
    assert not path.exists()
    making.make(dbname, path, say=quiet)
    assert list(tmp_path.glob('archive*')) == [path]


# ---------------------------------------------------------------- what is refused


def test_damaged_archives(dbname, made, changed, tmp_path):
    whole, chance = made.read_bytes(), random.Random(5)
    for place in (0, 20, 100, *(chance.randrange(len(whole)) for _n in range(4)), len(whole) - 1):
        altered = bytearray(whole)
        altered[place] ^= 1
        path = tmp_path / 'altered'
        path.write_bytes(altered)
        refused("is damaged", path, dbname)
    for length in (0, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused("is damaged", path, dbname)
    refused("cannot be read", tmp_path / 'none', dbname)


def test_wrong_keys(dbname, made, changed, tmp_path):
    told = json.loads(Path(os.environ[keyring.FILE_VARIABLE]).read_text(encoding='utf-8'))
    other = json.loads(keyring.make('other'))
    same = json.loads(keyring.make(told['active']))
    for keys, words in (
        (other, f"made with the key “{told['active']}”.*kept apart"),
        (same, "made with another key.*kept apart"),
        ({**told, 'mac': other['mac']}, "do not open what is in the backup: “mac” is another key"),
    ):
        path = tmp_path / 'keys.json'
        path.unlink(missing_ok=True)
        path.write_text(json.dumps(keys))
        path.chmod(0o600)
        with patch.dict(os.environ, {keyring.FILE_VARIABLE: str(path)}):
            refused(words, made, dbname)
    with patch.dict(os.environ, {keyring.FILE_VARIABLE: str(tmp_path / 'lost')}):
        refused("cannot be read.*kept apart", made, dbname)


def test_database_in_use(dbname, made, changed):
    connection = psycopg2.connect(dbname=dbname)
    refused("in use. Stop Odoo", made, dbname)
    # before anything is read
    refused("in use. Stop Odoo", made.with_name('none'), dbname)
    connection.close()
    # also when somebody came while the archive was being verified
    compare, late = restoring._compare, []

    def come(*args):
        late.append(psycopg2.connect(dbname=dbname))
        return compare(*args)

    with patch.object(restoring, '_compare', come):
        refused("in use. Stop Odoo", made, dbname)
    late[0].close()


def test_not_enough_room(dbname, made, changed):
    usage = namedtuple('usage', 'free')
    with patch.object(restoring.shutil, 'disk_usage', lambda _path: usage(1000)):
        refused("not enough room", made, dbname)


def test_one_at_a_time(dbname, made, changed):
    with server.connected('postgres', autocommit=True) as cr, restoring._alone(cr, dbname):
        refused("is restoring", made, dbname)


def test_other_versions(dbname, made, changed):
    for name, value in (('_get_version', '19.0.1.0.0'), ('_get_version', '')):
        with patch.object(restoring, name, lambda value=value: value):
            refused("install newer ones", made, dbname)
    with patch.object(restoring.release, 'series', '20.0'):
        refused("is of Odoo 19.0", made, dbname)


def test_swap_that_fails(dbname, made, changed):
    with patch.object(server, 'swap', side_effect=BackupError("no")):
        refused("no", made, dbname)


def test_two_in_a_second(dbname, made, changed):
    with patch.object(restoring, 'datetime', wraps=datetime) as clock:
        clock.now.return_value = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        for _time in range(2):
            restore(made, dbname)
            close_db(dbname)
    asides = [f'{dbname}_before_20260102_03040{second}' for second in (5, 6)]
    assert names(f'{dbname}_before%') == asides
    for name in asides:
        assert files(name)


# ---------------------------------------------------------------- planted faults


def plant(dbname, path, **patched):
    """Make an archive with something wrong in it."""
    with ExitStack() as stack:
        for name, by in patched.items():
            stack.enter_context(patch.object(making, name, by))
        making.make(dbname, path, say=quiet)
    close_db(dbname)


@pytest.mark.parametrize('table', [f'public.{table}' for table in TABLES[:2]])
def test_digest_that_is_not_that_of_the_rows(dbname, tmp_path, table):
    describe = making._describe

    def altered(*args):
        manifest = describe(*args)
        rows, digest = manifest['contents']['tables'][table]
        manifest['contents']['tables'][table] = [rows, digest[:-1] + '08'['8' != digest[-1]]]
        return manifest

    plant(dbname, tmp_path / 'planted', _describe=altered)
    refused(f"Rows of the table {table}", tmp_path / 'planted', dbname)


def test_dump_of_another_moment(dbname, tmp_path):
    """Without the snapshot, the dump would have what came meanwhile."""
    add_dump = making._add_dump

    def late(writer, dbname, _snapshot):
        sql(dbname, "INSERT INTO ir_config_parameter (key, value) VALUES ('late', 'late')")
        with server.connected(dbname) as cr:
            cr.execute('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot()')
            add_dump(writer, dbname, cr.fetchone()[0])

    plant(dbname, tmp_path / 'planted', _add_dump=late)
    refused("ir_config_parameter has", tmp_path / 'planted', dbname)


def test_file_that_was_left_out(dbname, tmp_path):
    def add(writer, cr, dbname):
        folder = Path(config.filestore(dbname))
        for name, content in sorted(files(dbname).items())[1:]:
            assert (folder / name).exists()
            writer.add(making.FILES + name, [content])
        return 3, []

    plant(dbname, tmp_path / 'planted', _add_files=add)
    refused("The file .* is missing", tmp_path / 'planted', dbname)


def test_value_that_does_not_open(dbname, tmp_path):
    sql(dbname, 'UPDATE healthcare_patient_identifier SET id = 8')
    plant(dbname, tmp_path / 'planted')
    refused("cannot be read with the keys", tmp_path / 'planted', dbname)


def test_audit_that_was_altered_before(dbname, tmp_path):
    sql(dbname, f"UPDATE healthcare_audit_event SET login = 'x' WHERE id = {FIRST_LOOK}")
    path = tmp_path / 'planted'
    plant(dbname, path)
    refused("audit trail was altered before.*--accept-audit", path, dbname)
    restore(path, dbname, accept_audit=True)
    assert chain.verify(dbname).problems


def test_archive_of_a_file_outside(dbname, tmp_path):
    def add(writer, _cr, _dbname):
        writer.add(making.FILES + '../../planted', [b'x'])
        return 1, []

    plant(dbname, tmp_path / 'planted', _add_files=add)
    refused("would be written to", tmp_path / 'planted', dbname)


def test_every_difference_is_told(dbname):
    with server.connected(dbname) as cr:
        told = contents.describe(cr)
    assert contents.compare(told, told) == []
    for statement, words in (
        ("UPDATE ir_attachment SET name = 'x' WHERE id = 1", "Rows of the table"),
        ("DELETE FROM ir_attachment WHERE id = 1", "has 3 rows instead of 4"),
        ("DROP TABLE healthcare_audit_block", "healthcare_audit_block is missing"),
        ("CREATE TABLE more (id int)", "more is new"),
        ("CREATE INDEX more ON ir_attachment (name)", "New: relation i public.more"),
        ("SELECT setval('healthcare_audit_event_id_seq', 1)", "sequence .* is not at"),
        ("ALTER TABLE ir_attachment ADD CHECK (id > 0)", "New: constraint"),
    ):
        with server.connected(dbname) as cr:
            cr.execute(statement)
            differences = contents.compare(told, contents.describe(cr))
            cr.connection.rollback()
            if 'setval' in statement:
                cr.execute("SELECT setval('healthcare_audit_event_id_seq', 6)")
        assert re.search(words, ' '.join(differences)), (statement, differences)


# ---------------------------------------------------------------- killed


def killed(module, function, call, after=False):
    """Make a call in a process of its own that is killed when it comes to a function.

    :param bool after: killed when the function has done its work
    :return: whether it came that far
    """
    original = getattr(module, function)

    def die(*args, **options):
        if after:
            original(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        # psycopg2 does not close a connection that another process opened
        sql_db._Pool._connections.clear()
        with patch.object(module, function, die):
            call()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


@pytest.mark.parametrize(
    ('module', 'function', 'after', 'new'),
    [
        (restoring, '_load', True, False),
        (restoring, '_compare', True, False),
        (filestore, 'link', True, False),
        (filestore, 'merge', True, False),
        (server, 'swap', False, False),
        (server, 'swap', True, True),
        (filestore, 'prune', True, True),
    ],
)
def test_killed_anywhere(dbname, made, changed, module, function, after, new):
    """The database under its name is the former, or the restored one, with all of its files."""
    former = everything(dbname), files(dbname)
    assert killed(module, function, lambda: restore(made, dbname), after)
    rows, kept = changed if new else former
    assert everything(dbname) == rows
    assert kept.items() <= files(dbname).items()
    for name in names(f'{dbname}_before%'):
        assert (everything(name), files(name)) == former
    close_db(dbname)
    restore(made, dbname)
    assert (everything(dbname), files(dbname)) == changed
    assert not names(f'{dbname}_restoring')


def test_killed_at_any_moment(dbname, made, changed):
    former, chance = (everything(dbname), files(dbname)), random.Random(11)
    command = [sys.executable, '-m', 'odoo', 'healthcare_restore', str(made), '-d', dbname]
    for _kill in range(4):
        process = subprocess.Popen(
            command,
            env={**os.environ, 'ODOO_RC': config['config']},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        # it has begun to restore
        process.stdout.readline()
        time.sleep(chance.random() * 0.6)
        process.kill()
        process.stdout.close()
        process.wait()
        state = everything(dbname)
        assert state in (former[0], changed[0])
        assert names(dbname) == [dbname]
        if state == former[0]:
            assert former[1].items() <= files(dbname).items()


# ---------------------------------------------------------------- the files


def test_merged_files_replace_what_was_damaged(tmp_path):
    old, new, aside = (tmp_path / name for name in ('old', 'new', 'aside'))
    for folder, written in ((old, {'a': b'bad', 'b': b'b'}), (new, {'a': b'a', 'c': b'c'})):
        for name, content in written.items():
            (folder / 'x').mkdir(parents=True, exist_ok=True)
            (folder / 'x' / name).write_bytes(content)
    filestore.link(old, aside)
    for refuses_links in (True, False):
        with patch.object(os, 'link', side_effect=OSError if refuses_links else None):
            if refuses_links:
                filestore.merge(new, old, keep={'x/a'})
                assert (old / 'x/a').read_bytes() == b'bad'
    filestore.merge(new, old)
    assert {path.name: path.read_bytes() for path in (old / 'x').iterdir()} == {
        'a': b'a',
        'b': b'b',
        'c': b'c',
    }
    filestore.prune(old, new)
    assert sorted(path.name for path in (old / 'x').iterdir()) == ['a', 'c']
    assert (aside / 'x/a').read_bytes() == b'bad'


# ---------------------------------------------------------------- what is recorded


def test_record(dbname, made, tmp_path):
    good, failed = record.get_last(dbname, 'backup')
    assert (good['file'], failed) == ('archive.backup', None)
    assert datetime.now(timezone.utc) - good['at'] < timedelta(minutes=10)
    assert record.get_last(dbname, 'test') == (None, None)
    restoring.check(made, dbname, say=quiet)
    assert record.get_last(dbname, 'test')[0]
    broken = tmp_path / 'broken'
    broken.write_bytes(made.read_bytes()[:-1])
    with pytest.raises(BackupError):
        restoring.check(broken, dbname, say=quiet)
    good, failed = record.get_last(dbname, 'test')
    assert good
    assert "damaged" in failed['error']
    # a line that was cut short says nothing
    with (record.get_folder() / f'{dbname}.jsonl').open('a') as file:
        file.write('{"kind": "test", "at": "20')
    assert record.get_last(dbname, 'test') == (good, failed)


def test_backup_of_another_database_proves_nothing(base, dbname, made):
    with small(base, 'other') as other:
        restoring.check(made, other, say=quiet)
        assert record.get_last(other, 'test') == (None, None)
