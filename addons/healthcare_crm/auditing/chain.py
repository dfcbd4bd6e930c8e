"""The keyed chain of blocks that audit rows are sealed in, and what finds that one was altered."""

import json
import time
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import NamedTuple

from odoo.sql_db import db_connect
from odoo.tools import groupby

from . import keys
from .anchor import Journal
from .events import SELECT_COLUMNS, WRITERS_LOCK, is_signed

BLOCK_ROWS = 10_000
SEALERS_LOCK = WRITERS_LOCK + 1
MOST_NAMED = 20  # rows in one sentence
PATIENCE = 25  # seconds for those who are writing; their transactions may not take so long
_PAGE = 5_000
_ROWS = f"""
    SELECT {SELECT_COLUMNS}, mac FROM healthcare_audit_event
     WHERE id >= %s AND (%s IS NULL OR id <= %s) ORDER BY id LIMIT {_PAGE}
"""


class ChainError(Exception):
    """The chain cannot be continued; the message says why."""


class Block(NamedTuple):
    """One link of the chain: it seals rows, or says which of a block's rows were kept.

    :ivar kind: ``seal``, or ``prune`` when the retention run took rows out of the block
    :ivar missing: ids of rows the journal knows which were gone before they could be sealed
    """

    number: int
    kind: str
    first_id: int
    last_id: int
    row_count: int
    missing: list
    root: bytes
    previous: bytes
    sealed_at: datetime
    seal: bytes = b''

    def sign(self):
        """Return the keyed seal over all that this link says, its predecessor's included."""
        return keys.mac('audit.block', self._plain())

    def is_signed(self):
        """Tell whether the seal is that of this link, made when it says."""
        return keys.verify('audit.block', self._plain(), self.seal, self.sealed_at)

    def _plain(self):
        plain = [
            value.hex()
            if isinstance(value, bytes)
            else value.isoformat()
            if isinstance(value, datetime)
            else value
            for value in self[:-1]
        ]
        return json.dumps(plain).encode()


_BLOCK_COLUMNS = ', '.join(Block._fields)


class Report(NamedTuple):
    """What a verification found.

    :ivar problems: sentences, none if all is as it was written
    """

    problems: list
    rows: int = 0
    blocks: int = 0
    unsealed: int = 0


# ------------------------------------------------------------ sealing


def seal(dbname):
    """Seal what was written since the last block, and note it in the journal.

    Nobody who writes rows waits for it. Rows may be committed in another order than that of their
    ids; so it seals those up to an id below which nobody is writing any more.

    :return: the blocks made
    """
    with db_connect(dbname).cursor() as cr:
        upto = _settled(cr)
    with db_connect(dbname).cursor() as cr:
        if not _is_alone(cr):
            return []
        blocks, previous = [], _last_block(cr)
        since = previous.sealed_at if previous else datetime.min.replace(year=2000)
        start = _last_sealed(cr) + 1
        noted = _noted_rows(dbname, since, start, upto)
        rows = _digests(cr, start, upto)
        for chunk in range(0, len(rows), BLOCK_ROWS):
            part = rows[chunk : chunk + BLOCK_ROWS]
            first = start if not blocks else blocks[-1].last_id + 1
            last = upto if chunk + BLOCK_ROWS >= len(rows) else part[-1][0]
            present = {id_: mac[:12] for id_, mac in part}
            missing = sorted(
                id_ for id_, mac in noted if first <= id_ <= last and present.get(id_) != mac
            )
            previous = _append(
                cr, previous, 'seal', first, last, len(part), missing, _root_of(part)
            )
            blocks.append(previous)
        if noted and not rows:
            previous = _append(
                cr, previous, 'seal', start, upto, 0, [id_ for id_, _mac in noted], _root_of([])
            )
            blocks.append(previous)
    journal = Journal(dbname)
    for block in blocks:
        _note(journal, block)
    journal.forget_rows()
    return blocks


