from odoo import models
from odoo.tools import SQL


class HealthcareCampaign(models.Model):
    """A campaign by e-mail: who got a mailing of it, opened it or clicked."""

    _inherit = 'healthcare.campaign'

    def action_new_mailing(self):
        """Begin a mailing to those whom the campaign addresses."""
        action = self._get_addressed_segment().action_new_mailing()
        action['context'] |= {
            'default_campaign_id': self.utm_campaign_id.id,
            'default_consent_purpose_id': self.purpose_id.id,
            'default_subject': self.title,
        }
        return action

    def _get_contacts(self):
        return [
            *super()._get_contacts(),
            SQL(
                """
                SELECT part.id, COALESCE(message.sent_at, message.date)
                  FROM mailing_mailing mailing
                  JOIN healthcare_communication message ON message.mailing_id = mailing.id
                  JOIN part ON part.patient_id = message.patient_id
                 WHERE mailing.campaign_id = %s AND message.status IN ('sent', 'delivered')
                """,
                self.utm_campaign_id.id,
            ),
        ]

    def _get_responses(self):
        seen = SQL('LEAST(trace.open_datetime, trace.links_click_datetime, trace.reply_datetime)')
        return [
            *super()._get_responses(),
            SQL(
                """
                SELECT part.id, %(seen)s
                  FROM mailing_trace trace
                  JOIN part ON part.patient_id = trace.res_id AND trace.model = 'res.partner'
                 WHERE trace.campaign_id = %(id)s AND trace.is_test_trace IS NOT TRUE
                   AND %(seen)s IS NOT NULL
                """,
                seen=seen,
                id=self.utm_campaign_id.id,
            ),
        ]
