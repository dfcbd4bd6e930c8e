"""The journal outside the database: what was written, sealed and restored, line by line."""

import json
import os
import re
import socket
from datetime import datetime, timedelta, timezone
from pathlib import Path

from odoo.tools import config

from . import keys

_HOUR = '%Y%m%dT%H'
SIGNATURE = 24  # digits
KEPT_HOURS = 48  # of lines about rows; those about blocks stay for ever


def get_directory():
    """Return where the journals are kept."""
    named = os.environ.get('HEALTHCARE_AUDIT_ANCHOR') or config.get('healthcare_audit_anchor')
    return Path(named or Path(config['data_dir']) / 'healthcare_audit')


class Journal:
    """What this machine notes of the audit of one database; only ever appended to.

    ``<database>.<host>.blocks`` says what was sealed, pruned and restored, for ever.
    ``<database>.<host>.<hour>.rows`` says which rows were written, until they are long sealed.
    """

    def __init__(self, dbname):
        self._directory = get_directory()
        self._name = f"{dbname}.{re.sub(r'[^A-Za-z0-9-]', '-', socket.gethostname())}"
        self._dbname = dbname

    def wrote(self, ids, macs):
        """Note which rows were written."""
        now = datetime.now(timezone.utc)
        self._append(
            self._directory / f'{self._name}.{now:{_HOUR}}.rows',
            {
                'at': now.isoformat(timespec='microseconds'),
                'ids': ids,
                'macs': [mac[:12].hex() for mac in macs],
            },
        )

    def note(self, kind, **facts):
        """Note for ever what was done: ``seal``, ``prune`` or ``restore``."""
        at = datetime.now(timezone.utc).isoformat(timespec='microseconds')
        path = self._directory / f'{self._name}.blocks'
        self._append(path, {'kind': kind, 'at': at, **facts}, sync=True)

    def read_rows(self, since):
        """Yield ``(ids, beginnings of their MACs)`` as all machines noted them that keep their
        journal here.

        :param datetime since: lines of earlier hours are left out
        :raise ValueError: a line is not as it was written
        """
        oldest = f'{since - timedelta(hours=1):{_HOUR}}'  # clocks differ
        restored = [note['at'] for note in self.read_notes() if note['kind'] == 'restore']
        for path in sorted(self._directory.glob(f'{self._dbname}.*.rows')):
            if path.name.split('.')[-2] < oldest:
                continue
            for line in self._read(path):
                if not restored or line['at'] > restored[-1]:
                    yield line['ids'], [bytes.fromhex(mac) for mac in line['macs']]

    def read_notes(self):
        """Return what was noted for ever, in the order of time.

        :raise ValueError: a line is not as it was written
        """
        notes = [
            note
            for path in self._directory.glob(f'{self._dbname}.*.blocks')
            for note in self._read(path)
        ]
        return sorted(notes, key=lambda note: note['at'])

    def forget_rows(self):
        """Drop this machine's lines about rows of hours long sealed."""
        oldest = f'{datetime.now(timezone.utc) - timedelta(hours=KEPT_HOURS):{_HOUR}}'
        for path in self._directory.glob(f'{self._name}.*.rows'):
            if path.name.split('.')[-2] < oldest:
                path.unlink(missing_ok=True)

    def forget(self):
        """Drop all that this machine noted, of a database that is gone."""
        for path in self._directory.glob(f'{self._name}.*'):
            path.unlink(missing_ok=True)

    def _append(self, path, facts, sync=False):
        plain = json.dumps(facts, separators=(',', ':'))
        line = f'{plain}\t{_sign(plain)}\n'.encode()
        try:
            handle = self._open(path)
        except FileNotFoundError:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = self._open(path)
        try:
            if os.write(handle, line) != len(line):
                raise OSError(f"{path} took only a part of a line")
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)

    def _open(self, path):
        # appending is atomic, whatever number of processes do so
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _read(self, path):
        with path.open(encoding='utf-8') as file:
            for number, line in enumerate(file, 1):
                plain, _, signature = line.rstrip('\n').partition('\t')
                if not _is_signed(plain, signature):
                    raise ValueError(f"line {number} of {path} is not as it was written")
                yield json.loads(plain)


def _sign(plain):
    return keys.mac('audit.journal', plain.encode()).hex()[:SIGNATURE]


def _is_signed(plain, signature):
    try:
        at = datetime.fromisoformat(json.loads(plain)['at']).replace(tzinfo=None)
        mac = bytes.fromhex(signature)
    except (ValueError, KeyError, TypeError):
        return False
    return keys.verify('audit.journal', plain.encode(), mac, at, SIGNATURE // 2)
