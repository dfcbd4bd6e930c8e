"""Had a procedure."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind, about

_lt = LazyTranslate(__name__)


@kind
class Procedure(RowsKind):
    """Had a procedure."""

    code = 'procedure'
    label = _lt("Procedure")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.procedure'
    date = 'performed_at'
    own_parameters = ('text',)
    required = ('text',)
    placeholder = _lt("Code, its beginning, or a part of the name")
    words = _lt("Had %(what)s %(when)s")
    denied = _lt("Did not have %(what)s %(when)s")

    def rows(self, condition, scope):
        """Those that were done."""
        return Domain('status', '=', 'completed') & about(condition.text)
