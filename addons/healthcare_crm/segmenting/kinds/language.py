"""The language in which the patient is written to."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Language(FieldKind):
    """Reads one of the languages."""

    code = 'language'
    label = _lt("Language")
    group = 'person'
    field = 'lang'
    words = _lt("Language: %(what)s")
    denied = _lt("Language other than %(what)s")

    def choices(self, env):
        """Those in use."""
        return env['res.lang'].get_installed()
