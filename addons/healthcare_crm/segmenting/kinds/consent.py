"""What the patient agreed to."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..registry import Kind, kind

_lt = LazyTranslate(__name__)


@kind
class Consent(Kind):
    """Agreed to a purpose through one of the channels: the latest decision counts."""

    code = 'consent'
    label = _lt("Consent")
    group = 'contact'
    parameters = ('purpose_id', 'options')
    required = ('purpose_id', 'options')
    defaults = {'options': ['email']}
    words = _lt("Agreed to %(purpose)s by %(what)s")
    denied = _lt("Did not agree to %(purpose)s by %(what)s")

    def choices(self, env):
        """The channels."""
        return env['healthcare.consent']._fields['channel']._description_selection(env)

    def domain(self, condition, scope):
        """Find the latest decisions."""
        consents = scope.env['healthcare.consent']
        consents.check_access('read')
        return Domain.OR(
            [consents._permits(condition.purpose_id, channel) for channel in condition.options]
        )

    def values(self, condition, env):
        """Name the purpose and the channels."""
        purpose = condition.purpose_id.with_env(env).name or ''
        return {'purpose': purpose, 'what': self.chosen(condition, env)}

    def fact(self, condition, scope, patient):
        """Tell the decision in force of each channel."""
        purpose, channels = condition.purpose_id.id, condition.options
        decisions = scope.env['healthcare.consent']._decisions(patient.ids, [purpose], channels)
        field = scope.env['healthcare.consent']._fields['decision']
        labels = dict(field._description_selection(scope.env))
        names = dict(self.choices(scope.env))
        return ', '.join(
            f'{names[channel]}: {labels[decision]}'
            for (_patient, _purpose, channel), (decision, _id) in decisions.items()
        ) or scope.env._("never asked")
