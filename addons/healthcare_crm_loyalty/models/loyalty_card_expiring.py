import operator as operators

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Days after members were told in which they are not told again.
QUIET_DAYS = 7
#: Days before its last one in which a coupon is announced.
COUPON_DAYS = 7
#: Coupons that are announced in one transaction.
COUPONS = 5000
_COMPARES = {'<': operators.lt, '<=': operators.le, '>': operators.gt, '>=': operators.ge}
_EXPIRING = """
    SELECT lot.card_id, SUM(lot.remaining) AS points, MIN(lot.expires_on) AS day
      FROM loyalty_history lot
      JOIN loyalty_card card ON card.id = lot.card_id
      JOIN loyalty_program program ON program.id = card.program_id AND program.is_membership
 LEFT JOIN res_company owner ON owner.id = program.company_id
 LEFT JOIN resource_calendar hours ON hours.id = owner.resource_calendar_id
CROSS JOIN LATERAL (
           SELECT (now() AT TIME ZONE COALESCE(hours.tz, %s))::date AS today
           ) local
     WHERE lot.remaining > 0
       -- no membership announces other days, in whatever time zone; the index knows them
       AND lot.expires_on >= CURRENT_DATE - 1
       AND lot.expires_on <= CURRENT_DATE + 1 + (SELECT MAX(notice_days) FROM loyalty_program)
       AND lot.expires_on >= local.today
       AND lot.expires_on <= local.today + program.notice_days
       AND %s
  GROUP BY lot.card_id
"""


