from odoo import fields, models
from odoo.tools import SQL


class HealthcareCampaign(models.Model):
    """What a campaign offers: who uses a coupon of it has responded."""

    _inherit = 'healthcare.campaign'

    coupon_batch_ids = fields.Many2many(
        'healthcare.coupon.batch',
        relation='healthcare_campaign_coupon_rel',
        column1='campaign_id',
        column2='batch_id',
        string="Offers",
        help="Coupons that are given out with it.",
    )

    def _get_responses(self):
        responses = super()._get_responses()
        if not self.coupon_batch_ids:
            return responses
        return [
            *responses,
            SQL(
                """
                SELECT part.id, redemption.date
                  FROM part
                  JOIN healthcare_coupon_redemption redemption
                    ON redemption.patient_id = part.patient_id AND redemption.state = 'done'
                   AND redemption.date >= part.since AND redemption.date < part.until
                 WHERE redemption.batch_id = ANY(%s)
                """,
                self.coupon_batch_ids.ids,
            ),
        ]
