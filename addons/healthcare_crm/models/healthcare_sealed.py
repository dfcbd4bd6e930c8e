import base64
import logging

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists

from ..crypto import keyring
from ..sealing import SUFFIX

_logger = logging.getLogger(__name__)

#: rows, and files, that are sealed in one transaction while the add-on is updated
BATCH = 1000
FILES = 20


class HealthcareSealed(models.AbstractModel):
    """Fields that are encrypted in the database, see :mod:`..sealing`."""

    _name = 'healthcare.sealed'
    _description = "Encrypted Fields"

    @api.model
    def _get_sealed_fields(self):
        """Return the names of the sealed fields of this model."""
        return [name for name in self._fields if name + SUFFIX in self._fields]

    @api.model
    def _get_sealable_fields(self):
        """Return the names of the fields that are sealed in their own column."""
        return []

    @api.model
    def _get_sealed_texts(self):
        """Return the names of the columns of sealed texts."""
        return [
            name + SUFFIX
            for name in self._get_sealed_fields()
            if self._fields[name + SUFFIX].type != 'binary'
        ]

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Offer no search and no order by what the database cannot read."""
        described = super().fields_get(allfields, attributes)
        for name in self._get_sealed_fields():
            for ability in ('searchable', 'sortable', 'groupable'):
                if ability in described.get(name, ()):
                    described[name][ability] = False
        return described

    @api.model
    def _get_seal_context(self, name, id_):
        """Return where a value is kept: moved elsewhere, it does not open."""
        return f'{self._name}|{name}|{id_}'

    @api.model
    def _seal_value(self, name, id_, value):
        """Return what the column of a sealed field holds for ``value``."""
        if not value:
            return None
        return keyring.get().seal(value.encode(), self._get_seal_context(name, id_))

    @api.model
    def _get_sealed_columns(self, name, id_, value):
        """Return what the columns of a sealed field hold for ``value``: ``{column: value}``."""
        return {name + SUFFIX: self._seal_value(name, id_, value)}

    @api.model
    def _seal_rows(self, name, values):
        """Seal a field of rows in SQL, in one statement, whatever is in the cache.

        :param dict values: ``{id: value}``
        """
        if not values:
            return
        rows = [(id_, self._get_sealed_columns(name, id_, value)) for id_, value in values.items()]
        columns = [SQL.identifier(column) for column in rows[0][1]]
        self.env.execute_query(
            SQL(
                """
                UPDATE %(table)s SET %(sets)s
                  FROM (VALUES %(rows)s) AS sealed (id, %(columns)s)
                 WHERE %(table)s.id = sealed.id RETURNING 1
                """,
                table=SQL.identifier(self._table),
                sets=SQL(', ').join(SQL('%s = sealed.%s', column, column) for column in columns),
                rows=SQL(', ').join(SQL('%s', (id_, *held.values())) for id_, held in rows),
                columns=SQL(', ').join(columns),
            )
        )
        self.invalidate_model([name, *rows[0][1]])

    @api.model
    def _seal_clear(self, commit):
        """Seal what an older version of this add-on left in clear, and remove that.

        Every batch is committed with what it emptied: begun again, it goes on.

        :param commit: called after each batch
        """
        for name in self._get_sealed_fields():
            if self._fields[name + SUFFIX].type == 'binary':
                self._seal_clear_files(name, commit)
            elif column_exists(self.env.cr, self._table, name):
                self._seal_clear_column(name, commit)

    def _seal_clear_column(self, name, commit):
        column, table = SQL.identifier(name), SQL.identifier(self._table)
        self.env.cr.execute(SQL('ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL', table, column))
        last = 0
        while True:
            rows = self.env.execute_query(
                SQL(
                    'SELECT id, %(column)s FROM %(table)s WHERE id > %(last)s '
                    'AND %(column)s IS NOT NULL ORDER BY id LIMIT %(limit)s',
                    column=column,
                    table=table,
                    last=last,
                    limit=BATCH,
                )
            )
            if not rows:
                break
            last = rows[-1][0]
            self._seal_rows(name, {id_: value for id_, value in rows if value})
            ids = [id_ for id_, _value in rows]
            self.env.cr.execute(
                SQL('UPDATE %s SET %s = NULL WHERE id = ANY(%s)', table, column, ids)
            )
            commit()
        self.env.cr.execute(SQL('ALTER TABLE %s DROP COLUMN %s CASCADE', table, column))
        commit()
        # what was there stays on disk until the table is written anew
        _logger.info("%s: %s is sealed", self._name, name)

    def _seal_clear_files(self, name, commit):
        # sudo: attachments of fields are nobody's
        domain = [('res_model', '=', self._name), ('res_field', '=', name)]
        Attachment = self.env['ir.attachment'].sudo()
        while attachments := Attachment.search(domain, order='id', limit=FILES):
            for attachment in attachments:
                context = self._get_seal_context(name, attachment.res_id)
                attachment.write(
                    {
                        'name': name + SUFFIX,
                        'res_field': name + SUFFIX,
                        'raw': keyring.get().seal_file(attachment.raw or b'', context),
                    }
                )
            self.env.flush_all()
            commit()

    def _check_unsealing(self, name):
        """Return the records in the database, which this user may read, and record the look."""
        origins = self._origin
        if not self.env.su:
            # as `fetch` does: one query, where `check_access` looks at each record
            allowed = self.browse(origins._search([('id', 'in', origins.ids)], active_test=False))
            if forbidden := (origins - allowed).exists():
                raise self.env['ir.rule']._make_access_error('read', forbidden)
            # what follows is done as the superuser, of whom no look is recorded
            self.env['healthcare.audit']._look('read', origins, [name])
        return origins

    def _unseal_known(self, name):
        """Return what can be read of a field, ``{id: value}``, in sudo.

        One record that was damaged keeps nobody from working on the others.
        """
        # sudo: the callers decide what becomes of it
        records = self.sudo()
        column = records._fields[name + SUFFIX]
        records.fetch(self._get_sealed_texts())
        ring, known = keyring.get(), {}
        for record in records:
            try:
                token = column.__get__(record)
                context = self._get_seal_context(name, record.id)
                known[record.id] = ring.unseal(token, context).decode() if token else ''
            except keyring.Unreadable:
                _logger.info("%s %s: %s cannot be unsealed", self._name, record.id, name)
        return known

    def _unseal_field(self, name):
        """Compute a sealed field."""
        # sudo: the column is nobody's; that this user may read the field was checked
        origins = self._check_unsealing(name).sudo()
        column, field = self._fields[name + SUFFIX], self._fields[name]
        # who reads one of them reads the others
        origins.fetch(self._get_sealed_texts())
        ring = keyring.get()
        for record in self:
            token = record._origin and column.__get__(record._origin.sudo())
            value = self._unseal(ring, name, record._origin.id, token) if token else None
            field._update_cache(record, value)

    def _unseal(self, ring, name, id_, token):
        try:
            return ring.unseal(token, self._get_seal_context(name, id_)).decode()
        except keyring.Unreadable as error:
            raise self._get_unreadable(name, id_, error) from error

    def _get_unreadable(self, name, id_, error):
        """Return the error about a value that cannot be unsealed, after telling the log."""
        _logger.error("%s %s: %s cannot be unsealed", self._name, id_, name)
        return UserError(
            self.env._(
                "“%(field)s” cannot be read: the key “%(key)s” is missing, or the data was "
                "altered. Tell your administrator.",
                field=self._fields[name]._description_string(self.env),
                key=error.key_id,
            )
        )

    def _seal_field(self, name):
        """Write a sealed field."""
        # sudo: that this user may write the field was checked
        for record in self.sudo():
            held = self._get_sealed_columns(name, record.id, record[name])
            for column, value in held.items():
                self._fields[column].write(record, value)

    def _get_sealed_attachments(self, name):
        """Return the attachments with the sealed content of a file, in sudo."""
        # sudo: they are nobody's
        return (
            self.env['ir.attachment']
            .sudo()
            .search(
                [
                    ('res_model', '=', self._name),
                    ('res_field', '=', name + SUFFIX),
                    ('res_id', 'in', self.ids),
                ]
            )
        )

    def _read_sealed_file(self, name):
        """Return the content of a file; the caller has asked who may have it."""
        self.ensure_one()
        attachment = self._get_sealed_attachments(name)[:1]
        if not attachment:
            return b''
        try:
            return keyring.get().unseal_file(
                attachment.raw, self._get_seal_context(name, attachment.res_id)
            )
        except keyring.Unreadable as error:
            raise self._get_unreadable(name, self.id, error) from error

    def _write_sealed_file(self, name, content):
        """Write the content of a file: ``b''`` for none."""
        self.ensure_one()
        # sudo: the attachment is nobody's, the caller has asked who may write the file
        record = self.sudo().with_context(bin_size=False)
        context = self._get_seal_context(name, self.id)
        record[name + SUFFIX] = content and base64.b64encode(
            keyring.get().seal_file(content, context)
        )

    def _unseal_file_field(self, name):
        """Compute a file; one that is not on disk is left empty, as Odoo does."""
        self._check_unsealing(name)
        for record in self:
            content = record._origin and record._origin._read_sealed_file(name)
            record[name] = base64.b64encode(content) if content else False

    def _seal_file_field(self, name):
        """Write a file."""
        # sudo: that this user may write the field was checked
        for record in self.sudo().with_context(bin_size=False):
            record._write_sealed_file(name, base64.b64decode(record[name] or b''))

    @api.model
    def _search_sealed(self, name, operator, value):
        """Find whether there is a value at all, and refuse to look for what it says."""
        self._check_field_access(self._fields[name], 'read')
        if operator in ('in', 'not in') and not any(value):
            # sudo: only whether the column is empty
            empty = (
                self.sudo().with_context(active_test=False)._search([(name + SUFFIX, '=', False)])
            )
            return [('id', operator, empty)]
        raise UserError(
            self.env._(
                "“%(field)s” is encrypted and cannot be searched. Look for the patient, the kind "
                "or the date instead.",
                field=self._fields[name]._description_string(self.env),
            )
        )
