import re

from odoo import models


class IrRule(models.Model):
    _inherit = 'ir.rule'

    def _make_access_error(self, operation, records):
        """Refuse without the names of the records: in developer mode, which anybody may switch on,
        Odoo tells them to whoever is refused."""
        error = super()._make_access_error(operation, records)
        model = re.escape(records._name)
        words = error.args[0]
        for id_ in records.ids:
            words = re.sub(
                rf'^- ([^\n,]*), .*?\(({model}: {id_})\b',
                r'- \1 (\2',
                words,
                count=1,
                flags=re.MULTILINE | re.DOTALL,
            )
        error.args = (words, *error.args[1:])
        return error
