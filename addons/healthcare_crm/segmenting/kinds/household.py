"""With whom the patient lives."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import between
from ..words import span

_lt = LazyTranslate(__name__)


@kind
class Household(Kind):
    """Lives in a household of so many patients."""

    code = 'household'
    label = _lt("Household")
    group = 'person'
    access = 'staff'
    needs = {'res.partner': ('household_id',), 'healthcare.household': ('member_ids',)}
    parameters = ('number',)
    required = (('number_from', 'number_to'),)
    defaults = {'number_from': 2}
    unit = _lt("people")
    words = _lt("In a household of %(span)s")
    denied = _lt("Not in a household of %(span)s")

    def domain(self, condition, scope):
        """Count who lives in it."""
        Partner = scope.env['res.partner']
        households = Partner._search(
            Domain('household_id', '!=', False) & Domain('is_patient', '=', True)
        )
        households.groupby = SQL.identifier('res_partner', 'household_id')
        low, high = condition.number_from, condition.number_to
        households.having = between(SQL('count(*)'), low, high)
        select = households.select(SQL.identifier('res_partner', 'household_id'))
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                '%s IN (%s)', SQL.identifier(alias, 'household_id'), select
            )
        )

    def values(self, condition, env):
        """Name the size."""
        return {'span': span(condition.number_from, condition.number_to, env)}

    def fact(self, condition, scope, patient):
        """Tell the household."""
        return patient.household_id.display_name or ''
