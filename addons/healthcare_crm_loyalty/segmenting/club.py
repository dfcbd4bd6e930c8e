"""Is a member of a club."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from odoo.addons.healthcare_crm.segmenting.registry import Kind, kind
from odoo.addons.healthcare_crm.segmenting.rows import having_any

_lt = LazyTranslate(__name__)


@kind
class InClub(Kind):
    """Is a member of any of some clubs."""

    code = 'club'
    label = _lt("In a club")
    group = 'segments'
    access = 'clinical'
    needs = {'healthcare.club.member': ('state',)}
    parameters = ('club_ids',)
    required = ('club_ids',)
    words = _lt("In the club %(what)s")
    denied = _lt("Not in the club %(what)s")

    def domain(self, condition, scope):
        """Find who is a member now."""
        return having_any(scope, 'healthcare.club.member', self._rows(condition))

    def _rows(self, condition):
        return Domain('club_id', 'in', condition.club_ids.ids) & Domain('state', '=', 'member')

    def values(self, condition, env):
        """Name them."""
        names = [env._("“%s”", name) for name in condition.club_ids.with_env(env).mapped('name')]
        return {'what': env._(" or ").join(names)}

    def fact(self, condition, scope, patient):
        """Tell since when."""
        mine = self._rows(condition) & Domain('patient_id', '=', patient.id)
        member = scope.env['healthcare.club.member'].search(mine, limit=1)
        return format_date(scope.env, member.joined_at) if member.joined_at else ''
