"""Was measured or tested."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import LOINC, RowsKind, about
from ..words import number, span

_lt = LazyTranslate(__name__)


@kind
class Observation(RowsKind):
    """Has a result, of any value or between two."""

    code = 'observation'
    label = _lt("Test or measurement")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.observation'
    date = 'date'
    own_parameters = ('text', 'amount')
    required = ('text',)
    placeholder = _lt("LOINC code or a part of the name, for example HbA1c")
    words = _lt("%(what)s measured %(when)s")
    denied = _lt("%(what)s not measured %(when)s")

    def rows(self, condition, scope):
        """Results, final or not."""
        rows = Domain('status', 'in', ('preliminary', 'final', 'amended'))
        rows &= about(condition.text, LOINC)
        if condition.amount_from:
            rows &= Domain('value', '>=', condition.amount_from)
        if condition.amount_to:
            rows &= Domain('value', '<=', condition.amount_to)
        return rows

    def values(self, condition, env):
        """Name the test, and the values where they matter."""
        values = super().values(condition, env)
        if condition.amount_from or condition.amount_to:
            low, high = (
                value and number(value) for value in (condition.amount_from, condition.amount_to)
            )
            values['what'] = env._(
                "%(test)s of %(span)s", test=condition.text, span=span(low, high, env)
            )
        return values

    def tell(self, row, scope):
        """Tell the value and the day."""
        value = f"{number(row.value)} {row.unit or ''}".strip()
        return f'{value}, {super().tell(row, scope)}'