def prune(dbname, before, keep):
    """Take out the rows recorded before a moment, and seal what stays of their blocks.

    :param datetime before: older rows go
    :param keep: SQL over the table ``event``, true for rows that stay nevertheless
    :return: ``(number of rows taken out, problems)``; altered blocks are left alone
    """
    made, gone, problems = [], 0, []
    with db_connect(dbname).cursor() as cr:
        if not _is_alone(cr):
            return 0, []
        previous = _last_block(cr)
        for block in _effective(_read_blocks(cr)):
            if not block.row_count:
                continue
            rows = _digests(cr, block.first_id, block.last_id)
            if not rows:
                problems.append(_differs(block, rows))
                continue
            cr.execute(
                "SELECT recorded_at < %s FROM healthcare_audit_event WHERE id = %s",
                [before, rows[0][0]],
            )
            if not cr.fetchone()[0] and block.sealed_at >= before + timedelta(days=1):
                break  # so are all that follow
            if _root_of(rows) != block.root:
                problems.append(_differs(block, rows))
                continue
            cr.execute(
                f"""
                    DELETE FROM healthcare_audit_event event
                     WHERE id BETWEEN %s AND %s AND recorded_at < %s AND NOT ({keep})
                 RETURNING id
                """,
                [block.first_id, block.last_id, before],
            )
            taken = {id_ for (id_,) in cr.fetchall()}
            if taken:
                rows = [row for row in rows if row[0] not in taken]
                previous = _append(
                    cr,
                    previous,
                    'prune',
                    block.first_id,
                    block.last_id,
                    len(rows),
                    block.missing,
                    _root_of(rows),
                )
                made.append(previous)
                gone += len(taken)
    for block in made:
        _note(Journal(dbname), block)
    return gone, problems


def _settled(cr):
    """Return an id up to which nobody is writing rows any more."""
    cr.execute("SELECT last_value, is_called FROM healthcare_audit_event_id_seq")
    last, is_called = cr.fetchone()
    waiting = _writers(cr)  # afterwards: whoever took such an id has the lock before
    until = time.monotonic() + PATIENCE
    while waiting := waiting & _writers(cr):
        if time.monotonic() > until:
            raise ChainError("Somebody has been writing to the audit for too long.")
        time.sleep(0.05)
    return last if is_called else 0


def _writers(cr):
    cr.execute(
        """
            SELECT virtualtransaction FROM pg_locks
             WHERE locktype = 'advisory' AND objid = %s AND mode = 'ShareLock'
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """,
        [WRITERS_LOCK],
    )
    return {transaction for (transaction,) in cr.fetchall()}


def _is_alone(cr):
    cr.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALERS_LOCK])
    return cr.fetchone()[0]


def _append(cr, previous, kind, first_id, last_id, row_count, missing, root):
    block = Block(
        number=previous.number + 1 if previous else 1,
        kind=kind,
        first_id=first_id,
        last_id=last_id,
        row_count=row_count,
        missing=missing,
        root=root,
        previous=previous.seal if previous else b'',
        sealed_at=datetime.now(timezone.utc).replace(tzinfo=None),
    )
    block = block._replace(seal=block.sign())
    cr.execute(f"INSERT INTO healthcare_audit_block ({_BLOCK_COLUMNS}) VALUES %s", [tuple(block)])
    return block


def _note(journal, block):
    journal.note(block.kind, number=block.number, last_id=block.last_id, seal=block.seal.hex())


# ------------------------------------------------------------ verifying


def verify(dbname, share=None):
    """Compare the audit with its seals and with the journal.

    :param share: an hour of the day, to look into the blocks of the last day and a 24th of the
        others only; the chain, the journal and what is not sealed yet are always looked at
    :rtype: Report
    """
    with db_connect(dbname).cursor() as cr:
        blocks = _read_blocks(cr)
        problems = _verify_chain(blocks)
        rows = 0
        recent = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=1)
        for block in _effective(blocks):
            if share is None or block.sealed_at > recent or block.number % 24 == share:
                found, altered = _read_rows(cr, block.first_id, block.last_id)
                rows += len(found)
                if altered or _root_of(found) != block.root:
                    problems.append(_differs(block, found, altered))
            if block.missing:
                problems.append(
                    f"{_some(block.missing)}: deleted or altered before block {block.number} was"
                    f" sealed on {block.sealed_at:%Y-%m-%d at %H:%M} UTC."
                )
        sealed = _last_sealed(cr)
        cr.execute("SELECT id FROM healthcare_audit_event WHERE id < 1 ORDER BY id LIMIT 20")
        if before := [id_ for (id_,) in cr.fetchall()]:
            problems.append(f"{_some(before)}: inserted from outside.")
        tail, altered = _read_rows(cr, sealed + 1, None)
    if altered:
        problems.append(f"{_some(altered)}: altered or inserted, not sealed yet.")
    since = blocks[-1].sealed_at if blocks else datetime.min.replace(year=2000)
    try:
        problems += _verify_tail(dbname, since, sealed, tail)
        problems += _verify_notes(Journal(dbname).read_notes(), blocks)
    except ValueError as error:
        problems.append(f"The journal was altered: {error}.")
    return Report(problems, rows + len(tail), len(blocks), len(tail))


