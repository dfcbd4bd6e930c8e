from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
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
        # given out once, and to nobody who is kept out
        copy=False,
        context={'active_test': False},
        help="Coupons that are given out with it. Those for a segment are given to the patients "
        "who are addressed, and never to those who are kept out.",
    )

    @api.constrains('coupon_batch_ids', 'segment_ids', 'channel')
    def _check_offers(self):
        """Refuse coupons of whom others than the participants have some."""
        for campaign in self.filtered(lambda one: one.channel != 'public'):
            for batch in campaign._get_segment_offers():
                if batch.state != 'draft' and campaign.state == 'draft':
                    raise ValidationError(
                        self.env._(
                            "“%s” was given out already, also to patients who would be kept out. "
                            "Choose coupons that nobody has yet.",
                            batch.name,
                        )
                    )
                if batch.segment_id not in campaign.segment_ids:
                    raise ValidationError(
                        self.env._(
                            "“%s” is for a segment that the campaign is not meant for.", batch.name
                        )
                    )

    def _check_audience(self):
        """Refuse to begin with coupons that were given out, or changed, since they were chosen."""
        self._check_offers()
        return super()._check_audience()

    def _get_segment_offers(self):
        return self.coupon_batch_ids.filtered(lambda batch: batch.kind == 'segment')

    def _choose_participants(self, only_known=False):
        """Give who is addressed what the campaign offers."""
        count = super()._choose_participants(only_known)
        if self.channel != 'public':
            for batch in self._get_segment_offers():
                if batch.state != 'withdrawn':
                    batch._give_to(batch._get_recipients())
        return count

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


class HealthcareCouponBatch(models.Model):
    """Coupons that a campaign offers go to whom it addresses."""

    _inherit = 'healthcare.coupon.batch'

    campaign_ids = fields.Many2many(
        'healthcare.campaign',
        relation='healthcare_campaign_coupon_rel',
        column1='batch_id',
        column2='campaign_id',
        string="Offered By",
        context={'active_test': False},
        readonly=True,
        copy=False,
    )

    def _get_offering(self):
        # sudo: what is offered to whom does not depend on who gives it
        return self.sudo().campaign_ids.filtered(
            lambda one: one.channel != 'public' and one.state != 'cancelled'
        )

    def _get_recipients(self):
        """Return, of an offer, only whom its campaigns address, and whom none of them keeps out.

        :raise UserError: none of them has begun
        """
        recipients, offering = super()._get_recipients(), self._get_offering()
        if not offering:
            return recipients
        begun = offering.filtered(lambda one: one.state != 'draft')
        if not begun:
            raise UserError(
                self.env._(
                    "These coupons are an offer of “%s”. They are given out when it starts.",
                    offering[0].title,
                )
            )
        return SQL(
            """
            %(recipients)s
            INTERSECT
            SELECT patient_id FROM healthcare_campaign_participant
             WHERE campaign_id = ANY(%(ids)s) AND arm = 'addressed'
            EXCEPT
            SELECT patient_id FROM healthcare_campaign_participant
             WHERE campaign_id = ANY(%(ids)s) AND arm = 'held'
            """,
            recipients=recipients,
            ids=begun.ids,
        )

    def _get_segments(self):
        # sudo: of a campaign that was cancelled, too, who uses them is whom it addressed
        campaigns = self.sudo().campaign_ids
        others = (campaigns.segment_ids | campaigns.excluded_segment_ids).with_env(self.env)
        return super()._get_segments() | others
