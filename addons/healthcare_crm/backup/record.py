"""When backups were made and restored on trial: kept in the data folder, outside the database.

So a database that was restored tells of the same backups as before, and nothing in it differs from
what was backed up.
"""

import json
import os
from datetime import datetime, timezone
from pathlib import Path

from odoo.tools import config

#: what is recorded: an archive made; one restored on trial; one restored in earnest
KINDS = ('backup', 'test', 'restore')


def get_folder():
    """Return where the record is, and archives that nobody gave another place."""
    return Path(config['data_dir']) / 'healthcare_backup'


def note(dbname, kind, made_at, error='', **facts):
    """Record what was done, or that it failed.

    :param str kind: one of :data:`KINDS`
    :param datetime made_at: the moment that the archive goes back to
    :param str error: why it failed
    """
    folder = get_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = {'kind': kind, 'at': _spell(datetime.now(timezone.utc)), 'made_at': _spell(made_at)}
    line = json.dumps({**told, 'error': error, **facts}) + '\n'
    handle = os.open(_path(dbname), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read(dbname):
    """Return what was recorded of a database, in the order of time, without lines cut short."""
    try:
        lines = _path(dbname).read_text(encoding='utf-8').splitlines()
    except FileNotFoundError:
        return []
    told = []
    for line in lines:
        try:
            one = json.loads(line)
            one['at'], one['made_at'] = (
                datetime.fromisoformat(one[name]) for name in ('at', 'made_at')
            )
            told.append(one)
        except (KeyError, TypeError, ValueError):
            continue
    return told


def get_last(dbname, *kinds):
    """Return ``(the last that went well, the last that failed since)``, each a dict or ``None``."""
    good = failed = None
    for one in read(dbname):
        if one['kind'] in kinds:
            good, failed = (good, one) if one['error'] else (one, None)
    return good, failed


def _path(dbname):
    return get_folder() / f'{dbname}.jsonl'


def _spell(moment):
    return moment.astimezone(timezone.utc).isoformat(timespec='seconds')
