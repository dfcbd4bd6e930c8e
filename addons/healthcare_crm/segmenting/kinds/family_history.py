"""Has a condition in the family."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class FamilyHistory(RowsKind):
    """Has a condition in the family."""

    code = 'family_history'
    label = _lt("Family history")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.family.history'
    timed = False
    own_parameters = ('text',)
    required = ('text',)
    placeholder = _lt("For example: breast cancer")
    words = _lt("%(what)s in the family")
    denied = _lt("No %(what)s in the family")

    def rows(self, condition, scope):
        """Those with the word in them."""
        return Domain('name', 'ilike', condition.text)
