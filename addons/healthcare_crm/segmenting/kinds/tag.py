"""Tags of the contact."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Tag(FieldKind):
    """Tags of the contact."""

    code = 'tag'
    label = _lt("Tag")
    group = 'person'
    field = 'category_id'
    records = 'tag_ids'
    words = _lt("Tagged %(what)s")
    denied = _lt("Not tagged %(what)s")
