"""What the visits of a patient came to."""

from odoo.fields import Domain
from odoo.tools import format_amount
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import at_most, between, having
from ..words import span, when

_lt = LazyTranslate(__name__)


@kind
class Spend(Kind):
    """Spent so much in a period, in the money of the clinic."""

    code = 'spend'
    label = _lt("Spend")
    group = 'visits'
    access = 'clinical'
    needs = {'healthcare.encounter': ('amount', 'currency_id', 'start', 'status')}
    parameters = ('amount', 'timeframe')
    required = (('amount_from', 'amount_to'),)
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("Spend %(when)s: %(span)s")
    denied = _lt("Spend %(when)s: not %(span)s")

    def domain(self, condition, scope):
        """Add up; who spent nothing is among those with at most so much."""
        rows = spent(condition, scope)
        low, high = condition.amount_from, condition.amount_to

        def test(amount):
            return between(amount, low, high) if low else at_most(amount, high)

        return having(scope, 'healthcare.encounter', rows, {'amount': ('sum', 'amount')}, test)

    def values(self, condition, env):
        """Name the amounts."""
        currency = condition.segment_id.company_id.sudo().currency_id
        low, high = (
            value and format_amount(env, value, currency)
            for value in (condition.amount_from, condition.amount_to)
        )
        return {'when': when(condition, env), 'span': span(low, high, env)}

    def fact(self, condition, scope, patient):
        """Tell the sum."""
        return told(condition, scope, patient)


def spent(condition, scope):
    """Return the encounters of the time a condition asks about that cost something."""
    return (
        Domain('status', 'in', ('in-progress', 'finished'))
        & Domain('amount', '>', 0)
        & Domain('currency_id', '=', scope.company.currency_id.id)
        & scope.after(condition, 'healthcare.encounter', 'start')
    )


def told(condition, scope, patient):
    """Return what one patient spent, as money."""
    rows = spent(condition, scope) & Domain('patient_id', '=', patient.id)
    ((amount,),) = scope.env['healthcare.encounter']._read_group(rows, [], ['amount:sum'])
    return format_amount(scope.env, amount or 0, scope.company.currency_id)