class LoyaltyCard(models.Model):
    """Which points expire soon, and that members are told before it happens."""

    _inherit = 'loyalty.card'

    points_expiring = fields.Float(
        compute='_compute_points_expiring',
        search='_search_points_expiring',
        help="Points that expire within the days in which the membership announces it.",
    )
    points_expiring_on = fields.Date(
        string="Points Expire On",
        compute='_compute_points_expiring',
        search='_search_points_expiring_on',
        help="The last day on which the first of them can be spent.",
    )
    expiry_told_on = fields.Date(
        readonly=True,
        copy=False,
        help="When the member was last told of points that expire, or of the coupon that does.",
    )

    @api.depends('points')
    def _compute_points_expiring(self):
        self.env['loyalty.history'].flush_model()
        found = {}
        if self.ids:
            rows = self.env.execute_query(
                self._sql_expiring(SQL('lot.card_id IN %s', tuple(self.ids)))
            )
            found = {card_id: (points, day) for card_id, points, day in rows}
        for card in self:
            card.points_expiring, card.points_expiring_on = found.get(card._origin.id, (0, False))

    @api.model
    def _sql_expiring(self, where):
        # the membership of all clinics has the days of the one that asks
        return SQL(_EXPIRING, self.env.company._get_zone().zone, where)

    def _forget(self):
        names = ['points_expiring', 'points_expiring_on']
        self.env['loyalty.card'].invalidate_model(names, flush=False)
        return super()._forget()

    def _search_points_expiring(self, operator, value):
        return self._search_expiring('points', operator, value)

    def _search_points_expiring_on(self, operator, value):
        return self._search_expiring('day', operator, value)

    @api.model
    def _search_expiring(self, column, operator, value):
        """Return the domain of the cards of which something that expires compares with a value."""
        if operator == 'in':
            matches_none = not all(value)
            compared = SQL('IN %s', tuple(one for one in value if one) or (None,))
        elif operator in _COMPARES:
            # none are fewer than some, but have no day to compare
            matches_none = column == 'points' and _COMPARES[operator](0, value)
            compared = SQL('%s %s', SQL(operator), value)
        else:
            return NotImplemented
        self.env['loyalty.history'].flush_model()
        expiring = self._sql_expiring(SQL('TRUE'))
        matches = SQL('COALESCE(%s %s, FALSE)', SQL.identifier('expiring', column), compared)

        def to_sql(_model, alias, _query):
            return SQL(
                '%s %s (SELECT card_id FROM (%s) AS expiring WHERE %s %s)',
                SQL.identifier(alias, 'id'),
                SQL('NOT IN' if matches_none else 'IN'),
                expiring,
                SQL('NOT' if matches_none else ''),
                matches,
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _announce_expiring(self, program):
        """Have members told of points that expire, each time before it happens, and once.

        Points that come within the days of the announcement a few days after others wait, so that
        nobody is told every day; those that would expire meanwhile do not.

        :return: the cards whose members are told
        """
        self.env.flush_all()
        today = program._get_today()
        rows = self.env.execute_query(
            SQL(
                """
                  WITH fresh AS (
                       SELECT DISTINCT lot.card_id
                         FROM loyalty_history lot
                         JOIN loyalty_card card ON card.id = lot.card_id
                        WHERE card.program_id = %(program)s AND card.active
                          AND lot.remaining > 0 AND lot.expires_on >= %(today)s
                          AND lot.expires_on <= %(last)s AND lot.is_announced IS NOT TRUE
                          AND (card.expiry_told_on IS NULL
                               OR card.expiry_told_on + %(quiet)s <= %(today)s
                               OR card.expiry_told_on + %(quiet)s > lot.expires_on)
                       ),
                       announced AS (
                       UPDATE loyalty_history lot SET is_announced = TRUE
                         FROM fresh
                        WHERE lot.card_id = fresh.card_id AND lot.remaining > 0
                          AND lot.expires_on <= %(last)s
                       )
                UPDATE loyalty_card card SET expiry_told_on = %(today)s
                  FROM fresh WHERE card.id = fresh.card_id
             RETURNING card.id
                """,
                program=program.id,
                today=today,
                last=fields.Date.add(today, days=program.notice_days),
                quiet=QUIET_DAYS,
            )
        )
        self.invalidate_model(['expiry_told_on'], flush=False)
        self.env['loyalty.history'].invalidate_model(['is_announced'], flush=False)
        cards = self.browse(sorted(id_ for (id_,) in rows))
        if cards:
            cards._tell_expiring()
        return cards

    @api.model
    def _find_expiring_coupons(self):
        """Return the batches of which coupons may expire soon, at whatever clinic."""
        today = fields.Date.today()
        return (
            self.env['healthcare.coupon.batch']
            .with_context(active_test=False)
            .search(
                [
                    ('state', '=', 'given'),
                    ('date_to', '>=', fields.Date.subtract(today, days=1)),
                    ('date_to', '<=', fields.Date.add(today, days=COUPON_DAYS + 1)),
                ]
            )
        )

    @api.model
    def _announce_coupons(self, batch):
        """Have patients told of coupons that they have not used, before these expire, and once.

        :return: the coupons that they are told of; there may be more
        """
        self.env.flush_all()
        today = batch._get_today()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_card SET expiry_told_on = %(today)s
                 WHERE id IN (
                       SELECT card.id FROM loyalty_card card
                         JOIN healthcare_coupon_batch batch ON batch.id = card.batch_id
                        WHERE batch.id = %(batch)s AND batch.state = 'given'
                          AND (COALESCE(batch.limit_total, 0) = 0
                               OR COALESCE(batch.used, 0) < batch.limit_total)
                          AND card.partner_id IS NOT NULL AND card.active AND card.points > 0
                          AND card.expiration_date >= %(today)s
                          AND card.expiration_date <= %(last)s AND card.expiry_told_on IS NULL
                        LIMIT %(limit)s)
             RETURNING id
                """,
                today=today,
                batch=batch.id,
                last=fields.Date.add(today, days=COUPON_DAYS),
                limit=COUPONS,
            )
        )
        self.invalidate_model(['expiry_told_on'], flush=False)
        coupons = self.browse(sorted(id_ for (id_,) in rows))
        if coupons:
            coupons._tell('coupon_expiring')
        return coupons

    def _tell_expiring(self):
        """Tell members that points expire, see ``points_expiring``. Other add-ons extend it."""
