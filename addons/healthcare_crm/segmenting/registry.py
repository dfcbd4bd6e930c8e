"""The kinds of conditions, by their code."""

from odoo.fields import Domain
from odoo.tools.translate import LazyTranslate

from ..sensitive import GROUP_CLINICAL, GROUP_STAFF, GROUP_USER

_lt = LazyTranslate(__name__)

#: The headings under which kinds are offered, in their order: code -> label, icon.
GROUPS = {
    'person': (_lt("Who they are"), 'fa-user-o'),
    'health': (_lt("Health"), 'fa-heartbeat'),
    'visits': (_lt("Visits"), 'fa-calendar'),
    'contact': (_lt("Contact and Consent"), 'fa-comments-o'),
    'segments': (_lt("Segments"), 'fa-object-group'),
}
#: Who may know what a kind asks, least first: code -> group.
ACCESS = {'user': GROUP_USER, 'staff': GROUP_STAFF, 'clinical': GROUP_CLINICAL}

#: code -> the kind, in the order in which they are offered
KINDS = {}


def kind(cls):
    """Register a kind of condition."""
    KINDS[cls.code] = cls()
    return cls


class Kind:
    """A kind of condition on patients.

    :cvar code: technical name, stored
    :cvar label: what it is called in the menu
    :cvar group: one of :data:`GROUPS`
    :cvar access: one of :data:`ACCESS`: who may read such a condition
    :cvar needs: {model: (field, ...)} without which the kind is not offered
    :cvar parameters: fields of a condition that it shows
    :cvar required: those of them without which it says nothing; in a tuple, one of several
    :cvar defaults: {field: value} of a new condition
    :cvar words, denied: its sentence, and that of its opposite; both may use what
        :meth:`values` returns
    """

    code = label = group = None
    access = 'user'
    needs = {}
    parameters = ()
    required = ()
    defaults = {}
    words = denied = None
    #: whether only one of the choices can be made
    single = False
    #: what the two numbers count, shown behind them
    unit = None
    #: what to write into the text
    placeholder = None

    def is_offered(self, env):
        """Say whether the add-ons this kind is about are there."""
        return all(
            model in env and not set(names) - env[model]._fields.keys()
            for model, names in self.needs.items()
        )

    def choices(self, env):
        """Return [(code, label)] of the values to choose among."""
        return []

    def missing(self, condition):
        """Return the name of a parameter that is still to be filled in; ``None`` if none is."""
        for names in self.required:
            names = names if isinstance(names, tuple) else (names,)
            if not any(condition[name] for name in names):
                return names[0]
        return None

    def domain(self, condition, scope):
        """Return the patients who meet the condition, ``negative`` left aside.

        Built with the rights of ``scope.env``.

        :raise AccessError: it asks for what this user may not read
        """
        raise NotImplementedError

    def values(self, condition, env):
        """Return what the sentence has to name."""
        return {}

    def sentence(self, condition, env):
        """Return the condition in words."""
        words = self.denied if condition.negative else self.words
        sentence = env._(words)
        return sentence % self.values(condition, env)

    def fact(self, condition, scope, patient):
        """Return in a few words why this patient meets the condition or does not, ``''`` for
        none. Read with the rights of ``scope.env``."""
        return ''

    def chosen(self, condition, env):
        """Return the labels of the chosen values in one string."""
        labels = dict(self.choices(env))
        return ', '.join(str(labels.get(code, code)) for code in condition.options or [])


class FieldKind(Kind):
    """A kind that compares one field of the patient with chosen values.

    :cvar field: the name of the field, a selection or a relation
    :cvar records: the field of the condition that holds the chosen records; ``None`` for a
        selection, whose values are in ``options``
    """

    field = None
    records = None

    @property
    def parameters(self):
        """Shows what is chosen."""
        return (self.records or 'options',)

    @property
    def required(self):
        """Needs something chosen."""
        return self.parameters

    @property
    def needs(self):
        """Needs its field."""
        return {'res.partner': (self.field,)}

    def choices(self, env):
        """Those of the field."""
        if self.records:
            return []
        return env['res.partner']._fields[self.field]._description_selection(env)

    def domain(self, condition, scope):
        """Compare the field."""
        if self.records:
            return Domain(self.field, 'in', condition[self.records].ids)
        return Domain(self.field, 'in', condition.options or [])

    def values(self, condition, env):
        """Name what is chosen."""
        if self.records:
            # sudo: a name the author chose; who may read the condition may know it
            return {'what': ', '.join(condition[self.records].sudo().mapped('display_name'))}
        return {'what': self.chosen(condition, env)}

    def fact(self, condition, scope, patient):
        """Tell what the field holds."""
        value = patient[self.field]
        if self.records:
            return ', '.join(value.mapped('display_name'))
        return str(dict(self.choices(scope.env)).get(value, '')) if value else ''
