"""Whether the patient came to an event."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from odoo.addons.healthcare_crm.segmenting.registry import kind
from odoo.addons.healthcare_crm.segmenting.rows import RowsKind, having_any, local_day

_lt = LazyTranslate(__name__)


@kind
class Attended(RowsKind):
    """Came to an event of the clinic."""

    code = 'attended'
    label = _lt("Attended an event")
    group = 'contact'
    # an event may be about an illness
    access = 'staff'
    model = 'event.registration'
    date = 'date_closed'
    own_parameters = ('text',)
    needs = {
        'healthcare.campaign': (),
        'event.registration': ('partner_id', 'date_closed', 'state', 'event_id'),
    }
    defaults = {'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    placeholder = _lt("Part of the event's name, or empty for any")
    words = _lt("Attended an event %(when)s: %(what)s")
    denied = _lt("Did not attend an event %(when)s: %(what)s")

    def rows(self, condition, scope):
        """Return the registrations of who came."""
        rows = Domain('state', '=', 'done') & Domain('partner_id', '!=', False)
        if text := (condition.text or '').strip():
            rows &= Domain('event_id.name', 'ilike', text)
        # who came to a club about health is in it; where no club has events, there is no such field
        if 'is_clinical_club' in scope.env['event.event']._fields:
            rows &= Domain('event_id.is_clinical_club', '=', False)
        return rows

    def domain(self, condition, scope):
        """Find one registration."""
        # sudo: who may ask this may know who came
        own = scope.sudo()
        return having_any(own, self.model, self.timed_rows(condition, own), 'partner_id')

    def values(self, condition, env):
        """Name the event and the time."""
        return super().values(condition, env) | {'what': condition.text or env._("any")}

    def fact(self, condition, scope, patient):
        """Tell when."""
        rows = self.timed_rows(condition, scope) & Domain('partner_id', '=', patient.id)
        row = scope.env[self.model].sudo().search(rows, order='date_closed desc', limit=1)
        return format_date(scope.env, local_day(row, self.date, scope)) if row else ''
