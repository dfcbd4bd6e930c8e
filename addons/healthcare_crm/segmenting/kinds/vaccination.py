"""Was vaccinated."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import kind
from ..rows import RowsKind

_lt = LazyTranslate(__name__)


@kind
class Vaccination(RowsKind):
    """Was vaccinated."""

    code = 'vaccination'
    label = _lt("Vaccination")
    group = 'health'
    access = 'clinical'
    model = 'healthcare.immunization'
    date = 'date'
    own_parameters = ('text',)
    required = ('text',)
    defaults = {'negative': True, 'timeframe': 'last', 'period': 12, 'period_unit': 'month'}
    placeholder = _lt("For example: influenza")
    words = _lt("Vaccinated against %(what)s %(when)s")
    denied = _lt("Not vaccinated against %(what)s %(when)s")

    def rows(self, condition, scope):
        """Those that were given. A word by which workflows know a vaccine means that vaccine."""
        given = Domain('status', '=', 'completed')
        # sudo: whether a word is in use tells nothing about anybody
        vaccines = scope.env[self.model].sudo()
        code = Domain('vaccine_code', '=', condition.text.strip().lower())
        if vaccines.search_count(code, limit=1):
            return given & code
        return given & Domain('name', 'ilike', condition.text)
