"""How far apart the visits of a patient usually are."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import having
from ..words import duration, span

_lt = LazyTranslate(__name__)


@kind
class Cycle(Kind):
    """Comes about every so many days: the mean of the time between visits.

    Who came once has no cycle.
    """

    code = 'cycle'
    label = _lt("Usual time between visits")
    group = 'visits'
    parameters = ('number', 'timeframe')
    required = (('number_from', 'number_to'),)
    defaults = {'number_from': 20, 'number_to': 40}
    unit = _lt("days")
    words = _lt("Usually comes every %(span)s days")
    denied = _lt("Does not usually come every %(span)s days")

    def _visits(self, condition, scope):
        return (
            scope.visits()
            & Domain('start', '<=', 'now')
            & scope.after(condition, 'calendar.event', 'start')
        )

    def domain(self, condition, scope):
        """Divide the time between the first and the last visit."""

        def test(start):
            mean = SQL(
                "extract(epoch FROM max(%(start)s) - min(%(start)s)) / 86400 / (count(*) - 1)",
                start=start,
            )
            return SQL(
                "count(*) > 1 AND CASE WHEN count(*) > 1 THEN round(%s) END BETWEEN %s AND %s",
                mean,
                condition.number_from,
                condition.number_to or 100_000,
            )

        rows = self._visits(condition, scope)
        return having(scope, 'calendar.event', rows, test, start='start')

    def values(self, condition, env):
        """Name the days."""
        return {'span': span(condition.number_from, condition.number_to, env)}

    def fact(self, condition, scope, patient):
        """Tell the mean."""
        rows = self._visits(condition, scope) & Domain('patient_id', '=', patient.id)
        ((first, last, count),) = scope.env['calendar.event']._read_group(
            rows, [], ['start:min', 'start:max', '__count']
        )
        if count < 2:
            return scope.env._("fewer than two visits")
        return duration(
            round((last - first).total_seconds() / 86400 / (count - 1)), 'day', scope.env
        )
