"""Has an appointment ahead."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class Coming(RowsKind):
    """Has an appointment ahead."""

    code = 'coming'
    label = _lt("Next appointment")
    group = 'visits'
    model = 'calendar.event'
    date = 'start'
    timed = False
    defaults = {'negative': True}
    words = _lt("Has an appointment ahead")
    denied = _lt("Has no appointment ahead")

    def rows(self, condition, scope):
        """What is booked from now on in these clinics."""
        return (
            Domain('is_appointment', '=', True)
            & Domain('appointment_status', 'in', ('proposed', 'pending', 'booked'))
            & Domain('start', '>', 'now')
            & scope.of_clinics()
        )
