"""Whether a quotation of the patient is still open."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from odoo.addons.healthcare_crm.segmenting.registry import kind
from odoo.addons.healthcare_crm.segmenting.rows import RowsKind, having_any, local_day

_lt = LazyTranslate(__name__)


@kind
class Quoted(RowsKind):
    """Was sent a quotation, and has not answered."""

    code = 'quoted'
    label = _lt("Quotation not answered")
    group = 'contact'
    # what is offered tells what somebody comes for
    access = 'staff'
    model = 'sale.order'
    date = 'date_order'
    needs = {'healthcare.campaign': (), 'sale.order': ('partner_id', 'date_order', 'state')}
    defaults = {'timeframe': 'last', 'period': 3, 'period_unit': 'month'}
    words = _lt("Has an open quotation of the time %(when)s")
    denied = _lt("Has no open quotation of the time %(when)s")

    def rows(self, condition, scope):
        """Return the quotations that were sent and neither ordered nor cancelled."""
        return Domain('state', '=', 'sent')

    def domain(self, condition, scope):
        """Find one quotation."""
        # sudo: that one is open, not what it is about
        own = scope.sudo()
        rows = self.timed_rows(condition, own) & scope.of_clinics()
        return having_any(own, self.model, rows, 'partner_id')

    def fact(self, condition, scope, patient):
        """Tell since when."""
        rows = self.timed_rows(condition, scope) & Domain('partner_id', '=', patient.id)
        row = scope.env[self.model].sudo().search(rows, order='date_order desc', limit=1)
        return format_date(scope.env, local_day(row, self.date, scope)) if row else ''
