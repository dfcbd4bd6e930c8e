from odoo import api, models
from odoo.exceptions import AccessError


class HealthcareCampaignCounted(models.AbstractModel):
    """Records some of whose fields are figures that the software alone writes: the read-only ones.

    Odoo keeps read-only fields from being typed in a form, and from nothing else.
    """

    _name = 'healthcare.campaign.counted'
    _description = "Figures Written by the Software"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_counted(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_counted([vals])
        return super().write(vals)

    def _check_counted(self, vals_list):
        """Refuse figures that somebody makes up.

        :raise AccessError: a user wrote one
        """
        if self.env.su:
            return
        for name in {name for vals in vals_list for name in vals}:
            field = self._fields.get(name)
            if field and field.readonly and field.store and not field.inherited:
                raise AccessError(
                    self.env._(
                        "“%s” is written by the software alone.",
                        field.get_description(self.env, ['string'])['string'],
                    )
                )
