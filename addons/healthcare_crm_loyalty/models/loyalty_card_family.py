from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.lots import exact


class LoyaltyCard(models.Model):
    """One purse for a family: what its members earn and spend goes by the card of its head.

    Each keeps a card and a tier of their own; every movement in the purse says by whose card it was
    made. The head agrees before somebody comes in, and whoever goes out takes nothing along.
    """

    _inherit = 'loyalty.card'

    purse_id = fields.Many2one(
        'loyalty.card',
        string="Shares the Points Of",
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
    )
    family_ids = fields.One2many(
        'loyalty.card',
        'purse_id',
        string="Share These Points",
        readonly=True,
    )
    share_ids = fields.One2many('healthcare.loyalty.share', 'card_id', readonly=True)
    balance = fields.Float(
        compute='_compute_balance',
        help="Points that can be spent with this card: its own, or those of the family.",
    )

    _purse_is_another = models.Constraint(
        'CHECK (purse_id <> id)',
        "A card shares the points of another one.",
    )

    @api.depends('points', 'purse_id.points')
    def _compute_balance(self):
        purses = {card: card._get_purse() for card in self}
        expired = self.union(*purses.values())._get_expired()
        for card, purse in purses.items():
            card.balance = float(exact(purse.points) - exact(expired.get(purse._origin)))

    def _get_expired(self):
        """Return ``{card: points}`` of what expired since the daily job took away such points."""
        expired = {}
        # sudo: the balance of a purse is told to each of the family, its history is not
        for program, cards in self.sudo().grouped('program_id').items():
            if program:
                expired |= cards.env['loyalty.history']._read_group(
                    [
                        ('card_id', 'in', cards.ids),
                        ('remaining', '>', 0),
                        ('expires_on', '<', program._get_today()),
                    ],
                    ['card_id'],
                    ['remaining:sum'],
                )
        return expired

    def _get_purse(self):
        """Return the card whose points this one earns and spends: itself, or the family's."""
        self.ensure_one()
        # sudo: whoever serves a member serves the family
        return self.sudo().purse_id or self

    # ------------------------------------------------------------ what a shared card does

    def _give(self, points, kind='adjust', **values):
        purse = self._get_purse()
        if purse == self:
            return super()._give(points, kind, **values)
        return purse._give(points, kind, **{'by_card_id': self.id, **values})

    def _spend(self, points, kind='spend', **values):
        purse = self._get_purse()
        if purse == self:
            return super()._spend(points, kind, **values)
        self._check_usable(kind)
        return purse._spend(points, kind, **{'by_card_id': self.id, **values})

    def _refund(self, movement, **values):
        if movement.by_card_id != self or movement.card_id == self:
            refund = super()._refund(movement, **values)
            purse = self._get_purse()
            if purse != self:
                self._bring_along(purse)
            return refund
        # sudo: points go back to where they came from, also when the family was left meanwhile
        purse = movement.sudo().card_id
        return purse._refund(movement, **{'by_card_id': self.id, **values})

    def _owe(self, points):
        purse = self._get_purse()
        if purse == self:
            return super()._owe(points)
        return purse._owe(points)

    # ------------------------------------------------------------ coming in and going out

    def _check_sharing(self, purse):
        """Refuse a card to share the points of another where that cannot be.

        :raise UserError: why
        """
        self.ensure_one()
        home, other = self.partner_id.household_id, purse.partner_id.household_id
        problem = None
        if self == purse or self.program_id != purse.program_id:
            problem = self.env._("Points are shared with another member of the same membership.")
        elif not home or home != other:
            problem = self.env._(
                "%(one)s and %(other)s are not in the same household. Enter that in the patient's "
                "record first.",
                one=self.partner_id.name,
                other=purse.partner_id.name,
            )
        elif self.purse_id:
            problem = self.env._("%s shares points already.", self.partner_id.name)
        elif purse.purse_id:
            problem = self.env._(
                "%(head)s shares the points of somebody else: choose that card.",
                head=purse.partner_id.name,
            )
        elif self.family_ids:
            problem = self.env._("Others share the points of %s.", self.partner_id.name)
        elif not (self.active and purse.active):
            problem = self.env._("Somebody is no member any more.")
        elif self.is_blocked or purse.is_blocked:
            problem = self.env._(
                "The card of %s is blocked: no points are shared until it is let go again.",
                (self if self.is_blocked else purse).partner_id.name,
            )
        elif self.owed:
            problem = self.env._(
                "%s owes points, which have to be earned first.", self.partner_id.name
            )
        if problem:
            raise UserError(problem)

    def _share(self, purse):
        """Have this card share the points of another, and bring along its own.

        :param purse: the card of the head of the family, who agreed
        """
        self.ensure_one()
        # written, not only locked: whoever shares one of the two with somebody else at the same
        # moment begins again, and sees this
        self.env.cr.execute(
            SQL(
                'UPDATE loyalty_card SET write_date = write_date WHERE id IN %s',
                (self.id, purse.id),
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset()
        purse.invalidate_recordset()
        self._check_sharing(purse)
        self._bring_along(purse)
        self.purse_id = purse

    def _bring_along(self, purse):
        """Put the points of this card itself into the purse of its family."""
        self._expire(self.program_id._get_today())
        if self.points > 0:
            moved = self._take(
                exact(self.points), 'family', description=self.env._("Moved to the family")
            )
            for lot, last_day, points in moved._get_allocations():
                purse._put(
                    points,
                    'family',
                    description=self.env._("Brought into the family"),
                    expires_on=last_day,
                    by_card_id=self.id,
                    moved_from_id=lot,
                )

    def _end_sharing(self):
        """Take this card out of its family, and everybody out of this card's: points stay."""
        members = (self | self.family_ids).filtered('purse_id')
        members.purse_id = False
        # sudo: sharing ends with the membership, whoever ends that
        shares = (
            self.env['healthcare.loyalty.share']
            .sudo()
            .search(
                [
                    ('state', 'in', ('asked', 'shared')),
                    '|',
                    ('card_id', 'in', (self | members).ids),
                    ('purse_id', 'in', self.ids),
                ]
            )
        )
        shares._end()

    def _divide(self):
        """Give back what others brought into these purses, and earned there: the purses go.

        Their movements become those of their own cards, so that nothing earns once more. What the
        family has spent of it stays spent, and is nobody's debt.
        """
        self._end_sharing()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE loyalty_history SET card_id = by_card_id, by_card_id = NULL
                 WHERE card_id IN %(purses)s AND by_card_id NOT IN %(purses)s
             RETURNING card_id
                """,
                purses=self._ids,
            )
        )
        members = self.browse({card_id for (card_id,) in rows})
        if not members:
            return
        # what was paid with points of the head cannot be returned to them any more
        self.env.cr.execute(
            SQL(
                """
                UPDATE loyalty_history spent SET kind = 'family'
                  FROM healthcare_loyalty_allocation allocation
                  JOIN loyalty_history lot ON lot.id = allocation.lot_id
                 WHERE allocation.history_id = spent.id AND spent.kind = 'spend'
                   AND spent.card_id IN %s AND lot.card_id IN %s
                """,
                members._ids,
                self._ids,
            )
        )
        self.env.invalidate_all(flush=False)
        for card in self | members:
            card._follow_lots('family', self.env._("Points of the family"))
        for card in members:
            purse = card._get_purse()
            if purse != card:
                card._bring_along(purse)
