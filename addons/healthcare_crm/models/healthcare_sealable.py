import logging

from odoo import api, models
from odoo.tools import SQL

from ..crypto import keyring
from ..sealing import SEALED, Sealable

_logger = logging.getLogger(__name__)

#: rows that are sealed in one transaction while the add-on is updated
BATCH = 1000


class HealthcareSealable(models.AbstractModel):
    """Models of Odoo's with fields that are encrypted in some of their rows: those about patients.

    The fields stay what they are to everybody else, their columns too; see :mod:`..sealing`.
    """

    _name = 'healthcare.sealable'
    _description = "Encrypted Texts"
    _inherit = ['healthcare.sealed']

    @api.model
    def _get_sealable_fields(self):
        return [
            name
            for name, field in self._fields.items()
            # not what is another model's
            if isinstance(field, Sealable) and field.store
        ]

    def _is_confided(self, values=None):
        """Tell whether this record, or a new one, may hold what a patient confided.

        :param dict values: of a new one
        """
        return True

    @api.model
    def _get_confided_condition(self):
        """Return the SQL that is true for the rows :meth:`_is_confided` is true for."""
        return SQL('TRUE')

    @api.model
    def _get_sealed_columns(self, name, id_, value):
        if isinstance(self._fields[name], Sealable):
            return {name: self._seal_value(name, id_, value)}
        return super()._get_sealed_columns(name, id_, value)

    @api.model
    def _unseal_fetched(self, name, values):
        """Yield values of a column, in the order of ``self``, opened where they are sealed."""
        ring = None
        for id_, value in zip(self._ids, values, strict=True):
            if not value or not value.startswith('v1.'):
                yield value
                continue
            ring = ring or keyring.get()
            try:
                yield ring.unseal(value, self._get_seal_context(name, id_)).decode()
            except keyring.Unreadable as error:
                if not error.key_id:
                    yield value  # somebody wrote this
                    continue
                # one row that was damaged keeps nobody from reading the others
                _logger.error("%s %s: %s cannot be unsealed", self._name, id_, name)
                yield str(error)

    @api.model
    def _create(self, data_list):
        records = super()._create(data_list)
        for name in self._get_sealable_fields():
            field = self._fields[name]
            for data, record in zip(data_list, records, strict=True):
                value = data['stored'].get(name)
                if value and record._is_confided(data['stored']):
                    # it was left out of the row, whose number was not known
                    value = field.convert_to_cache(value, record)
                    field._update_cache(record, value, dirty=True)
        return records

    def _seal_again(self):
        """Write the sealable fields once more, after what tells whether they are sealed changed."""
        for name in self._get_sealable_fields():
            field = self._fields[name]
            for record in self:
                if record[name]:
                    field._update_cache(record, field._get_cache(record.env)[record.id], dirty=True)

    @api.model
    def _seal_clear(self, commit):
        """Seal what was written before this version; begun again, it goes on."""
        result = super()._seal_clear(commit)
        for name in self._get_sealable_fields():
            last = 0
            while rows := self.env.execute_query(self._get_clear_query(name, last)):
                last = rows[-1][0]
                self._seal_rows(name, dict(rows))
                commit()
            _logger.info("%s: %s is sealed", self._name, name)
        return result

    @api.model
    def _get_clear_query(self, name, last):
        """Return the query for rows with a field in clear that is to be sealed."""
        column = SQL.identifier(self._table, name)
        return SQL(
            """
            SELECT id, %(column)s FROM %(table)s
             WHERE id > %(last)s AND %(column)s <> '' AND %(column)s !~ %(sealed)s AND %(ours)s
          ORDER BY id LIMIT %(limit)s
            """,
            column=column,
            table=SQL.identifier(self._table),
            last=last,
            sealed=SEALED,
            ours=self._get_confided_condition(),
            limit=BATCH,
        )

    @api.model
    def _find_words(self, pattern):
        """Yield ``(model, field, {id: text})`` of the sealed texts in which a pattern is found."""
        for name in self._get_sealable_fields():
            column, last = SQL.identifier(name), 0
            while rows := self.env.execute_query(
                SQL(
                    'SELECT id, %s FROM %s WHERE id > %s AND %s ~ %s ORDER BY id LIMIT %s',
                    column,
                    SQL.identifier(self._table),
                    last,
                    column,
                    SEALED,
                    BATCH,
                )
            ):
                last = rows[-1][0]
                records = self.browse([id_ for id_, _value in rows])
                opened = records._unseal_fetched(name, [value for _id, value in rows])
                texts = zip(records._ids, opened, strict=True)
                if found := {id_: text for id_, text in texts if pattern.search(text)}:
                    yield self._name, name, found

    @api.model
    def _unseal_all(self):
        """Write in clear what is sealed: without this add-on, nobody could read it."""
        for name in self._get_sealable_fields():
            column, table = SQL.identifier(name), SQL.identifier(self._table)
            rows = self.env.execute_query(
                SQL('SELECT id, %s FROM %s WHERE %s ~ %s', column, table, column, SEALED)
            )
            records = self.browse([id_ for id_, _value in rows])
            opened = records._unseal_fetched(name, [value for _id, value in rows])
            for id_, value in zip(records._ids, opened, strict=True):
                self.env.cr.execute(
                    SQL('UPDATE %s SET %s = %s WHERE id = %s', table, column, value, id_)
                )
        self.invalidate_model()
