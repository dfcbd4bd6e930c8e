"""Has an acute or a chronic condition."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind
from .illness import present

_lt = LazyTranslate(__name__)


@kind
class Course(RowsKind):
    """Has an acute or a chronic condition."""

    code = 'course'
    label = _lt("Acute or chronic")
    group = 'health'
    access = 'clinical'
    needs = {'healthcare.condition': ('course',)}
    model = 'healthcare.condition'
    timed = False
    own_parameters = ('options',)
    required = ('options',)
    words = _lt("Has a condition that is %(what)s")
    denied = _lt("Has no condition that is %(what)s")

    def choices(self, env):
        """Those of the field."""
        return env[self.model]._fields['course']._description_selection(env)

    def rows(self, condition, scope):
        """Those of that course."""
        return present() & Domain('course', 'in', condition.options)

    def fact(self, condition, scope, patient):
        """Tell which."""
        rows = self.rows(condition, scope) & Domain('patient_id', '=', patient.id)
        return ', '.join(scope.env[self.model].search(rows, limit=3).mapped('name'))
