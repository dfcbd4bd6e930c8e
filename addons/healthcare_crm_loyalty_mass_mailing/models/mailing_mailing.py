from odoo import models


class MailingMailing(models.Model):
    """A mailing of a campaign goes to whom it addresses, and to nobody whom it keeps out."""

    _inherit = 'mailing.mailing'

    def _get_members(self):
        members = super()._get_members()
        # sudo: whoever sends mailings need not read campaigns
        campaign = self.campaign_id and self.env['healthcare.campaign'].sudo().with_context(
            active_test=False
        ).search([('utm_campaign_id', '=', self.campaign_id.id)])
        return members & campaign._get_audience('id') if campaign else members
