from odoo import fields, models
from odoo.tools import SQL


class HealthcareCouponReport(models.Model):
    """What became of coupons: how many were given, used, are unused and ended unused.

    One row for the coupons of a batch that were given in a month, never for one coupon. Marketing
    does not read those of groups that it may not see into: their numbers, as exactly as it may know
    them, are with the coupons themselves.
    """

    _name = 'healthcare.coupon.report'
    _description = "Coupons Given and Used"
    _auto = False
    _order = 'date desc, id desc'
    _rec_name = 'batch_id'
    _depends = {
        'healthcare.coupon.batch': [
            'benefit_kind',
            'company_id',
            'kind',
            'limit_total',
            'segment_id',
            'state',
            'used',
            'value',
        ],
        'healthcare.coupon.redemption': ['card_id', 'state', 'amount', 'discount'],
        'loyalty.card': ['batch_id', 'joined_on', 'expiration_date', 'active', 'points'],
    }

    batch_id = fields.Many2one('healthcare.coupon.batch', string="Coupon", readonly=True)
    company_id = fields.Many2one('res.company', string="Clinic", readonly=True)
    currency_id = fields.Many2one(related='company_id.currency_id')
    segment_id = fields.Many2one('healthcare.segment', string="Segment", readonly=True)
    date = fields.Date(string="Given In", readonly=True)
    given = fields.Integer(
        readonly=True, help="Of one code for everybody: how often it can be used."
    )
    used = fields.Integer(readonly=True)
    unused = fields.Integer(readonly=True, help="They can still be used.")
    expired = fields.Integer(string="Expired Unused", readonly=True)
    withdrawn = fields.Integer(string="Withdrawn Unused", readonly=True)
    spent = fields.Monetary(readonly=True, help="What was paid before the coupons, where known.")
    discount = fields.Monetary(
        string="Taken Off", readonly=True, help="By those that were used, where it is known."
    )
    worth = fields.Monetary(
        string="Unused Are Worth",
        readonly=True,
        help="What those can still take off that take off an amount.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
              WITH taken AS (
                   SELECT card_id, COUNT(*) AS times,
                          SUM(amount) AS spent, SUM(discount) AS discount
                     FROM healthcare_coupon_redemption WHERE state = 'done' GROUP BY card_id
                   ),
                   coupon AS (
                   SELECT card.batch_id, date_trunc('month', card.joined_on)::date AS date,
                          COALESCE(taken.times, 0) AS used,
                          taken.spent, taken.discount,
                          CASE WHEN batch.kind <> 'single' THEN 1
                               WHEN batch.limit_total > 0 THEN batch.limit_total
                               ELSE COALESCE(taken.times, 0) END AS given,
                          CASE WHEN card.active IS NOT TRUE OR batch.state = 'withdrawn'
                               THEN 'withdrawn'
                               WHEN card.expiration_date < local.today THEN 'expired'
                               ELSE 'unused' END AS state
                     FROM loyalty_card card
                     JOIN healthcare_coupon_batch batch ON batch.id = card.batch_id
                     JOIN res_company clinic ON clinic.id = batch.company_id
                LEFT JOIN resource_calendar hours ON hours.id = clinic.resource_calendar_id
              CROSS JOIN LATERAL (
                          SELECT (now() AT TIME ZONE COALESCE(hours.tz, 'UTC'))::date AS today
                          ) local
                LEFT JOIN taken ON taken.card_id = card.id
                   ),
                   part AS (
                   SELECT batch_id, date, SUM(given) AS given, SUM(used) AS used,
                          SUM(given - used) FILTER (WHERE state = 'unused') AS unused,
                          SUM(given - used) FILTER (WHERE state = 'expired') AS expired,
                          SUM(given - used) FILTER (WHERE state = 'withdrawn') AS withdrawn,
                          SUM(spent) AS spent, SUM(discount) AS discount
                     FROM coupon GROUP BY batch_id, date
                   )
            SELECT ROW_NUMBER() OVER (ORDER BY part.batch_id, part.date)::int AS id,
                   part.batch_id, batch.company_id, batch.segment_id, part.date,
                   part.given::int AS given, part.used::int AS used,
                   still.usable::int AS unused,
                   COALESCE(part.expired, 0)::int AS expired,
                   COALESCE(part.withdrawn, 0)::int AS withdrawn,
                   part.spent, part.discount,
                   CASE WHEN batch.benefit_kind = 'amount'
                        THEN batch.value * still.usable END AS worth
              FROM part JOIN healthcare_coupon_batch batch ON batch.id = part.batch_id
        CROSS JOIN LATERAL (
                   -- no more than the limit in all leaves, where there is one
                   SELECT GREATEST(0, LEAST(
                              COALESCE(part.unused, 0),
                              NULLIF(batch.limit_total, 0) - COALESCE(batch.used, 0))) AS usable
                   ) still
            """
        )
