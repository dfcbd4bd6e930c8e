from datetime import datetime

import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_branch_ids(self):
        """Return the ids of a clinic and of its branches."""
        # sudo: which branches a clinic has is no secret
        return self.sudo().search([('id', 'child_of', self.ids)]).ids

    def _get_local_today(self):
        """Return the date of today at the clinic."""
        # sudo: the hours of a clinic are no secret
        zone = self.sudo().resource_calendar_id.tz or 'UTC'
        return datetime.now(pytz.timezone(zone)).date()
