"""Fields whose values are encrypted in the database.

A sealed field is computed, not stored, over a column that nobody may read::

    class Condition(models.Model):
        _inherit = ['healthcare.sealed']

        note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
        note_sealed = sealed_column()
"""

from odoo import api, fields

SUFFIX = '_sealed'
#: how a sealed value looks, for PostgreSQL
SEALED = r'^v1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]{38,}$'


def sealed(name, copy=True, search=None):
    """Return the arguments of a field that is sealed in the column ``<name>_sealed``.

    :param str name: of the field
    :param str search: name of the method that searches it; without one, that is refused
    """

    # the date is fetched with it: Odoo checks the rules of what it fetches in SQL, else one by one
    @api.depends(lambda self: [name + SUFFIX, *(['create_date'] if self._log_access else [])])
    def compute(records):
        records._unseal_field(name)

    def inverse(records):
        records._seal_field(name)

    def refuse(records, operator, value):
        return records._search_sealed(name, operator, value)

    return {'compute': compute, 'inverse': inverse, 'search': search or refuse, 'copy': copy}


def sealed_file(name):
    """Return the arguments of a file that is sealed in the attachment of ``<name>_sealed``."""

    @api.depends(name + SUFFIX)
    def compute(records):
        records._unseal_file_field(name)

    def inverse(records):
        records._seal_file_field(name)

    def refuse(records, operator, value):
        return records._search_sealed(name, operator, value)

    return {'compute': compute, 'inverse': inverse, 'search': refuse, 'copy': False}


def sealed_attachment():
    """Return where the sealed content of a file is: an attachment that nobody reads."""
    return fields.Binary(attachment=True, groups=fields.NO_ACCESS, copy=False)


def sealed_column():
    """Return the column of a sealed field."""
    return fields.Text(groups=fields.NO_ACCESS, copy=False, prefetch=False)


class Sealable:
    """A field of Odoo's that is encrypted in its own column, where its record is one of those
    that hold what patients confided. See ``healthcare.sealable``.

    What is read is opened on its way into the cache, what is written is sealed on its way out: no
    other code meets the sealed value. The database cannot search it.
    """

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        column = super().convert_to_column_insert(value, record, values, validate)
        if not column or not record._is_confided(values):
            return column
        # a new row has no number yet that it could be sealed for: it is written again at once
        return record._seal_value(self.name, record.id, column) if record.id else ''

    def _insert_cache(self, records, values):
        return super()._insert_cache(records, records._unseal_fetched(self.name, values))


class SealableChar(Sealable, fields.Char):
    """See :class:`Sealable`."""


class SealableText(Sealable, fields.Text):
    """See :class:`Sealable`."""


class SealableHtml(Sealable, fields.Html):
    """See :class:`Sealable`."""
