from odoo import models

from ..benefits import Benefit
from .healthcare_club_member import PATH


class ResPartner(models.Model):
    """The part of a patient's page with the clubs; none that tells about health: links are
    forwarded."""

    _inherit = 'res.partner'

    def _get_benefit_blocks(self):
        members = self.env['healthcare.club.member'].search(
            [
                ('patient_id', '=', self.id),
                ('state', 'in', ('invited', 'member')),
                ('club_id.active', '=', True),
                ('club_id.is_clinical', '=', False),
            ]
        )
        clubs = [(member, PATH % member._get_token()) for member in members]
        block = Benefit(75, 'healthcare_crm_loyalty.benefits_club', {'clubs': clubs})
        return super()._get_benefit_blocks() + ([block] if clubs else [])
