import re

from odoo import api, models

from .. import outgoing

#: Hosts, addresses and networks inside that may be called, separated by commas.
PARAMETER = 'healthcare_crm.outgoing_allowed'


class HealthcareOutgoing(models.AbstractModel):
    """Calls to addresses that somebody has typed, see :file:`outgoing.py`."""

    _name = 'healthcare.outgoing'
    _description = "Calls to Other Servers"

    @api.model
    def _guarded(self):
        """Return the context in which nothing connects to the clinic's own network."""
        # sudo: which servers inside may be called is the administrator's to say
        allowed = self.env['ir.config_parameter'].sudo().get_param(PARAMETER) or ''
        return outgoing.guarded([entry for entry in re.split(r'[\s,]+', allowed) if entry])
