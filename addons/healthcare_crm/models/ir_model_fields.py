from odoo import models


class IrModelFields(models.Model):
    _inherit = 'ir.model.fields'

    def _prepare_update(self):
        """Leave Odoo's fields alone that were computed from one of those that go.

        Of fields that a model inherits from another (``_inherits``), Odoo would remove every one
        that depends on them; it is gone only with the field that it stands for.
        """
        removed = super()._prepare_update()
        return removed.filtered(
            lambda one: one in self or one.state == 'manual' or one.related_field_id in removed
        )
