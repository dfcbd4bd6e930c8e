"""Normal or critical."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind
from .setting import TOOK_PLACE

_lt = LazyTranslate(__name__)


@kind
class Severity(RowsKind):
    """Normal or critical."""

    code = 'severity'
    label = _lt("Normal or critical")
    group = 'visits'
    access = 'clinical'
    needs = {'healthcare.encounter': ('start', 'status', 'severity')}
    model = 'healthcare.encounter'
    date = 'start'
    own_parameters = ('options',)
    required = ('options',)
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("State at a visit %(when)s: %(what)s")
    denied = _lt("No visit in state %(what)s %(when)s")

    def choices(self, env):
        """Those of the field."""
        return env[self.model]._fields['severity']._description_selection(env)

    def rows(self, condition, scope):
        """Encounters that took place, here or elsewhere."""
        return Domain('status', 'in', TOOK_PLACE) & Domain('severity', 'in', condition.options)
