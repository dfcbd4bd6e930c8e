from odoo import models
from odoo.exceptions import AccessError, UserError

from ..merging.survivorship import is_empty
from ..sensitive import GROUP_STAFF
from ..step_up import check_step_up, step_up

#: as in Odoo's own merge
MOST = 3


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = 'base.partner.merge.automatic.wizard'

    @step_up('merge')
    def action_merge(self):
        """Ask who is there: what is merged here may be patients."""
        return super().action_merge()

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Merge patients the way patients are merged: nothing is lost, and it can be undone.

        What the record that was chosen has, stays; the others fill in what it lacks.
        """
        partners = self.env['res.partner'].browse(partner_ids).exists()
        # sudo: not a word about who is a patient
        if not partners.sudo().filtered('is_patient'):
            return super()._merge(partner_ids, dst_partner, extra_checks)
        if len(partners) < 2:
            return None
        if not self.env.su and not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(self.env._("You are not allowed to merge these contacts."))
        if len(partners) > MOST:
            raise UserError(
                self.env._(
                    "For safety reasons, you cannot merge more than %(count)s contacts together. "
                    "You can open this dialog again for the others.",
                    count=MOST,
                )
            )
        if not self.env.su:
            check_step_up(self.env, 'merge')
        partners.check_access('write')
        if not dst_partner or dst_partner not in partners:
            dst_partner = self._get_ordered_partner(partners.ids)[-1]
        for partner in partners - dst_partner:
            partner._merge_into(dst_partner, self._get_patient_choices(dst_partner.sudo()))
        return None

    def _get_patient_choices(self, destination):
        """Choose what the destination has."""
        return {
            choice: 0
            for choice, names in destination._get_merge_choices().items()
            if not is_empty(destination._get_merge_value(destination, names))
        }
