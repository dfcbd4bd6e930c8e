"""How the patient is insured."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class Insurance(RowsKind):
    """Has coverage of a kind that is valid today."""

    code = 'insurance'
    label = _lt("Insurance")
    group = 'person'
    access = 'staff'
    needs = {'healthcare.coverage': ('kind', 'payer_id')}
    model = 'healthcare.coverage'
    timed = False
    own_parameters = ('options', 'text')
    placeholder = _lt("Insurer, or a part of its name")
    words = _lt("Insured: %(what)s")
    denied = _lt("Not insured: %(what)s")

    def choices(self, env):
        """The kinds of coverage."""
        return env[self.model]._fields['kind']._description_selection(env)

    def rows(self, condition, scope):
        """Those that pay today."""
        rows = scope.env[self.model]._valid_domain()
        if condition.options:
            rows &= Domain('kind', 'in', condition.options)
        if condition.text:
            rows &= Domain('payer_id.name', 'ilike', condition.text)
        return rows

    def values(self, condition, env):
        """Name the kinds and the insurer."""
        parts = [self.chosen(condition, env), condition.text]
        what = ', '.join(part for part in parts if part)
        return {'what': what or env._("any insurance")}

    def tell(self, row, scope):
        """Tell the insurer."""
        return row.payer_id.display_name or ''
