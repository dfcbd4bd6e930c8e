from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


class MailingMailing(models.Model):
    """A mailing of a campaign goes to whom it addresses, and to nobody whom it keeps out."""

    _inherit = 'mailing.mailing'

    def _get_members(self):
        members = super()._get_members()
        # sudo: whoever sends mailings need not read campaigns
        campaign = self.campaign_id and self.env['healthcare.campaign'].sudo().with_context(
            active_test=False
        ).search([('utm_campaign_id', '=', self.campaign_id.id)])
        if not campaign:
            return members
        return members & Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                """
                EXISTS (SELECT FROM healthcare_campaign_participant participant
                         WHERE participant.campaign_id = ANY(%s) AND participant.patient_id = %s
                           AND participant.arm = 'addressed')
                """,
                campaign.ids,
                SQL.identifier(alias, 'id'),
            )
        )
