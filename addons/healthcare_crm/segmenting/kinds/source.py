"""How the patient found the clinic."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Source(FieldKind):
    """How the patient found the clinic."""

    code = 'source'
    label = _lt("Source")
    group = 'person'
    field = 'source_id'
    records = 'source_ids'
    words = _lt("Came through %(what)s")
    denied = _lt("Did not come through %(what)s")
