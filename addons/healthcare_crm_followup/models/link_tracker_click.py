from odoo import api, models
from odoo.http import request

from ..inbound import tracking


class LinkTrackerClick(models.Model):
    _inherit = 'link.tracker.click'

    @api.model
    def add_click(self, code, **route_values):
        """Tell the workflow of a click in a message to a patient.

        Where the patient was at that moment is not kept: every employee may read clicks.
        """
        # sudo: who clicks has no rights
        codes = self.env['link.tracker.code'].sudo()
        communication = codes.search([('code', '=', code)]).link_id.communication_id
        if not communication:
            return super().add_click(code, **route_values)
        if request and not tracking.is_person(request):
            return None
        for where in ('ip', 'country_code', 'country_id'):
            route_values.pop(where, None)
        click = super().add_click(code, **route_values)
        communication._set_seen('clicked')
        return click
