"""How far the clinic and the patient know each other."""

from odoo.tools.translate import LazyTranslate

from ..registry import FieldKind, kind

_lt = LazyTranslate(__name__)


@kind
class Stage(FieldKind):
    """How far the clinic and the patient know each other."""

    code = 'stage'
    label = _lt("Lifecycle stage")
    group = 'person'
    field = 'lifecycle_stage'
    words = _lt("Stage: %(what)s")
    denied = _lt("Stage other than %(what)s")
