from odoo import models


class HealthcareClubMember(models.Model):
    """Invitations to clubs as workflows hear of them."""

    _inherit = 'healthcare.club.member'

    def _tell_invited(self):
        """Tell workflows who is invited; never to a club that tells about health."""
        result = super()._tell_invited()
        # sudo: which clubs these are, for whoever invites
        known = self.sudo().filtered(lambda one: not one.club_id.is_clinical)
        self.env['healthcare.workflow.event']._happened('club_invited', known)
        return result
