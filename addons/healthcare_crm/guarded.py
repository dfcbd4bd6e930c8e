"""One2many fields that tell nobody of records they may not read."""

from collections.abc import Set as AbstractSet

from odoo import fields
from odoo.fields import Domain

_MANY = (list, tuple, AbstractSet)


class GuardedOne2many(fields.One2many):
    """A one2many field whose records stay unknown, also to searches, where a rule hides them.

    Odoo answers ``('condition_ids', '!=', False)`` and ``('condition_ids', 'in', ids)`` for all
    records there are. Here it is asked of those that the user may read.
    """

    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        """Ask of records as a domain, to which Odoo adds the rules."""
        if model.env.su or operator not in ('in', 'not in') or not isinstance(value, _MANY):
            return super().condition_to_sql(field_expr, operator, value, model, alias, query)
        ids = [one for one in value if one]
        found = Domain(self.name, 'any', Domain('id', 'in', ids)) if ids else Domain.FALSE
        if len(ids) < len(value):
            found |= Domain(self.name, 'not any', Domain.TRUE)
        if operator == 'not in':
            found = ~found
        return found.optimize_full(model)._to_sql(model, alias, query)
