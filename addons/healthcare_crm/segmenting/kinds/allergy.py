"""Is allergic to something."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class Allergy(RowsKind):
    """Is allergic to something."""

    code = 'allergy'
    label = _lt("Allergy")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.allergy'
    timed = False
    own_parameters = ('text',)
    required = ('text',)
    placeholder = _lt("For example: penicillin")
    words = _lt("Allergic to %(what)s")
    denied = _lt("Not allergic to %(what)s")

    def rows(self, condition, scope):
        """Those that are not refuted."""
        return (
            Domain('clinical_status', '=', 'active')
            & Domain('verification_status', 'not in', ('refuted', 'entered-in-error'))
            & Domain('name', 'ilike', condition.text)
        )
