"""Came to the clinic."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind
from ..visits import counts_all, last_visit

_lt = LazyTranslate(__name__)


@kind
class Visit(RowsKind):
    """Came, in a time, if wanted to certain practitioners, specialties or services."""

    code = 'visit'
    label = _lt("Seen, or not seen since")
    group = 'visits'
    model = 'calendar.event'
    date = 'start'
    own_parameters = ('practitioner_ids', 'specialty_ids', 'service_ids')
    defaults = {'negative': True, 'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    words = _lt("Seen %(what)s %(when)s")
    denied = _lt("Not seen %(what)s %(when)s")

    def rows(self, condition, scope):
        """Visits up to now."""
        rows = scope.visits()
        if condition.practitioner_ids:
            rows &= Domain('practitioner_id', 'in', condition.practitioner_ids.ids)
        if condition.specialty_ids:
            rows &= Domain('practitioner_id.specialty_ids', 'in', condition.specialty_ids.ids)
        if condition.service_ids:
            rows &= Domain('service_id', 'in', condition.service_ids.ids)
        return rows

    def domain(self, condition, scope):
        """Find one row."""
        if counts_all(condition) and not any(condition[name] for name in self.own_parameters):
            since = scope.since(condition)
            return last_visit(scope, since and scope.midnight(since))
        return super().domain(condition, scope)

    def values(self, condition, env):
        """Name by whom, or for what."""
        values = super().values(condition, env)
        # sudo: names the author chose; who may read the condition may know them
        chosen = condition.sudo()
        names = [
            *chosen.practitioner_ids.mapped('name'),
            *chosen.specialty_ids.mapped('name'),
            *chosen.service_ids.mapped('name'),
        ]
        return values | {'what': f"({', '.join(names)})" if names else ''}

    def sentence(self, condition, env):
        """Leave no gap where nobody is named."""
        return ' '.join(super().sentence(condition, env).split())
