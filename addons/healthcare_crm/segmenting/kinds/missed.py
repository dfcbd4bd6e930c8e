"""Did not come to an appointment."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class Missed(RowsKind):
    """Did not come to an appointment."""

    code = 'missed'
    label = _lt("No-show")
    group = 'visits'
    model = 'calendar.event'
    date = 'start'
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("Missed an appointment %(when)s")
    denied = _lt("Missed no appointment %(when)s")

    def rows(self, condition, scope):
        """No-shows in these clinics."""
        return (
            Domain('is_appointment', '=', True)
            & Domain('appointment_status', '=', 'noshow')
            & scope.of_clinics()
        )
