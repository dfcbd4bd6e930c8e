from odoo import api, fields, models
from odoo.tools import SQL

from ..points.lots import exact, take

KINDS = [
    ('earn', "Earned"),
    ('spend', "Points Used"),
    ('refund', "Returned"),
    ('expire', "Expired"),
    ('clawback', "Taken back"),
    ('adjust', "Adjusted"),
    ('family', "Shared"),
]


class LoyaltyHistory(models.Model):
    """A movement of points, with what caused it.

    The sum of all movements of a card is its balance, and so is what remains of its lots: the
    movements that gave points.
    """

    _inherit = 'loyalty.history'
    _order = 'date desc, id desc'

    date = fields.Date(
        required=True,
        readonly=True,
        default=fields.Date.context_today,
        help="When that happened which the points were given or taken for.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default='adjust')
    by_card_id = fields.Many2one(
        'loyalty.card',
        string="By",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        help="Whose card it was, where somebody earned or spent points that they share.",
    )
    by_patient_id = fields.Many2one(related='by_card_id.partner_id', string="By Whom")
    earning_id = fields.Many2one(
        'healthcare.loyalty.earning',
        readonly=True,
        ondelete='restrict',
    )
    amount = fields.Float(readonly=True, help="What was paid, if points were given by that.")
    cause = fields.Char(
        readonly=True,
        # it may be that somebody came to a club about an illness
        groups=fields.NO_ACCESS,
        help="What earned the points, as the software names it.",
    )
    expires_on = fields.Date(readonly=True, help="The last day on which the points can be spent.")
    remaining = fields.Float(readonly=True, help="How many of the points are still there.")
    is_announced = fields.Boolean(
        readonly=True, copy=False, help="The member was told when the points expire."
    )
    is_reversed = fields.Boolean(
        readonly=True,
        help="The points were taken back, because that was undone which they were given for.",
    )
    reversal_of_id = fields.Many2one(
        'loyalty.history',
        string="Undoes",
        readonly=True,
        index='btree_not_null',
        ondelete='cascade',
    )

    moved_from_id = fields.Many2one(
        'loyalty.history',
        string="Moved From",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        help="What gave these points before they were brought into a family.",
    )

    what = fields.Char(string="For What", compute='_compute_what')

    # what earned points does not earn them again: whoever has the card now, whatever ran twice
    _cause_uniq = models.UniqueIndex(
        '(cause, earning_id) WHERE cause IS NOT NULL AND is_reversed IS NOT TRUE',
        "Points were given for this already.",
    )
    _reversal_uniq = models.UniqueIndex(
        '(reversal_of_id) WHERE reversal_of_id IS NOT NULL',
        "This was undone already.",
    )
    _lot_idx = models.Index('(card_id, expires_on) WHERE remaining > 0')
    _expiry_idx = models.Index('(expires_on) WHERE remaining > 0')
    # movements come in the order of their days, and there are very many: this one costs nothing
    _date_idx = models.Index('USING brin (date)')

    @api.model_create_multi
    def create(self, vals_list):
        """Keep the lots in step with movements that Odoo's own modules write."""
        movements = super().create(vals_list)
        for movement, vals in zip(movements, vals_list, strict=True):
            if 'kind' not in vals and movement.card_id.is_membership:
                movement._follow()
        return movements

    def write(self, vals):
        """Keep the lots in step when more is redeemed on an order."""
        if vals.keys().isdisjoint({'issued', 'used'}):
            return super().write(vals)
        self._undo_follow()
        result = super().write(vals)
        for movement in self.filtered('card_id.is_membership'):
            movement._follow()
        return result

    def unlink(self):
        """Keep the lots in step when an order is cancelled."""
        self._undo_follow()
        return super().unlink()

    def _undo_follow(self):
        """Put back what these took; what was paid with their points is paid with others."""
        for movement in self.filtered('card_id.is_membership'):
            movement._undo_allocations()

    def _undo_allocations(self):
        self._allocate([(lot, -points) for lot, _last_day, points in self._get_allocations()])
        rows = self.env.execute_query(
            SQL(
                'DELETE FROM healthcare_loyalty_allocation '
                'WHERE history_id = %(id)s OR lot_id = %(id)s RETURNING history_id, points',
                id=self.id,
            )
        )
        self.remaining = 0
        self.flush_recordset()
        spent = {}
        for movement_id, points in rows:
            if movement_id != self.id:
                movement = self.browse(movement_id)
                spent[movement] = spent.get(movement, 0) + exact(points)
        self.card_id._pay_again(spent, self.env._("An order was cancelled"))

    def _follow(self):
        """Have the lots say what this movement, and the balance, say already."""
        self.flush_recordset()
        if self.issued > 0:
            last_day = self.card_id.program_id._get_last_day()
            self.write({'remaining': self.issued, 'expires_on': last_day})
        if self.used > 0:
            lots = self.card_id._get_lots()
            held = sum(lot.remaining for lot in lots)
            self._allocate(take(lots, min(held, exact(self.used))))
        self.flush_recordset()

    def _allocate(self, parts):
        """Take parts from lots, or put them back, and remember which.

        :param parts: ``[(lot id, points)]``; less than none puts back
        """
        if not parts:
            return
        self.env['loyalty.history'].flush_model()
        self.env.cr.execute(
            SQL(
                """
                  WITH part (lot_id, points) AS (VALUES %(parts)s),
                       told AS (
                       INSERT INTO healthcare_loyalty_allocation (history_id, lot_id, points)
                       SELECT %(id)s, lot_id, points FROM part
                       )
                UPDATE loyalty_history lot
                   SET remaining = ROUND((lot.remaining - part.points)::numeric, 2)
                  FROM (SELECT lot_id, SUM(points) AS points FROM part GROUP BY lot_id) part
                 WHERE lot.id = part.lot_id
                """,
                parts=SQL(', ').join(SQL('%s', part) for part in parts),
                id=self.id,
            )
        )
        self.invalidate_model(['remaining'])

    def _get_allocations(self):
        """Return ``[(lot id, its last day, points)]`` of what was spent."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lot.id, lot.expires_on, allocation.points
                  FROM healthcare_loyalty_allocation allocation
                  JOIN loyalty_history lot ON lot.id = allocation.lot_id
                 WHERE allocation.history_id = %s
                """,
                self.id,
            )
        )
        return [(id_, until, exact(points)) for id_, until, points in rows]

    # ------------------------------------------------------------ what members read

    @api.depends('kind', 'earning_id.name', 'description')
    @api.depends_context('lang')
    def _compute_what(self):
        for movement in self:
            movement.what = movement._say_what()

    def _say_what(self):
        """Return what the points were given or taken for, in the reader's language where known."""
        self.ensure_one()
        if self.kind == 'expire':
            return dict(self._fields['kind']._description_selection(self.env))['expire']
        if self.earning_id:
            return self.earning_id.name
        return self.description

    def _say_change(self):
        """Return the points with the sign of what they did to the balance."""
        self.ensure_one()
        change = exact(self.issued) - exact(self.used)
        return f'{"+" if change > 0 else "−"}{self.card_id._say_number(abs(change))}'
