from odoo import models
from odoo.tools import SQL


class HealthcareQuotient(models.AbstractModel):
    """Records with measures that are quotients of others: rates, costs of each.

    Of several records, it is the quotient of the sums: the average of quotients is something else.
    """

    _name = 'healthcare.quotient'
    _description = "Figures That Are Quotients"

    #: ``{name: (what is divided, by what, times)}``
    _quotients = {}

    def _read_group_select(self, aggregate_spec, query):
        name = aggregate_spec.partition(':')[0]
        if name not in self._quotients:
            return super()._read_group_select(aggregate_spec, query)
        *parts, times = self._quotients[name]
        part, whole = (self._field_to_sql(self._table, one, query) for one in parts)
        return SQL('%s * SUM(%s) / NULLIF(SUM(%s), 0)', times, part, whole)
