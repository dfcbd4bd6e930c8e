"""The usual practitioner."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Practitioner(FieldKind):
    """The usual practitioner."""

    code = 'practitioner'
    label = _lt("Practitioner")
    group = 'person'
    field = 'practitioner_id'
    records = 'practitioner_ids'
    words = _lt("Usually sees %(what)s")
    denied = _lt("Does not usually see %(what)s")
