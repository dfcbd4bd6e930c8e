from odoo import models
from odoo.tools import SQL


class HealthcareErasure(models.Model):
    """What somebody earned for their family stays with it, and is nobody else's merit."""

    _inherit = 'healthcare.erasure'

    def _set_null(self, table, column, ids):
        if (table, column) == ('loyalty_history', 'by_card_id'):
            self.env.cr.execute(
                SQL(
                    "UPDATE loyalty_history SET kind = 'family' "
                    "WHERE id = ANY(%s) AND kind = 'earn'",
                    list(ids),
                )
            )
        return super()._set_null(table, column, ids)
