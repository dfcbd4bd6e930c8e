"""How often the patient comes."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import at_most, between
from ..visits import VisitsKind
from ..words import span, when

_lt = LazyTranslate(__name__)


@kind
class Frequency(VisitsKind):
    """Came so many times in a period."""

    code = 'frequency'
    label = _lt("Frequency of visits")
    defaults = {'number_from': 4, 'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    unit = _lt("visits")
    words = _lt("Visits %(when)s: %(span)s")
    denied = _lt("Visits %(when)s: not %(span)s")

    def test(self, condition):
        """Compare the number; who never came is among those with at most so many."""
        low, high = condition.number_from, condition.number_to
        if low:
            return lambda visits, first, last: between(visits, low, high)
        return lambda visits, first, last: at_most(visits, high)

    def values(self, condition, env):
        """Name how often."""
        return {
            'when': when(condition, env),
            'span': span(condition.number_from, condition.number_to, env),
        }

    def fact(self, condition, scope, patient):
        """Tell how often."""
        rows = self.visits(condition, scope) & Domain('patient_id', '=', patient.id)
        return str(scope.env['calendar.event'].search_count(rows))
