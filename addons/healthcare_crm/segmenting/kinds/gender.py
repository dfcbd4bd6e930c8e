"""Sex, as administration knows it."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Gender(FieldKind):
    """Sex, as administration knows it."""

    code = 'gender'
    label = _lt("Sex")
    group = 'person'
    field = 'gender'
    words = _lt("Sex: %(what)s")
    denied = _lt("Sex other than %(what)s")
