"""Fields whose values are encrypted in the database.

A sealed field is computed, not stored, over a column that nobody may read::

    class Condition(models.Model):
        _inherit = ['healthcare.sealed']

        note = fields.Text(groups=GROUP_CLINICAL, **sealed('note'))
        note_sealed = sealed_column()
"""

from odoo import api, fields

SUFFIX = '_sealed'


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
