"""How far apart the visits of a patient usually are."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..visits import VisitsKind
from ..words import duration, span

_lt = LazyTranslate(__name__)


@kind
class Cycle(VisitsKind):
    """Comes about every so many days: the mean of the time between visits.

    Who came once has no cycle.
    """

    code = 'cycle'
    label = _lt("Usual time between visits")
    defaults = {'number_from': 20, 'number_to': 40}
    unit = _lt("days")
    words = _lt("Usually comes every %(span)s days")
    denied = _lt("Does not usually come every %(span)s days")

    def test(self, condition):
        """Divide the time between the first and the last visit."""
        low, high = condition.number_from, condition.number_to or 100_000

        def test(visits, first, last):
            mean = SQL('extract(epoch FROM %s - %s) / 86400 / (%s - 1)', last, first, visits)
            return SQL(
                '%s > 1 AND CASE WHEN %s > 1 THEN round(%s) END BETWEEN %s AND %s',
                visits,
                visits,
                mean,
                low,
                high,
            )

        return test

    def values(self, condition, env):
        """Name the days."""
        return {'span': span(condition.number_from, condition.number_to, env)}

    def fact(self, condition, scope, patient):
        """Tell the mean."""
        rows = self.visits(condition, scope) & Domain('patient_id', '=', patient.id)
        ((first, last, count),) = scope.env['calendar.event']._read_group(
            rows, [], ['start:min', 'start:max', '__count']
        )
        if count < 2:
            return scope.env._("fewer than two visits")
        return duration(
            round((last - first).total_seconds() / 86400 / (count - 1)), 'day', scope.env
        )
