"""Rows of the audit, and the transaction of their own in which they are written."""

import json
from datetime import datetime, timezone
from typing import NamedTuple

from . import anchor, keys, lane

TABLE = 'healthcare_audit_event'
# Shared by those who write rows, so that who seals them knows which are still under way.
WRITERS_LOCK = 0x6175_6469
MOST_IDS = 10_000  # in one row

_BEGIN = f"""
    SELECT pg_advisory_xact_lock_shared({WRITERS_LOCK});
    SELECT nextval('{TABLE}_id_seq') FROM generate_series(1, %s)
"""
_COLUMNS = (
    'id',
    'recorded_at',
    'user_id',
    'login',
    'roles',
    'company_id',
    'action',
    'model',
    'field_names',
    'record_ids',
    'patients',
    'patient_count',
    'purpose',
    'detail',
    'ip',
    'route',
    'session',
    'break_glass_id',
)
SELECT_COLUMNS = ', '.join(_COLUMNS)


class Event(NamedTuple):
    """One look at, or change of, data of patients. Only names of fields, never their values."""

    user_id: int
    login: str
    roles: str
    company_id: int | None
    action: str
    model: str
    field_names: str
    record_ids: tuple
    patients: tuple
    purpose: str = ''
    detail: str = ''
    ip: str = ''
    route: str = ''
    session: str = ''
    break_glass_id: int | None = None

    def split(self):
        """Return this event as several, none with more than ``MOST_IDS`` records or patients."""
        most = max(len(self.record_ids), len(self.patients))
        for start in range(0, max(most, 1), MOST_IDS):
            part = slice(start, start + MOST_IDS)
            yield self._replace(record_ids=self.record_ids[part], patients=self.patients[part])


def mac_of(row):
    """Return the keyed MAC over all that a row says.

    :param tuple row: its columns in the order of ``SELECT_COLUMNS``
    """
    return keys.mac('audit', _plain(row))


def is_signed(row, mac):
    """Tell whether a MAC is that of a row, signed when the row says."""
    return keys.verify('audit', _plain(row), mac, row[1])


def _plain(row):
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in row]
    return json.dumps(plain, separators=(',', ':')).encode()


def write(dbname, events, now=None, cr=None):
    """Write events in one transaction of their own, and what was written into the journal.

    :param datetime now: when it happened, the present by default
    :param cr: the cursor of an installation under way, whose table nobody else sees yet; it writes
        no journal, as it may fail as a whole
    :return: the ids of the rows
    """
    events = [part for event in events for part in event.split()]
    now = now or datetime.now(timezone.utc).replace(tzinfo=None)
    if cr:
        return _insert(cr, events, now)[0]
    with lane.borrow(dbname) as own_cr:
        # one way to the server for several statements
        ids, macs = _insert(own_cr, events, now, 'BEGIN;', '; COMMIT')
    anchor.Journal(dbname).wrote(ids, macs)
    return ids


def _insert(cr, events, now, before='', after=''):
    cr.execute(before + _BEGIN, [len(events)])
    ids = [id_ for (id_,) in cr.fetchall()]
    rows = [_make_row(id_, now, event) for id_, event in zip(ids, events, strict=True)]
    macs = [mac_of(row) for row in rows]
    one = f"({', '.join(['%s'] * (len(_COLUMNS) + 1))})"
    values = []
    for row, mac in zip(rows, macs, strict=True):
        # arrays as PostgreSQL spells them: half the work of one parameter for each number
        values += [_spell_ids(value) if isinstance(value, list) else value for value in row]
        values.append(mac)
    cr.execute(
        f"INSERT INTO {TABLE} ({SELECT_COLUMNS}, mac) VALUES {', '.join([one] * len(rows))}{after}",
        values,
    )
    return ids, macs


def _spell_ids(ids):
    return '{' + ','.join(map(str, ids)) + '}'


def _make_row(id_, now, event):
    return (
        id_,
        now,
        event.user_id,
        event.login or '',
        event.roles,
        event.company_id,
        event.action,
        event.model,
        event.field_names,
        list(event.record_ids),
        list(event.patients),
        len(event.patients),
        event.purpose or '',
        event.detail or '',
        event.ip or '',
        event.route or '',
        event.session or '',
        event.break_glass_id,
    )
