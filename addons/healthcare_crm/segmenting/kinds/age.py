"""How old the patient is."""

from dateutil.relativedelta import relativedelta

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..words import span

_lt = LazyTranslate(__name__)


@kind
class Age(Kind):
    """Between two ages in whole years, both included."""

    code = 'age'
    label = _lt("Age")
    group = 'person'
    parameters = ('number',)
    required = (('number_from', 'number_to'),)
    unit = _lt("years")
    words = _lt("Aged %(span)s")
    denied = _lt("Not aged %(span)s")

    def domain(self, condition, scope):
        """Compare the birth date."""
        born = Domain('birth_date', '!=', False)
        if condition.number_from:
            born &= Domain('birth_date', '<=', scope.ago(condition.number_from, 'year'))
        if condition.number_to:
            youngest = scope.ago(condition.number_to + 1, 'year') + relativedelta(days=1)
            born &= Domain('birth_date', '>=', youngest)
        return born

    def values(self, condition, env):
        """Name the ages."""
        return {'span': span(condition.number_from, condition.number_to, env)}

    def fact(self, condition, scope, patient):
        """Tell the age."""
        return str(patient.age) if patient.birth_date else scope.env._("age not known")
