"""Who spent most."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import among
from ..words import when
from .spend import spent, told

_lt = LazyTranslate(__name__)


@kind
class TopSpend(Kind):
    """Among the so many patients who spent most."""

    code = 'top_spend'
    label = _lt("Spent most")
    group = 'visits'
    access = 'clinical'
    needs = {'healthcare.encounter': ('amount', 'currency_id', 'start', 'status')}
    parameters = ('count', 'timeframe')
    required = ('number_from',)
    defaults = {'number_from': 100, 'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    unit = _lt("patients")
    words = _lt("Among the %(count)s who spent most %(when)s")
    denied = _lt("Not among the %(count)s who spent most %(when)s")

    def domain(self, condition, scope):
        """Add up, and take the first."""
        Encounter = scope.env['healthcare.encounter']
        Encounter._check_field_access(Encounter._fields['amount'], 'read')
        # of these clinics' patients only: else others would take the places
        query = Encounter._search(
            spent(condition, scope)
            & scope.of_clinics('patient_id.company_id')
            & Domain('patient_id.is_patient', '=', True)
        )
        return among(
            SQL(
                """
                SELECT %(patient)s AS patient_id FROM %(rows)s WHERE %(where)s
                 GROUP BY 1 ORDER BY sum(%(amount)s) DESC, 1 LIMIT %(count)s
                """,
                patient=Encounter._field_to_sql(query.table, 'patient_id', query),
                amount=Encounter._field_to_sql(query.table, 'amount', query),
                rows=query.from_clause,
                where=query.where_clause,
                count=condition.number_from,
            )
        )

    def values(self, condition, env):
        """Name how many, and when."""
        return {'count': condition.number_from, 'when': when(condition, env)}

    def fact(self, condition, scope, patient):
        """Tell the sum."""
        return told(condition, scope, patient)
