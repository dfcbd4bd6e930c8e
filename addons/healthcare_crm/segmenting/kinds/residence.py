"""Where the patient lives."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind

_lt = LazyTranslate(__name__)


@kind
class Residence(Kind):
    """Lives in one of the places: a street, a town, a postal code, a state, or a country."""

    code = 'residence'
    label = _lt("Residence")
    group = 'person'
    parameters = ('text', 'state_ids', 'country_ids')
    required = (parameters,)
    placeholder = _lt("Town, district or the beginning of the postal code")
    words = _lt("Lives in %(what)s")
    denied = _lt("Does not live in %(what)s")

    def domain(self, condition, scope):
        """Compare the parts of the address; of several that are given, all have to fit."""
        places = Domain.TRUE
        if text := (condition.text or '').strip():
            places &= Domain.OR(
                [
                    Domain('city', 'ilike', text),
                    Domain('street2', 'ilike', text),
                    Domain('street', 'ilike', text),
                    Domain('state_id.name', 'ilike', text),
                    Domain('zip', '=ilike', f'{text}%'),
                ]
            )
        if condition.state_ids:
            places &= Domain('state_id', 'in', condition.state_ids.ids)
        if condition.country_ids:
            places &= Domain('country_id', 'in', condition.country_ids.ids)
        return places

    def values(self, condition, env):
        """Name the places."""
        names = [condition.text] if condition.text else []
        names += condition.state_ids.mapped('name') + condition.country_ids.mapped('name')
        return {'what': ', '.join(names)}

    def fact(self, condition, scope, patient):
        """Tell the town."""
        parts = (patient.city, patient.state_id.name, patient.country_id.name)
        return ', '.join(part for part in parts if part)
