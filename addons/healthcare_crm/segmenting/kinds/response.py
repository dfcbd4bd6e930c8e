"""Whether the patient answers messages."""

from odoo.fields import Domain
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind
from ..rows import having_any, local_day
from ..words import when

_lt = LazyTranslate(__name__)


@kind
class Response(Kind):
    """Answered what was sent, or got something and did not."""

    code = 'response'
    label = _lt("Response to messages")
    group = 'contact'
    parameters = ('options', 'timeframe')
    single = True
    required = ('options',)
    defaults = {'timeframe': 'last', 'period': 90, 'period_unit': 'day', 'options': ['silent']}
    words = _lt("Messages %(when)s: %(what)s")
    denied = _lt("Messages %(when)s: not %(what)s")

    def choices(self, env):
        """Answered, not answered, or nothing to answer."""
        return [
            ('answered', env._("answered")),
            ('silent', env._("not answered")),
            ('none', env._("none sent")),
        ]

    def _ledger(self, condition, scope):
        """Return what the patient sent us, and what we sent the patient."""
        rows = scope.after(condition, 'healthcare.communication', 'date')
        answers = rows & (Domain('direction', '=', 'in') | Domain('answer', '!=', False))
        sent = rows & Domain('direction', '=', 'out') & Domain('answer', '=', False)
        return answers, sent & Domain('status', 'in', ('sent', 'delivered'))

    def domain(self, condition, scope):
        """Look into the ledger."""
        answers, sent = (
            having_any(scope, 'healthcare.communication', rows)
            for rows in self._ledger(condition, scope)
        )
        meanings = {'answered': answers, 'silent': sent & ~answers, 'none': ~sent & ~answers}
        return Domain.OR([meanings[code] for code in condition.options if code in meanings])

    def values(self, condition, env):
        """Name the time and the answer."""
        return {'when': when(condition, env), 'what': self.chosen(condition, env)}

    def fact(self, condition, scope, patient):
        """Tell when the patient answered last, else that nothing came."""
        answers, _sent = self._ledger(condition, scope)
        row = scope.env['healthcare.communication'].search(
            answers & Domain('patient_id', '=', patient.id), order='date desc', limit=1
        )
        if not row:
            return scope.env._("no answer")
        return format_date(scope.env, local_day(row, 'date', scope))
