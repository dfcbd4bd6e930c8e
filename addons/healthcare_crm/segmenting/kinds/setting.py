"""Outpatient, inpatient, emergency, at home or at a distance."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)

#: statuses of an encounter that began
TOOK_PLACE = ('in-progress', 'finished')


@kind
class Setting(RowsKind):
    """Outpatient, inpatient, emergency, at home or at a distance."""

    code = 'setting'
    label = _lt("Outpatient or inpatient")
    group = 'visits'
    access = 'clinical'
    needs = {'healthcare.encounter': ('start', 'status', 'encounter_class')}
    model = 'healthcare.encounter'
    date = 'start'
    own_parameters = ('options',)
    required = ('options',)
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("Was %(what)s %(when)s")
    denied = _lt("Was not %(what)s %(when)s")

    def choices(self, env):
        """Those of the field."""
        return env[self.model]._fields['encounter_class']._description_selection(env)

    def rows(self, condition, scope):
        """Encounters that took place, here or elsewhere."""
        return Domain('status', 'in', TOOK_PLACE) & Domain(
            'encounter_class', 'in', condition.options
        )
