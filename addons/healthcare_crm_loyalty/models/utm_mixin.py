from odoo import api, models


class UtmMixin(models.AbstractModel):
    """Names of campaigns are unique, those of archived ones included."""

    _inherit = 'utm.mixin'

    @api.model
    def _get_unique_names(self, model_name, names):
        # the constraint counts what is archived, the search of Odoo does not
        everything = self.with_context(active_test=False)
        return super(UtmMixin, everything)._get_unique_names(model_name, names)