def _verify_chain(blocks):
    problems, previous, last = [], None, 0
    for block in blocks:
        number = previous.number + 1 if previous else 1
        if block.number != number:
            problems.append(f"{_numbers('Block', range(number, block.number))}: missing.")
        elif block.previous != (previous.seal if previous else b''):
            problems.append(f"Block {block.number}: it does not follow the block before it.")
        if not block.is_signed():
            problems.append(f"Block {block.number}: altered or inserted.")
        if block.kind == 'seal':
            if block.first_id != last + 1:
                problems.append(f"Block {block.number}: rows before it are in no block.")
            last = block.last_id
        previous = block
    return problems


def _verify_tail(dbname, since, sealed, tail):
    present = {id_: mac[:12] for id_, mac in tail}
    noted = _noted_rows(dbname, since, sealed + 1, None)
    missing = {id_ for id_, mac in noted if present.get(id_) != mac}
    return [f"{_some(missing)}: deleted or replaced, not sealed yet."] if missing else []


def _verify_notes(notes, blocks):
    """Compare the blocks with what was noted outside the database, where nobody can delete it."""
    noted = {}
    for note in notes:
        if note['kind'] == 'restore':
            # what was sealed after the moment that was gone back to is gone, and known to be
            noted = {number: seal for number, seal in noted.items() if number <= note['number']}
        else:
            noted[note['number']] = note['seal']
    sealed = {block.number: block.seal.hex() for block in blocks}
    if blocks and not notes:
        return ["The journal knows nothing of this database: it was moved, or deleted."]
    lost = sorted(number for number in noted if number not in sealed)
    changed = sorted(number for number, seal in noted.items() if sealed.get(number, seal) != seal)
    problems = []
    if lost:
        problems.append(
            f"{_numbers('Block', lost)}: gone, though the journal has it noted. If an older dump"
            " was restored, say so: script/odoo healthcare-audit restored."
        )
    if changed:
        problems.append(f"{_numbers('Block', changed)}: not as it was noted in the journal.")
    return problems


def _differs(block, rows, altered=()):
    """Say what is wrong with a block."""
    when = f"sealed on {block.sealed_at:%Y-%m-%d at %H:%M} UTC"
    parts = []
    if altered:
        parts.append(f"{_some(altered)} altered or inserted")
    if len(rows) < block.row_count:
        present = {id_ for id_, _mac in rows}
        absent = (id_ for id_ in range(block.first_id, block.last_id + 1) if id_ not in present)
        named = [id_ for _count, id_ in zip(range(MOST_NAMED), absent, strict=False)]
        parts.append(f"{block.row_count - len(rows)} deleted, among {_some(named)}")
    elif len(rows) > block.row_count:
        parts.append(f"{len(rows) - block.row_count} more than were sealed")
    if not parts:
        parts.append("rows are not those that were sealed")
    return (
        f"Block {block.number} (rows {block.first_id}-{block.last_id}, {when}): {'; '.join(parts)}."
    )


def _some(ids):
    return _numbers('Row', ids)


def _numbers(noun, numbers):
    """Write numbers as ``Rows 3-5, 9``."""
    numbers = sorted(numbers)
    runs = []
    for _offset, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _index, number in run]
        runs.append(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]))
    more = f" and {len(runs) - MOST_NAMED} more" if len(runs) > MOST_NAMED else ""
    return f"{noun}{'s' if len(numbers) > 1 else ''} {', '.join(runs[:MOST_NAMED])}{more}"


# ------------------------------------------------------------ dumps


def get_state(dbname):
    """Return how far the audit is, signed, for the manifest of a backup."""
    with db_connect(dbname).cursor() as cr:
        return read_state(cr)


def read_state(cr):
    """Return what :func:`get_state` does, as the transaction of a cursor sees it."""
    state = _state(cr)
    return {**state, 'signature': _sign_state(state)}


