"""How long ago the patient came last."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import having_any, local_day
from ..visits import counts_all, last_visit
from ..words import duration

_lt = LazyTranslate(__name__)


@kind
class LastVisit(Kind):
    """Came last between two distances from today."""

    code = 'last_visit'
    label = _lt("Last visit")
    group = 'visits'
    parameters = ('number', 'period_unit')
    required = (('number_from', 'number_to'),)
    defaults = {'number_from': 6, 'number_to': 12, 'period_unit': 'month'}
    words = _lt("Last visit %(span)s")
    denied = _lt("Last visit not %(span)s")

    def domain(self, condition, scope):
        """Find a visit that long ago, and none since."""
        begin, end = (
            count and scope.midnight(scope.ago(count, condition.period_unit))
            for count in (condition.number_to, condition.number_from)
        )
        if counts_all(condition):
            return last_visit(scope, begin, end)
        rows = scope.visits()
        if begin:
            rows &= Domain('start', '>=', begin)
        if not end:
            return having_any(scope, 'calendar.event', rows)
        met = having_any(scope, 'calendar.event', rows & Domain('start', '<', end))
        late = scope.visits() & Domain('start', '>=', end)
        return met & ~having_any(scope, 'calendar.event', late)

    def values(self, condition, env):
        """Name the distances."""
        unit = condition.period_unit
        low, high = (
            count and duration(count, unit, env)
            for count in (condition.number_from, condition.number_to)
        )
        if low and high:
            return {'span': env._("%(low)s to %(high)s ago", low=low, high=high)}
        if high:
            return {'span': env._("at most %(high)s ago", high=high)}
        return {'span': env._("%(low)s ago or longer", low=low)}

    def fact(self, condition, scope, patient):
        """Tell the day."""
        rows = scope.visits() & Domain('patient_id', '=', patient.id)
        visit = scope.env['calendar.event'].search(rows, order='start desc', limit=1)
        return format_date(scope.env, local_day(visit, 'start', scope)) if visit else ''
