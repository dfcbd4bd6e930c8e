"""Emergency, urgent or elective."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind
from .setting import TOOK_PLACE

_lt = LazyTranslate(__name__)


@kind
class Priority(RowsKind):
    """Emergency, urgent or elective."""

    code = 'priority'
    label = _lt("Emergency or elective")
    group = 'visits'
    access = 'clinical'
    needs = {'healthcare.encounter': ('start', 'status', 'priority')}
    model = 'healthcare.encounter'
    date = 'start'
    own_parameters = ('options',)
    required = ('options',)
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("Priority of a visit %(when)s: %(what)s")
    denied = _lt("No visit with priority %(what)s %(when)s")

    def choices(self, env):
        """Those of the field."""
        return env[self.model]._fields['priority']._description_selection(env)

    def rows(self, condition, scope):
        """Encounters that took place, here or elsewhere."""
        return Domain('status', 'in', TOOK_PLACE) & Domain('priority', 'in', condition.options)
