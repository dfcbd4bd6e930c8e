"""Is in other segments."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import having_any

_lt = LazyTranslate(__name__)


@kind
class InSegment(Kind):
    """Is in any, or in all, of other segments."""

    code = 'segment'
    label = _lt("In other segments")
    group = 'segments'
    access = 'staff'
    parameters = ('options', 'segment_ids')
    single = True
    required = ('segment_ids',)
    defaults = {'options': ['any']}
    words = _lt("In the segment %(what)s")
    denied = _lt("Not in the segment %(what)s")

    def choices(self, env):
        """Any or all."""
        return [('any', env._("Any of them")), ('all', env._("All of them"))]

    def domain(self, condition, scope):
        """Ask who was found there, or what it asks where nobody was looked up yet."""
        # sudo for what they ask: whoever is in a segment may be read without knowing why
        segments = condition.segment_ids
        found = [self._patients(segment, scope) for segment in segments]
        return Domain.AND(found) if 'all' in (condition.options or []) else Domain.OR(found)

    def _patients(self, segment, scope):
        members = scope.env['healthcare.segment.member']
        members.check_access('read')
        if not segment.refreshed_at or not segment.active:
            return segment.sudo()._get_domain()
        rows = Domain('segment_id', '=', segment.id or segment._origin.id)
        return having_any(scope, 'healthcare.segment.member', rows)

    def values(self, condition, env):
        """Name them."""
        names = [env._("“%s”", name) for name in condition.segment_ids.with_env(env).mapped('name')]
        every = 'all' in (condition.options or [])
        return {'what': (env._(" and ") if every else env._(" or ")).join(names)}

    def fact(self, condition, scope, patient):
        """Tell since when."""
        rows = Domain('segment_id', 'in', condition.segment_ids.ids)
        rows &= Domain('patient_id', '=', patient.id)
        members = scope.env['healthcare.segment.member'].search(rows)
        return ', '.join(
            f'{member.segment_id.name}: {format_date(scope.env, member.date)}' for member in members
        )
