# Part of Healthcare CRM for Odoo. License LGPL-3.
"""What a merge changes in the database, row by row, so that it can be taken back."""

from contextlib import contextmanager

import psycopg2
from psycopg2.extras import Json

from odoo.tools import SQL, mute_logger

from .references import TARGET

#: say nothing about what somebody wrote
BOOKKEEPING = frozenset({'write_date', 'write_uid'})


class Journal:
    """Changes rows in SQL, and remembers what was there before.

    :param entries: what it remembers, as :attr:`entries` of an earlier one
    """

    def __init__(self, cr, entries=()):
        self.cr = cr
        self.entries = list(entries)
        #: rows that a unique key, or another one of the table, would not let move
        self.stayed = []
        #: what could not be put back, and why: ``gone`` or ``changed``
        self.left = []
        self._held = {}

    # ------------------------------------------------------------
    # Doing
    # ------------------------------------------------------------

    def move(self, reference, ids, old, new):
        """Let rows point at ``new`` that pointed at ``old``; return the ids of those that do now.

        Those that a key of their table keeps from it stay, see :attr:`stayed`.

        :param Reference reference: the column
        :param ids: the rows
        """
        if reference.kind == 'text':
            old, new = f'{TARGET},{old}', f'{TARGET},{new}'
        moved, stayed = self._move_rows(reference.table, reference.column, list(ids), old, new)
        entry = {
            'table': reference.table,
            'column': reference.column,
            'model': reference.model,
            'field': reference.field,
        }
        if moved:
            self.entries.append({'kind': 'moved', **entry, 'ids': moved, 'old': old, 'new': new})
        if stayed:
            self.stayed.append({**entry, 'ids': stayed})
        return moved

    def hold(self, table, column, ids):
        """Keep rows from moving: a rule of their model says that they stay."""
        self._held.setdefault((table, column), set()).update(ids)

    def release(self, reference, ids):
        """Return those of the rows that may move; the others are among :attr:`stayed`."""
        held = self._held.get((reference.table, reference.column), set()).intersection(ids)
        if held:
            self.stayed.append({**self._about(reference._asdict()), 'ids': sorted(held)})
        return [id_ for id_ in ids if id_ not in held]

    def _move_rows(self, table, column, ids, old, new):
        """Return ``(moved, stayed)``: all at once, and in halves where a key objects."""
        if not ids:
            return [], []
        try:
            with mute_logger('odoo.sql_db'), self.cr.savepoint(flush=False):
                self.cr.execute(
                    SQL(
                        'UPDATE %(table)s SET %(column)s = %(new)s '
                        'WHERE id = ANY(%(ids)s) AND %(column)s = %(old)s RETURNING id',
                        table=SQL.identifier(table),
                        column=SQL.identifier(column),
                        ids=ids,
                        old=old,
                        new=new,
                    )
                )
                return sorted(row[0] for row in self.cr.fetchall()), []
        except psycopg2.IntegrityError:
            if len(ids) == 1:
                return [], ids
        half = len(ids) // 2
        first = self._move_rows(table, column, ids[:half], old, new)
        second = self._move_rows(table, column, ids[half:], old, new)
        return first[0] + second[0], first[1] + second[1]

    def move_pairs(self, reference, old, new):
        """Move one side of a many2many; a pair that is there already stays where it is."""
        table, column, beside = (
            SQL.identifier(name) for name in (reference.table, reference.column, reference.beside)
        )
        self.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS pair SET %(column)s = %(new)s
                 WHERE pair.%(column)s = %(old)s AND NOT EXISTS (
                       SELECT FROM %(table)s AS other
                        WHERE other.%(column)s = %(new)s AND other.%(beside)s = pair.%(beside)s)
             RETURNING pair.%(beside)s
                """,
                table=table,
                column=column,
                beside=beside,
                old=old,
                new=new,
            )
        )
        moved = sorted(row[0] for row in self.cr.fetchall())
        entry = {
            'table': reference.table,
            'column': reference.column,
            'model': reference.model,
            'field': reference.field,
            'beside': reference.beside,
        }
        if moved:
            self.entries.append({'kind': 'pairs', **entry, 'ids': moved, 'old': old, 'new': new})
        self.cr.execute(
            SQL(
                'SELECT %(beside)s FROM %(table)s WHERE %(column)s = %(old)s',
                table=table,
                column=column,
                beside=beside,
                old=old,
            )
        )
        if stayed := sorted(row[0] for row in self.cr.fetchall()):
            self.stayed.append({**entry, 'ids': stayed})
        return moved

    @contextmanager
    def watch(self, table, ids=None, where=None, columns=None, computed=False):
        """Remember what happens to rows of a table until the end of the block.

        :param ids: the rows
        :param SQL where: or what they have in common
        :param columns: these alone; all of them if not told
        :param bool computed: they are computed from others: what is not as it was left is computed
            anew when the merge is taken back, and nobody is told
        """
        condition = SQL('id = ANY(%s)', list(ids)) if where is None else where
        before = self._read(table, condition, columns)
        yield
        known = SQL('id = ANY(%s)', list(before))
        both = known if where is None else SQL('(%s) OR (%s)', known, condition)
        after = self._read(table, both, columns)
        changed = {}
        for id_, old in before.items():
            if (new := after.get(id_)) is None:
                continue
            difference = {
                column: [value, new[column]]
                for column, value in old.items()
                if new[column] != value and column not in BOOKKEEPING
            }
            if difference:
                changed[str(id_)] = difference
        if changed:
            self.entries.append(
                {'kind': 'values', 'table': table, 'rows': changed, 'computed': computed}
            )
        if gone := [row for id_, row in before.items() if id_ not in after]:
            self.entries.append({'kind': 'deleted', 'table': table, 'rows': gone})
        if come := [id_ for id_ in after if id_ not in before]:
            self.entries.append({'kind': 'inserted', 'table': table, 'ids': come})

    def set_values(self, table, values):
        """Write ``{id: {column: value}}``.

        :param values: as PostgreSQL has them in JSON
        """
        columns = sorted({column for row in values.values() for column in row})
        with self.watch(table, ids=list(values), columns=columns):
            for id_, row in values.items():
                self._write_row(table, id_, row)

    def _write_row(self, table, id_, row):
        self.cr.execute(
            SQL(
                'UPDATE %(table)s AS this SET %(sets)s '
                'FROM jsonb_populate_record(NULL::%(table)s, %(row)s) AS value '
                'WHERE this.id = %(id)s',
                table=SQL.identifier(table),
                sets=SQL(', ').join(
                    SQL('%s = value.%s', SQL.identifier(column), SQL.identifier(column))
                    for column in row
                ),
                row=Json(row),
                id=id_,
            )
        )

    def _read(self, table, where, columns=None):
        if columns is None:
            value = SQL('to_jsonb(this)')
        else:
            value = SQL(
                'jsonb_build_object(%s)',
                SQL(', ').join(
                    SQL('%s, this.%s', column, SQL.identifier(column)) for column in columns
                ),
            )
        self.cr.execute(
            SQL(
                'SELECT id, %s FROM %s AS this WHERE %s ORDER BY id',
                value,
                SQL.identifier(table),
                where,
            )
        )
        return dict(self.cr.fetchall())

    # ------------------------------------------------------------
    # Taking back
    # ------------------------------------------------------------

    def undo(self):
        """Take everything back, the last first, except what somebody has changed since.

        :return: ``(table, column, ids)`` of computed columns to compute anew
        :rtype: list[tuple[str, str, list[int]]]
        """
        stale = []
        for entry in reversed(self.entries):
            match entry['kind']:
                case 'moved':
                    self._undo_moved(entry)
                case 'pairs':
                    self._undo_pairs(entry)
                case 'values':
                    stale += self._undo_values(entry)
                case 'deleted':
                    self._undo_deleted(entry)
                case 'inserted':
                    self._undo_inserted(entry)
        return stale

    def _undo_moved(self, entry):
        back, _stuck = self._move_rows(
            entry['table'], entry['column'], entry['ids'], entry['new'], entry['old']
        )
        self._tell_left(entry, set(entry['ids']) - set(back))

    def _undo_pairs(self, entry):
        table, column, beside = (
            SQL.identifier(entry[key]) for key in ('table', 'column', 'beside')
        )
        self.cr.execute(
            SQL(
                """
                UPDATE %(table)s AS pair SET %(column)s = %(old)s
                 WHERE pair.%(column)s = %(new)s AND pair.%(beside)s = ANY(%(ids)s)
                   AND NOT EXISTS (
                       SELECT FROM %(table)s AS other
                        WHERE other.%(column)s = %(old)s AND other.%(beside)s = pair.%(beside)s)
             RETURNING pair.%(beside)s
                """,
                table=table,
                column=column,
                beside=beside,
                old=entry['old'],
                new=entry['new'],
                ids=entry['ids'],
            )
        )
        missing = set(entry['ids']) - {row[0] for row in self.cr.fetchall()}
        if missing:
            self.left.append({**self._about(entry), 'why': 'gone', 'ids': sorted(missing)})

    def _undo_values(self, entry):
        table, stale = entry['table'], []
        ids = [int(id_) for id_ in entry['rows']]
        columns = sorted({column for row in entry['rows'].values() for column in row})
        current = self._read(table, SQL('id = ANY(%s)', ids), columns)
        for id_, row in entry['rows'].items():
            now = current.get(int(id_))
            if now is None:
                if not entry['computed']:
                    self.left.append({'table': table, 'why': 'gone', 'ids': [int(id_)]})
                continue
            back = {column: old for column, (old, new) in row.items() if now[column] == new}
            if back:
                self._write_row(table, int(id_), back)
            for column in row.keys() - back.keys():
                if entry['computed']:
                    stale.append((table, column, [int(id_)]))
                else:
                    self.left.append(
                        {'table': table, 'column': column, 'why': 'changed', 'ids': [int(id_)]}
                    )
        return stale

    def _undo_deleted(self, entry):
        for row in entry['rows']:
            try:
                with mute_logger('odoo.sql_db'), self.cr.savepoint(flush=False):
                    self.cr.execute(
                        SQL(
                            'INSERT INTO %(table)s '
                            'SELECT * FROM jsonb_populate_record(NULL::%(table)s, %(row)s)',
                            table=SQL.identifier(entry['table']),
                            row=Json(row),
                        )
                    )
            except psycopg2.IntegrityError:
                self.left.append({'table': entry['table'], 'why': 'changed', 'ids': [row['id']]})

    def _undo_inserted(self, entry):
        self.cr.execute(
            SQL('DELETE FROM %s WHERE id = ANY(%s)', SQL.identifier(entry['table']), entry['ids'])
        )

    def _tell_left(self, entry, ids):
        if not ids:
            return
        self.cr.execute(
            SQL(
                'SELECT id FROM %s WHERE id = ANY(%s)',
                SQL.identifier(entry['table']),
                list(ids),
            )
        )
        there = {row[0] for row in self.cr.fetchall()}
        for why, which in (('changed', there), ('gone', ids - there)):
            if which:
                self.left.append({**self._about(entry), 'why': why, 'ids': sorted(which)})

    def _about(self, entry):
        return {key: entry.get(key) for key in ('table', 'column', 'model', 'field')}
