# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Nothing is lost when two patients become one: every table that points at patients, every key.

The tables are those of whatever is installed, found from the registry; rows are planted in SQL on
both patients, identical but for the patient, so that every unique key with the patient in it gets
in the way.
"""

from unittest.mock import patch

import psycopg2
from psycopg2.extras import Json

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..merging.journal import Journal
from ..merging.references import TARGET, find_references
from ..models.res_partner_merge import NOT_MOVED
from .common import HealthcareCase

#: what the merge itself writes, and what is derived from patients
ITS_OWN = {
    'healthcare_patient_merge',
    'healthcare_patient_matching',
    'healthcare_patient_link',
    'healthcare_quality_count',
    'healthcare_quality_finding',
    'healthcare_visit_tally',
    # what is to be looked at again, after the merge and after its undoing
    'healthcare_loyalty_cause',
}
#: a call's session repeats the patient of its member, whose table is proven
NOT_PLANTED = {('discuss_channel_rtc_session', 'partner_id')}
BOOKKEEPING = ['write_date', 'write_uid']
DEFAULTS = {
    'boolean': False,
    'date': '2026-01-01',
    'timestamp': '2026-01-01 00:00:00',
    'timestamptz': '2026-01-01 00:00:00+00',
    'jsonb': {},
    'uuid': '00000000-0000-0000-0000-000000000000',
    'bytea': '\\x',
}
#: columns whose numbers have to be larger than 1
LARGER = {('res_company', 'minimum_group'): 10}
NUMBERS = {'int2', 'int4', 'int8', 'numeric', 'float4', 'float8'}


class _Planter:
    """Makes rows in tables it knows nothing about."""

    def __init__(self, cr):
        self.cr = cr
        self.number = 7_000_000
        cr.execute(
            """
            SELECT class.relname, attribute.attname, type.typname,
                   attribute.attnotnull AND NOT attribute.atthasdef, target.relname
              FROM pg_class AS class
              JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
              JOIN pg_type AS type ON type.oid = attribute.atttypid
              LEFT JOIN pg_constraint AS con
                ON con.conrelid = class.oid AND con.contype = 'f'
               AND con.conkey = ARRAY[attribute.attnum]
              LEFT JOIN pg_class AS target ON target.oid = con.confrelid
             WHERE class.relkind = 'r' AND class.relnamespace = current_schema::regnamespace
               AND attribute.attnum > 0 AND NOT attribute.attisdropped
            """
        )
        self.tables = {}
        for table, column, kind, required, target in cr.fetchall():
            self.tables.setdefault(table, {})[column] = (kind, required, target)

    def plant(self, table, values, depth=0):
        """Insert a row with these values, and whatever else it must have.

        Like another row of the table where there is one; where a key objects, like it but for
        what it is known by; else with nothing but what it must have.
        """
        like = self._like_another(table)
        rows = [like, self._vary(table, like)] if like else []
        error = None
        makers = [lambda row=row: row for row in rows]
        makers += [
            lambda fresh=fresh: self._required(table, values, depth, fresh)
            for fresh in (False, True)
        ]
        for make in makers:
            try:
                with self.cr.savepoint(flush=False):
                    row = make() | self._new_id(table) | values
                    self._insert(table, row)
                return row.get('id')
            except psycopg2.IntegrityError as refused:
                error = refused
        raise error

    def _insert(self, table, row):
        self.cr.execute(
            SQL(
                'INSERT INTO %(table)s SELECT (jsonb_populate_record(NULL::%(table)s, %(row)s)).*',
                table=SQL.identifier(table),
                row=Json(row),
            )
        )

    def _vary(self, table, row):
        """Return a row with other texts and numbers, that points nowhere it need not."""
        self.number += 1
        varied = dict(row)
        for column, value in row.items():
            kind, required, target = self.tables[table][column]
            if target:
                varied[column] = value if required else None
            elif value is None or column == 'id':
                continue
            elif kind in ('varchar', 'text'):
                varied[column] = f'{value}{self.number}'
            elif kind in NUMBERS:
                varied[column] = self.number
        return varied

    def _new_id(self, table):
        if 'id' not in self.tables[table]:
            return {}
        self.number += 1
        return {'id': self.number}

    def _like_another(self, table):
        self.cr.execute(
            SQL('SELECT to_jsonb(t) FROM %s AS t ORDER BY 1 LIMIT 1', SQL.identifier(table))
        )
        found = self.cr.fetchone()
        return found and found[0]

    def _required(self, table, values, depth, fresh):
        if depth > 4:
            raise RecursionError(table)
        row = {}
        self.number += 1
        for column, (kind, required, target) in self.tables[table].items():
            if required and column not in values and column != 'id':
                if target:
                    row[column] = (
                        self.plant(target, {}, depth + 1) if fresh else self._any(target, depth)
                    )
                elif kind in NUMBERS:
                    row[column] = LARGER.get((table, column), 1)
                else:
                    row[column] = DEFAULTS.get(kind, f'planted {self.number}')
        return row

    def _any(self, table, depth):
        self.cr.execute(SQL('SELECT id FROM %s ORDER BY id LIMIT 1', SQL.identifier(table)))
        if found := self.cr.fetchone():
            return found[0]
        if depth > 4:
            raise RecursionError(table)
        self.plant(table, {}, depth + 1)
        return self._any(table, depth + 1)


@tagged('post_install', '-at_install')
class TestMergeEveryTable(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept = cls.make_patient("Nguyen Van An")
        cls.merged = cls.make_patient(
            "Nguyễn Văn An",
            birth_date='1963-03-12',
            street="1 Main Street",
            city="Hanoi",
            phone='+84912345678',
        )
        cls.child = cls.make_patient("Child", guardian_id=cls.merged.id)
        cls.env.flush_all()
        (cls.kept | cls.merged)._refresh_quality()

    # ------------------------------------------------------------ helpers

    def plant_all(self):
        """Plant rows on both patients wherever something points at one; return where it failed."""
        planter = _Planter(self.env.cr)
        failed = {}
        for reference in find_references(self.env):
            key = (reference.table, reference.column)
            if key in NOT_MOVED or reference.table in ('res_partner', 'base_partner_merge_line'):
                continue
            if reference.kind == 'properties':  # see test_patient_merge
                continue
            if reference.kind == 'number' and not reference.beside:
                continue
            try:
                with mute_logger('odoo.sql_db'), self.env.cr.savepoint(flush=False):
                    self.plant_pair(planter, reference)
            except (psycopg2.Error, RecursionError) as error:
                failed[key] = str(error).splitlines()[0]
        # like those of somebody else; two with verified numbers of their own are refused
        self.env.cr.execute(
            SQL(
                'UPDATE healthcare_patient_identifier SET is_verified = FALSE '
                'WHERE patient_id IN %s',
                (self.kept.id, self.merged.id),
            )
        )
        self.env.invalidate_all()
        return failed

    def plant_pair(self, planter, reference):
        rows = []
        for partner in (self.kept, self.merged):
            rows.append(self.pointing(planter, reference, partner))
        if reference.kind == 'pairs':
            other = planter.tables[reference.table][reference.beside][2]
            beside = {reference.beside: planter._any(other, 0)}
            for row in rows:
                planter.plant(reference.table, row | beside)
            return
        # two with a login are refused
        for row in rows[1:] if reference.table == 'res_users' else rows:
            planter.plant(reference.table, row)

    def pointing(self, planter, reference, partner):
        value = f'{TARGET},{partner.id}' if reference.kind == 'text' else partner.id
        if reference.kind == 'companies':
            return {reference.column: {str(self.env.company.id): partner.id}}
        row = {reference.column: value}
        if reference.kind == 'number':
            row[reference.beside] = TARGET
        if reference.table == 'ir_attachment':
            row['res_field'] = None
        return row

    def tables(self):
        planter = _Planter(self.env.cr)
        return {table: columns for table, columns in planter.tables.items() if table not in ITS_OWN}

    def snapshot(self):
        """Return how many rows each table has, and a digest of their content."""
        self.env.flush_all()
        found = {}
        for table in self.tables():
            self.env.cr.execute(
                SQL(
                    'SELECT count(*), '
                    'sum(hashtextextended((to_jsonb(t) - %s::text[])::text, 0)) FROM %s AS t',
                    BOOKKEEPING,
                    SQL.identifier(table),
                )
            )
            found[table] = self.env.cr.fetchone()
        return found

    def assert_nothing_lost(self, before):
        after = self.snapshot()
        lost = {
            table: (count, after[table][0])
            for table, (count, _digest) in before.items()
            if after[table][0] < count
        }
        self.assertFalse(lost, "rows vanished")

    def assert_same(self, before):
        after = self.snapshot()
        self.assertFalse({table for table in before if before[table] != after[table]})

    def still_pointing(self):
        """Return ``{(table, column): ids}`` of what still points at the merged record."""
        found = {}
        for reference in find_references(self.env):
            key = (reference.table, reference.column)
            if key in NOT_MOVED or reference.table == 'res_partner':
                continue
            if reference.kind == 'properties':
                continue
            row = self.pointing(None, reference, self.merged)
            if reference.kind == 'companies' or None in row:
                continue
            row.pop('', None)
            where = SQL(' AND ').join(
                SQL('%s IS NOT DISTINCT FROM %s', SQL.identifier(column), value)
                for column, value in row.items()
                if column
            )
            self.env.cr.execute(
                SQL('SELECT count(*) FROM %s WHERE %s', SQL.identifier(key[0]), where)
            )
            if count := self.env.cr.fetchone()[0]:
                found[key] = count
        return found

    # ------------------------------------------------------------ tests

    def test_no_row_of_any_table_is_lost_and_undo_puts_every_one_back(self):
        failed = self.plant_all()
        (self.kept | self.merged)._refresh_quality()
        before = self.snapshot()
        merge = self.merged._merge_into(self.kept)
        self.assert_nothing_lost(before)
        stayed = {}
        for entry in merge.sudo().stayed:
            key = (entry['table'], entry['column'])
            stayed[key] = stayed.get(key, 0) + len(entry['ids'])
        self.assertEqual(self.still_pointing(), stayed, "either it moved, or it is listed")
        merge.action_undo()
        self.assertFalse(merge.sudo().not_restored)
        self.assert_same(before)
        self.assertFalse(failed.keys() - NOT_PLANTED, "tables without a row are not proven")

    def test_a_key_that_loses_a_row_is_noticed(self):
        self.env.cr.execute(
            """
            CREATE TABLE planted_badge (
                id serial PRIMARY KEY, owner int REFERENCES res_partner, badge int,
                UNIQUE (owner, badge))
            """
        )
        self.env.cr.execute(
            SQL(
                'INSERT INTO planted_badge (owner, badge) VALUES (%s, 1), (%s, 1), (%s, 2)',
                self.kept.id,
                self.merged.id,
                self.merged.id,
            )
        )
        before = self.snapshot()
        merge = self.merged._merge_into(self.kept)
        self.assert_nothing_lost(before)
        self.env.cr.execute('SELECT owner, badge FROM planted_badge ORDER BY id')
        self.assertEqual(
            self.env.cr.fetchall(), [(self.kept.id, 1), (self.merged.id, 1), (self.kept.id, 2)]
        )
        merge.action_undo()
        self.assert_same(before)

        def like_odoo(journal, table, column, ids, old, new):
            """Delete what a key refuses, as Odoo's own merge does."""
            moved, stayed = original(journal, table, column, ids, old, new)
            if stayed:
                journal.cr.execute(
                    SQL('DELETE FROM %s WHERE id = ANY(%s)', SQL.identifier(table), stayed)
                )
            return moved, []

        original = Journal._move_rows
        with patch.object(Journal, '_move_rows', like_odoo):
            self.merged._merge_into(self.kept)
        with self.assertRaises(AssertionError):
            self.assert_nothing_lost(before)
