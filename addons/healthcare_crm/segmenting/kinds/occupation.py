"""What the patient does for a living."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind

_lt = LazyTranslate(__name__)


@kind
class Occupation(Kind):
    """Has an occupation with this word in it."""

    code = 'occupation'
    label = _lt("Occupation")
    group = 'person'
    needs = {'res.partner': ('occupation',)}
    parameters = ('text',)
    required = parameters
    placeholder = _lt("For example: teacher")
    words = _lt("Works as %(what)s")
    denied = _lt("Does not work as %(what)s")

    def domain(self, condition, scope):
        """Look for the word."""
        return Domain('occupation', 'ilike', condition.text)

    def values(self, condition, env):
        """Name it."""
        return {'what': condition.text}

    def fact(self, condition, scope, patient):
        """Tell the occupation."""
        return patient.occupation or ''
