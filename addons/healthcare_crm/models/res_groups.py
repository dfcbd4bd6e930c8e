from odoo import api, models
from odoo.exceptions import ValidationError


class ResGroups(models.Model):
    _inherit = 'res.groups'

    @api.constrains('implied_ids', 'implied_by_ids', 'user_ids')
    def _check_marketing_not_clinical_groups(self):
        self._check_marketing_not_clinical()

    @api.model
    def _check_marketing_not_clinical(self, users=None):
        """Refuse a user who may both advertise and read clinical data.

        :param users: the users to check; everybody when not given
        """
        marketing = self.env.ref('healthcare_crm.group_marketing', raise_if_not_found=False)
        clinical = self.env.ref('healthcare_crm.group_clinical', raise_if_not_found=False)
        if not marketing or not clinical:
            return  # the groups are being created
        domain = [
            ('all_group_ids', 'in', marketing.ids),
            ('all_group_ids', 'in', clinical.ids),
        ]
        if users is not None:
            domain.append(('id', 'in', users.ids))
        Users = self.env['res.users'].sudo().with_context(active_test=False)
        if both := Users.search(domain, limit=1):
            raise ValidationError(
                self.env._(
                    "%(user)s cannot have a marketing role and read clinical data at the same "
                    "time. "
                    "Remove the Marketing role, or the Nurse, Practitioner or other clinical role.",
                    user=both.name,
                )
            )
