"""How often the patient comes."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import counted, having
from ..words import span, when

_lt = LazyTranslate(__name__)


@kind
class Frequency(Kind):
    """Came so many times in a period."""

    code = 'frequency'
    label = _lt("Frequency of visits")
    group = 'visits'
    parameters = ('number', 'timeframe')
    required = (('number_from', 'number_to'),)
    defaults = {'number_from': 4, 'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    unit = _lt("visits")
    words = _lt("Visits %(when)s: %(span)s")
    denied = _lt("Visits %(when)s: not %(span)s")

    def _visits(self, condition, scope):
        return (
            scope.visits()
            & Domain('start', '<=', 'now')
            & scope.after(condition, 'calendar.event', 'start')
        )

    def domain(self, condition, scope):
        """Count the visits; who never came is among those with at most so many."""
        rows = self._visits(condition, scope)
        if condition.number_from:
            return having(scope, 'calendar.event', rows, lambda: counted(condition))
        return ~having(
            scope, 'calendar.event', rows, lambda: SQL('count(*) > %s', condition.number_to)
        )

    def values(self, condition, env):
        """Name how often."""
        return {
            'when': when(condition, env),
            'span': span(condition.number_from, condition.number_to, env),
        }

    def fact(self, condition, scope, patient):
        """Tell how often."""
        rows = self._visits(condition, scope) & Domain('patient_id', '=', patient.id)
        return str(scope.env['calendar.event'].search_count(rows))
