# Part of Healthcare CRM for Odoo. License LGPL-3.
import logging
from functools import lru_cache
from zlib import crc32

from psycopg2.extras import Json, execute_values

from odoo import api, fields, models
from odoo.tools import SQL

from ..crypto import keyring
from ..matching import KEYS, Model, Prepared, match_each, prepare
from .healthcare_patient_identifier import INDEXED

_logger = logging.getLogger(__name__)

#: What is stored. Rows of another version are prepared anew by the scheduled job.
VERSION = crc32(repr((KEYS, Prepared._fields, 'veiled numbers')).encode()) >> 1
#: Patients prepared in one transaction.
BATCH = 1000
#: How many patients of one value of one key are looked at: a key with more of them, such as the
#: birth date of 10,000 people called 王小明, tells nothing alone.
BLOCK = 200
#: How many patients are compared with somebody: those who share most keys.
COMPARED = 100
#: How many patients the model is learnt from.
SAMPLE = 50_000
#: Patients searched for in one transaction.
SEARCHED = 200
#: The highest id there can be.
LAST = 2**31 - 1
PARAMETER = 'healthcare_crm.matching_model'


class HealthcarePatientMatching(models.Model):
    """Under which keys a patient is found when somebody like them turns up.

    One row per patient, written by the software in SQL. A record that is archived or merged keeps
    its row, without keys.
    """

    _name = 'healthcare.patient.matching'
    _description = "Matching Keys of a Patient"
    _log_access = False
    _order = 'id'
    _rec_name = 'patient_id'

    patient_id = fields.Many2one(
        'res.partner', required=True, ondelete='cascade', groups=fields.NO_ACCESS
    )
    key_identifier = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_phone = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_email = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_birth_date = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_name_sound = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_given_zip = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_house_street = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    key_house_zip = fields.Char(index='btree_not_null', groups=fields.NO_ACCESS)
    prepared = fields.Json(groups=fields.NO_ACCESS, prefetch=False)
    changed_at = fields.Datetime(groups=fields.NO_ACCESS)
    searched_at = fields.Datetime(groups=fields.NO_ACCESS)
    version = fields.Integer(groups=fields.NO_ACCESS)

    _patient_uniq = models.Constraint('UNIQUE (patient_id)', "One row per patient.")
    # whom the nightly search has not seen since they changed
    _pending_idx = models.Index(
        '(patient_id) WHERE searched_at IS NULL OR searched_at <= changed_at'
    )

    # ------------------------------------------------------------
    # Keeping the keys
    # ------------------------------------------------------------

    @api.model
    def _keep(self, people, now=None):
        """Store the keys of people, in one statement; what did not change is not written.

        :param people: :class:`Person` of patients; one without a name has no keys
        """
        now = now or fields.Datetime.now()
        rows = []
        for person in people:
            one = prepare(person)
            alive = bool(person.name)
            rows.append(
                (
                    person.id,
                    *(one.keys if alive else [None] * len(KEYS)),
                    Json(_pack(one)) if alive else None,
                    now,
                    VERSION,
                )
            )
        if not rows:
            return
        names = ['patient_id', *(f'key_{key}' for key in KEYS), 'prepared', 'changed_at', 'version']
        columns = ', '.join(names)
        places = ', '.join(['%s'] * (len(KEYS) + 1))
        execute_values(
            self.env.cr._obj,
            f'''
            INSERT INTO healthcare_patient_matching AS this ({columns}) VALUES %s
                ON CONFLICT (patient_id) DO UPDATE
               SET ({columns}) = ROW ({', '.join(f'EXCLUDED.{name}' for name in names)})
             WHERE this.prepared IS DISTINCT FROM EXCLUDED.prepared
                OR this.version IS DISTINCT FROM EXCLUDED.version
            ''',
            rows,
            template=f'({places}, %s::jsonb, %s::timestamp, %s)',
            page_size=BATCH,
        )
        self.invalidate_model()

    @api.model
    def _cron_backfill(self):
        """Store the keys of patients who have none yet, or older ones."""
        commit = self.env['ir.cron']._commit_progress
        missing = SQL(
            """
            FROM res_partner AS partner
            LEFT JOIN healthcare_patient_matching AS row ON row.patient_id = partner.id
            WHERE partner.is_patient AND partner.active
              AND row.version IS DISTINCT FROM %s
            """,
            VERSION,
        )
        self.env['res.partner'].flush_model()
        ((remaining,),) = self.env.execute_query(SQL('SELECT count(*) %s', missing))
        commit(remaining=remaining)
        last = 0
        while remaining:
            ids = [
                row[0]
                for row in self.env.execute_query(
                    SQL(
                        'SELECT partner.id %s AND partner.id > %s ORDER BY partner.id LIMIT %s',
                        missing,
                        last,
                        BATCH,
                    )
                )
            ]
            if not ids:
                return
            last = ids[-1]
            self.env['res.partner'].browse(ids)._refresh_matching()
            if not commit(len(ids)):
                return

    # ------------------------------------------------------------
    # The model
    # ------------------------------------------------------------

    @api.model
    def _get_model(self):
        """Return what is learnt about agreement of fields; the shipped model before that."""
        # sudo: parameters belong to the system
        text = self.env['ir.config_parameter'].sudo().get_param(PARAMETER)
        return _load_model(text) if text else _default_model()

    @api.model
    def _learn(self):
        """Learn the model anew from a sample of the patients, and keep it."""
        people = self._read_people(SQL('TRUE ORDER BY hashint8(patient_id) LIMIT %s', SAMPLE))
        if len(people) > 1:
            # sudo: see _get_model
            self.env['ir.config_parameter'].sudo().set_param(PARAMETER, Model.learn(people).dumps())

    @api.model
    def _read_people(self, where):
        """Return stored patients as :class:`Prepared`, with their keys."""
        rows = self.env.execute_query(
            SQL(
                'SELECT patient_id, prepared, %s FROM healthcare_patient_matching '
                'WHERE prepared IS NOT NULL AND version = %s AND %s',
                SQL(', ').join(SQL.identifier(f'key_{key}') for key in KEYS),
                VERSION,
                where,
            )
        )
        return [
            unpack(patient, packed)._replace(keys=tuple(keys)) for patient, packed, *keys in rows
        ]

    # ------------------------------------------------------------
    # Finding
    # ------------------------------------------------------------

    @api.model
    def _find_alike(self, people, identifiers=(), until=None):
        """Return, for each of prepared ``people``, the stored ones who share keys with them.

        Those who share most come first; never themselves.

        :param people: list of :class:`Prepared`
        :param identifiers: ``[(position of a person, system code, value)]``; a key holds one only
        :param int until: the last id of those who are looked at
        :return: list of lists of :class:`Prepared`
        """
        birth_date = KEYS.index('birth_date')
        wanted = [
            (number, position, key)
            for number, one in enumerate(people)
            for position, key in enumerate(one.keys)
            if key
        ]
        if not wanted and not identifiers:
            return [[] for _one in people]
        parts = [
            self._get_block(position, SQL('%s = wanted.key', SQL.identifier(f'key_{key}')), until)
            for position, key in enumerate(KEYS)
        ]
        # who has a common name and a common birth date is alone in having both
        parts.append(
            self._get_block(
                KEYS.index('name_sound'),
                SQL('key_name_sound = wanted.key AND key_birth_date = wanted.birth_date'),
                until,
            )
        )
        ring = keyring.get()
        known = [
            (number, code, index)
            for number, code, value in identifiers
            for index in ring.indexes(value, INDEXED)
        ]
        parts.append(
            SQL(
                """
                SELECT known.number, identifier.patient_id, 1.0 AS worth
                  FROM unnest(%s::int[], %s::text[], %s::text[]) AS known (number, code, value)
                  JOIN healthcare_identifier_system AS system ON system.code = known.code
                  JOIN healthcare_patient_identifier AS identifier
                    ON identifier.system_id = system.id AND identifier.value_index = known.value
                   AND identifier.patient_id <= %s
                """,
                [number for number, _code, _index in known],
                [code for _number, code, _index in known],
                [index for _number, _code, index in known],
                until or LAST,
            )
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH wanted (number, position, key, birth_date) AS (
                    SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::text[])
                ), shared AS (
                    SELECT number, patient_id, sum(worth) AS worth FROM (%s) AS each
                  GROUP BY number, patient_id
                ), ranked AS (
                    SELECT number, patient_id,
                           row_number() OVER (PARTITION BY number
                                              ORDER BY worth DESC, patient_id) AS place
                      FROM shared
                )
                SELECT ranked.number, ranked.patient_id, row.prepared
                  FROM ranked
                  JOIN healthcare_patient_matching AS row ON row.patient_id = ranked.patient_id
                 WHERE ranked.place <= %s AND row.prepared IS NOT NULL AND row.version = %s
                """,
                [row[0] for row in wanted],
                [row[1] for row in wanted],
                [row[2] for row in wanted],
                [people[row[0]].keys[birth_date] for row in wanted],
                SQL(' UNION ALL ').join(parts),
                COMPARED,
                VERSION,
            )
        )
        found = [[] for _one in people]
        known = {}
        for number, patient, packed in rows:
            if patient != people[number].id:
                if patient not in known:
                    known[patient] = unpack(patient, packed)
                found[number].append(known[patient])
        return found

    @api.model
    def _get_block(self, position, condition, until):
        """Return the query for those of one key: the fewer they are, the more each is worth."""
        return SQL(
            """
            SELECT wanted.number, found.patient_id,
                   1.0 / count(*) OVER (PARTITION BY wanted.number) AS worth
              FROM wanted CROSS JOIN LATERAL (
                   SELECT patient_id FROM healthcare_patient_matching
                    WHERE %s AND patient_id <= %s LIMIT %s) AS found
             WHERE wanted.position = %s
            """,
            condition,
            until or LAST,
            BLOCK,
            position,
        )

    # ------------------------------------------------------------
    # The nightly search
    # ------------------------------------------------------------

    @api.model
    def _cron_search(self):
        """Look for duplicates of the patients who are new or have changed, batch by batch."""
        commit = self.env['ir.cron']._commit_progress
        pending = SQL(
            """
            FROM healthcare_patient_matching
            WHERE (searched_at IS NULL OR searched_at <= changed_at)
            """
        )
        self.flush_model()
        ((remaining,),) = self.env.execute_query(SQL('SELECT count(*) %s', pending))
        commit(remaining=remaining)
        if not remaining:
            return
        self._learn()
        last = 0
        while True:
            ids = [
                row[0]
                for row in self.env.execute_query(
                    SQL(
                        'SELECT patient_id %s AND patient_id > %s ORDER BY patient_id LIMIT %s',
                        pending,
                        last,
                        SEARCHED,
                    )
                )
            ]
            if not ids:
                return
            last = ids[-1]
            self._search_duplicates(ids)
            if not commit(len(ids)):
                return

    @api.model
    def _search_duplicates(self, patient_ids):
        """Record who some patients may be besides, and merge where a clinic wants that."""
        # what changes from now on is searched for again
        now = fields.Datetime.now()
        people = self._read_people(SQL('patient_id = ANY(%s)', list(patient_ids)))
        model = self._get_model()
        matches = match_each(model, people, self._find_alike(people))
        found = [
            (one.id, other.id, match)
            for one, pairs in zip(people, matches, strict=True)
            for other, match in pairs
        ]
        link = self.env['healthcare.patient.link'].sudo()
        link._close_stale(patient_ids, {frozenset(pair[:2]) for pair in found})
        link._record(found, 'nightly')
        link._merge_automatically(patient_ids)
        self.env.execute_query(
            SQL(
                'UPDATE healthcare_patient_matching SET searched_at = %s '
                'WHERE patient_id = ANY(%s) RETURNING id',
                now,
                list(patient_ids),
            )
        )


def _pack(one):
    """Return a :class:`Prepared` as a list for the database, without what the row has anyway."""
    return list(one[2:])


def unpack(patient, packed):
    """Return the :class:`Prepared` that :func:`_pack` packed; its keys are in the columns."""
    *values, numbers = packed
    return Prepared(patient, (), *values, tuple(tuple(number) for number in numbers))


@lru_cache(maxsize=4)
def _load_model(text):
    return Model.loads(text)


@lru_cache(maxsize=1)
def _default_model():
    return Model.default()
