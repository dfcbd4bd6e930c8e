"""Whether the patient visited a page that a message led to."""

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from odoo.addons.healthcare_crm.segmenting.registry import kind
from odoo.addons.healthcare_crm.segmenting.rows import Exists, RowsKind, like_prefix
from odoo.addons.healthcare_crm.segmenting.words import when

_lt = LazyTranslate(__name__)


@kind
class Clicked(RowsKind):
    """Opened a link of a message."""

    code = 'clicked'
    label = _lt("Visited a page")
    group = 'contact'
    # a page may be about an illness
    access = 'staff'
    model = 'link.tracker.click'
    date = 'create_date'
    own_parameters = ('text',)
    needs = {'healthcare.campaign': (), 'link.tracker.click': ('create_date',)}
    defaults = {'timeframe': 'last', 'period': 90, 'period_unit': 'day'}
    placeholder = _lt("Part of the address, or empty for any page")
    words = _lt("Visited a page %(when)s: %(what)s")
    denied = _lt("Did not visit a page %(when)s: %(what)s")

    def is_offered(self, env):
        """Where something sends links to patients."""
        return super().is_offered(env) and bool(env['healthcare.segment.condition']._get_clicks())

    def domain(self, condition, scope):
        """Follow the links of the messages that the patient was sent."""
        # sudo: links are of the software; which patient a message went to is asked in SQL alone
        clicks = scope.env['link.tracker.click'].sudo()
        rows = scope.after(condition, self.model, self.date)
        if text := (condition.text or '').strip():
            rows &= Domain('link_id.url', '=ilike', '%' + like_prefix(text))
        query = clicks._search(rows)
        query.add_where('TRUE')
        return Exists(
            lambda patient: SQL(
                'SELECT FROM (%s) click JOIN (%s) opened ON opened.id = click.id '
                'WHERE click.patient_id = %s',
                SQL(' UNION ALL ').join(condition._get_clicks()),
                query.select(),
                patient,
            )
        )

    def values(self, condition, env):
        """Name the page and the time."""
        return {'what': condition.text or env._("any"), 'when': when(condition, env)}

    def fact(self, condition, scope, patient):
        """Nothing to tell: which links somebody opened is not for everybody."""
        return ''
