from datetime import datetime, time

import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_branch_ids(self):
        """Return the ids of a clinic and of its branches."""
        # sudo: which branches a clinic has is no secret
        return self.sudo().search([('id', 'child_of', self.ids)]).ids

    def _get_line(self):
        """Return a clinic with those above it and its branches, in sudo."""
        # sudo: how clinics belong together is no secret
        return self.sudo().parent_ids | self.sudo().browse(self._get_branch_ids())

    def _get_zone(self):
        # sudo: the hours of a clinic are no secret
        return pytz.timezone(self.sudo().resource_calendar_id.tz or 'UTC')

    def _get_local_today(self):
        """Return the date of today at the clinic."""
        return datetime.now(self._get_zone()).date()

    def _get_local_day(self, moment):
        """Return the date at the clinic of a moment as the database has it."""
        return pytz.utc.localize(moment).astimezone(self._get_zone()).date()

    def _get_midnight(self, day):
        """Return the moment, as the database has it, when a day begins at the clinic."""
        local = self._get_zone().localize(datetime.combine(day, time()))
        return local.astimezone(pytz.utc).replace(tzinfo=None)
