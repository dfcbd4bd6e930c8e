"""Has a condition."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind, about

_lt = LazyTranslate(__name__)


def present():
    """Return the conditions that patients have now, also those not confirmed yet."""
    return Domain('clinical_status', 'in', ('active', 'recurrence', 'relapse')) & Domain(
        'verification_status', 'not in', ('refuted', 'entered-in-error')
    )


@kind
class Illness(RowsKind):
    """Has a condition."""

    code = 'illness'
    label = _lt("Health Condition")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.condition'
    timed = False
    own_parameters = ('text',)
    required = ('text',)
    placeholder = _lt("ICD-10 code, its beginning, or a part of the name")
    words = _lt("Has %(what)s")
    denied = _lt("Does not have %(what)s")

    def rows(self, condition, scope):
        """Those the patient has, whatever its course."""
        return present() & about(condition.text)

    def fact(self, condition, scope, patient):
        """Tell which."""
        rows = self.rows(condition, scope) & Domain('patient_id', '=', patient.id)
        return ', '.join(scope.env[self.model].search(rows, limit=3).mapped('name'))
