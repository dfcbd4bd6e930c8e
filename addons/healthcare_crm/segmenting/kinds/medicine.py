"""Takes a medicine."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind, about

_lt = LazyTranslate(__name__)


@kind
class Medicine(RowsKind):
    """Takes a medicine."""

    code = 'medicine'
    label = _lt("Medicine")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.medication'
    timed = False
    own_parameters = ('text',)
    required = ('text',)
    placeholder = _lt("ATC code, its beginning, or a part of the name")
    words = _lt("Takes %(what)s")
    denied = _lt("Does not take %(what)s")

    def rows(self, condition, scope):
        """Those that are taken now."""
        return Domain('status', '=', 'active') & about(condition.text)

    def fact(self, condition, scope, patient):
        """Tell which."""
        rows = self.rows(condition, scope) & Domain('patient_id', '=', patient.id)
        return ', '.join(scope.env[self.model].search(rows, limit=3).mapped('name'))
