"""How the patient can be reached."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind

_lt = LazyTranslate(__name__)


#: way -> the field it takes
WAYS = {'email': 'email', 'phone': 'phone', 'letter': 'street'}


@kind
class Reachable(Kind):
    """Has an address, and does not ask to be left alone."""

    code = 'reachable'
    label = _lt("Can be reached")
    group = 'contact'
    parameters = ('options',)
    required = parameters
    words = _lt("Can be reached by %(what)s")
    denied = _lt("Cannot be reached by %(what)s")

    def choices(self, env):
        """The ways that take an address."""
        return [
            ('email', env._("E-mail")),
            ('phone', env._("Phone")),
            ('letter', env._("Letter")),
        ]

    def domain(self, condition, scope):
        """Compare the addresses."""
        known = [Domain(WAYS[code], '!=', False) for code in condition.options if code in WAYS]
        return Domain('contact_blocked', '!=', True) & Domain.OR(known)

    def values(self, condition, env):
        """Name the ways."""
        return {'what': self.chosen(condition, env)}

    def fact(self, condition, scope, patient):
        """Tell who asked not to be contacted."""
        return scope.env._("asked not to be contacted") if patient.contact_blocked else ''