def note_restore(dbname, state=None):
    """Note in the journal that a dump was restored, so that what came after is not missed.

    :param dict state: what :func:`get_state` said when the dump was made, if that is known
    :return: problems; with any, the dump was altered, and nothing is noted
    """
    with db_connect(dbname).cursor() as cr:
        current = _state(cr)
        problems = _verify_chain(_read_blocks(cr))
    if state is not None:
        told = {name: value for name, value in state.items() if name != 'signature'}
        if not _is_signed_state(told, state.get('signature')):
            problems.append("What the backup says of its audit was altered.")
        elif told != current:
            problems.append(
                f"The dump was altered: its audit has {current['rows']} rows and"
                f" {current['number']} blocks; when it was made there were {told['rows']} and"
                f" {told['number']}."
            )
    else:
        problems += _verify_past(dbname, current)
    if not problems:
        Journal(dbname).note('restore', **current)
    return problems


def _verify_past(dbname, current):
    """Without a manifest, the journal tells whether the audit ever was as it is now."""
    past = [note for note in Journal(dbname).read_notes() if note['kind'] != 'restore']
    known = {(note['number'], note['seal']) for note in past}
    if current['number'] and past and (current['number'], current['seal']) not in known:
        return ["The dump's last block is none that the journal knows."]
    return []


def _state(cr):
    last = _last_block(cr)
    cr.execute("SELECT count(*), coalesce(max(id), 0) FROM healthcare_audit_event")
    rows, last_id = cr.fetchone()
    return {
        'number': last.number if last else 0,
        'seal': last.seal.hex() if last else '',
        'rows': rows,
        'last_id': last_id,
    }


def _sign_state(state):
    return keys.mac('audit.state', json.dumps(state, sort_keys=True).encode()).hex()


def _is_signed_state(state, signature):
    plain = json.dumps(state, sort_keys=True).encode()
    return keys.verify_hex('audit.state', plain, signature)


# ------------------------------------------------------------ reading


def _read_blocks(cr, since=0):
    cr.execute(
        f"SELECT {_BLOCK_COLUMNS} FROM healthcare_audit_block WHERE number >= %s ORDER BY number",
        [since],
    )
    return [
        Block(*(bytes(value) if isinstance(value, memoryview) else value for value in row))
        for row in cr.fetchall()
    ]


def _last_block(cr):
    cr.execute("SELECT coalesce(max(number), 0) FROM healthcare_audit_block")
    blocks = _read_blocks(cr, since=cr.fetchone()[0])
    return blocks[0] if blocks else None


def _last_sealed(cr):
    cr.execute("SELECT coalesce(max(last_id), 0) FROM healthcare_audit_block")
    return cr.fetchone()[0]


def _effective(blocks):
    """Return for each sealed range what was last said of it, in the order of rows."""
    last = {(block.first_id, block.last_id): block for block in blocks}
    return [last[key] for key in sorted(last)]


def _digests(cr, first, last):
    cr.execute(
        "SELECT id, mac FROM healthcare_audit_event WHERE id BETWEEN %s AND %s ORDER BY id",
        [first, last],
    )
    return [(id_, bytes(mac)) for id_, mac in cr.fetchall()]


def _read_rows(cr, first, last):
    """Return ``(id, MAC)`` of rows, and the ids of those whose MAC is not what they say."""
    found, altered = [], []
    while True:
        cr.execute(_ROWS, [first, last, last])
        page = cr.fetchall()
        for *row, mac in page:
            found.append((row[0], bytes(mac)))
            if not is_signed(row, bytes(mac)):
                altered.append(row[0])
        if len(page) < _PAGE:
            return found, altered
        first = page[-1][0] + 1


def _root_of(rows):
    """Return the digest of rows, given as ``(id, MAC)`` in the order of ids."""
    digest = sha256()
    for id_, mac in rows:
        digest.update(id_.to_bytes(8, 'big') + mac)
    return digest.digest()


def _noted_rows(dbname, since, first, last):
    """Return what the journal says was written, as pairs of an id and the beginning of its MAC."""
    return {
        (id_, mac)
        for ids, macs in Journal(dbname).read_rows(since)
        for id_, mac in zip(ids, macs, strict=True)
        if id_ >= first and (last is None or id_ <= last)
    }
