from datetime import date

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm.merging.references import find_references

from ..points.lots import exact

#: What leads from a card to the one that has its points.
_KEPT = ('loyalty_card', 'merged_into_id')
#: The kind of the journal's entry that says which movement was the last one before a merge.
MARK = 'loyalty'


class LoyaltyCard(models.Model):
    """Two cards of one member become one, and two again if that was wrong."""

    _inherit = 'loyalty.card'

    merged_into_id = fields.Many2one(
        'loyalty.card',
        string="Merged Into",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
        help="The card that has its points since the records of the member became one.",
    )

    def _follow_merges(self):
        """Return the cards that have the points of these now."""
        cards = self
        while merged := cards.filtered('merged_into_id'):
            cards = (cards - merged) | merged.merged_into_id
        return cards

    # ------------------------------------------------------------ becoming one

    def _take_over(self, journal, other):
        """Let this card have everything that another one of its membership has.

        :param Journal journal: remembers it
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                'SELECT FROM loyalty_card WHERE id IN %s ORDER BY id FOR UPDATE',
                (self | other)._ids,
            )
        )
        journal.entries.append({'kind': MARK, 'table': 'loyalty_history', 'ids': [self._last()]})
        self._end_shares(journal, other)
        for reference in find_references(self.env, 'loyalty.card'):
            self._take_over_rows(journal, other, reference)
        best = max(self | other, key=lambda card: (card.tier_id.rank, card.tier_until or date.min))
        # a stolen card is no better for another number
        blocked = (self | other).filtered('is_blocked')[:1]
        values = {
            'points': float(exact(self.points) + exact(other.points)),
            'owed': float(exact(self.owed) + exact(other.owed)),
            'joined_on': str(min(filter(None, (self.joined_on, other.joined_on)))),
            'is_blocked': bool(blocked),
            'block_reason': blocked.block_reason or None,
            'tier_id': best.tier_id.id or None,
            'tier_until': best.tier_until and str(best.tier_until) or None,
            'active': self.active or other.active,
            'left_on': None
            if self.active or other.active
            else str(max(self.left_on, other.left_on)),
        }
        gone = {
            'points': 0,
            'owed': 0,
            'active': False,
            'left_on': None,
            'merged_into_id': self.id,
        }
        journal.set_values('loyalty_card', {self.id: values})
        journal.set_values('loyalty_card', {other.id: gone})
        self.env.invalidate_all(flush=False)
        purse = self._get_purse()
        twice, causes = self._find_bonuses(other)
        cards = self | purse | self.browse(row[1] for row in self._find_lots(twice))
        cards |= cards.purse_id
        mine = SQL('card_id IN %s', cards._ids)
        with (
            journal.watch('loyalty_card', ids=cards.ids),
            journal.watch('loyalty_history', where=mine),
            journal.watch(
                'healthcare_loyalty_allocation',
                where=SQL('history_id IN (SELECT id FROM loyalty_history WHERE %s)', mine),
            ),
        ):
            self._claw_back(twice)
            for movement_id, cause in causes:
                self.env.cr.execute(
                    SQL('UPDATE loyalty_history SET cause = %s WHERE id = %s', cause, movement_id)
                )
            self._settle()
            if purse != self:
                self._bring_along(purse)
            self.env.flush_all()
        self.env.invalidate_all(flush=False)

    def _find_bonuses(self, other):
        """Return what the other card got for joining and birthdays, now that it is this one's.

        :return: ``(ids, [(id, cause)])``: what this card got as well, once too often, and by which
            cause of this card the rest is known, so that it is not given again
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT movement.id, own.cause,
                       EXISTS (SELECT FROM loyalty_history kept
                                WHERE kept.cause = own.cause AND kept.is_reversed IS NOT TRUE
                                  AND kept.earning_id = movement.earning_id)
                  FROM loyalty_history movement
                  JOIN (VALUES (%s, %s), (%s, %s)) AS bonus (theirs, ours)
                    ON starts_with(movement.cause || ':', bonus.theirs || ':')
            CROSS JOIN LATERAL (
                       SELECT bonus.ours || substr(movement.cause, length(bonus.theirs) + 1)
                              AS cause
                       ) own
                 WHERE (movement.card_id = %s OR movement.by_card_id = %s)
                   AND movement.earning_id IS NOT NULL AND movement.is_reversed IS NOT TRUE
                """,
                f'card:{other.id}',
                f'card:{self.id}',
                f'birthday:{other.partner_id.id}',
                f'birthday:{self.partner_id.id}',
                self.id,
                self.id,
            )
        )
        twice = [id_ for id_, _cause, is_double in rows if is_double]
        return twice, [(id_, cause) for id_, cause, is_double in rows if not is_double]

    def _end_shares(self, journal, other):
        """End what one card cannot share: with itself, with two, or along a chain."""
        leaving = self.browse()
        if self.purse_id == other:
            leaving = self
        elif self.purse_id:
            leaving = other.family_ids
        both = self | other
        # sudo: what was asked is the software's to write
        shares = self.env['healthcare.loyalty.share'].sudo()
        shares = shares.search(
            [('state', 'in', ('asked', 'shared')), ('card_id', 'in', (both | leaving).ids)]
        ).filtered(
            lambda share: (
                share.card_id in other | leaving or share.card_id | share.purse_id <= both
            )
        )
        with (
            journal.watch('healthcare_loyalty_share', ids=shares.ids),
            journal.watch('loyalty_card', ids=leaving.ids),
        ):
            shares._end()
            leaving.purse_id = False
            self.env.flush_all()

    def _take_over_rows(self, journal, other, reference):
        if (reference.table, reference.column) == _KEPT:
            return
        if reference.kind == 'pairs':
            journal.move_pairs(reference, other.id, self.id)
            return
        if reference.kind != 'column' and not (reference.kind == 'number' and reference.beside):
            return
        where = SQL('%s = %s', SQL.identifier(reference.column), other.id)
        if reference.kind == 'number':
            where = SQL('%s AND %s = %s', where, SQL.identifier(reference.beside), self._name)
        rows = self.env.execute_query(
            SQL('SELECT id FROM %s WHERE %s', SQL.identifier(reference.table), where)
        )
        journal.move(reference, [id_ for (id_,) in rows], other.id, self.id)

    def _last(self):
        [(last,)] = self.env.execute_query(SQL('SELECT MAX(id) FROM loyalty_history'))
        return last or 0

    # ------------------------------------------------------------ becoming two again

    def _part(self, since):
        """Have these cards add up after the merge of their members was undone.

        What each had came back with the undoing. What happened since is with the card that was
        kept: what it did to points of the other one is done to its own.

        :param int since: the last movement before the merge
        """
        self.env.flush_all()
        [(is_new,)] = self.env.execute_query(
            SQL(
                'SELECT EXISTS (SELECT FROM loyalty_history WHERE card_id IN %s AND id > %s)',
                self._ids,
                since,
            )
        )
        if not is_new:
            return
        self._bring_reversals_home()
        for card in self:
            card._pay_alone()
        for card in self:
            card._follow_lots('adjust', self.env._("Records were separated"))

    def _bring_reversals_home(self):
        """Let what undoes a movement be with the card that has the movement."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE loyalty_history reversal SET card_id = undone.card_id
                  FROM loyalty_history undone
                 WHERE undone.id = reversal.reversal_of_id AND reversal.card_id IN %s
                   AND undone.card_id <> reversal.card_id
                """,
                self._ids,
            )
        )
        self._forget()
        self.env.invalidate_all(flush=False)

    def _pay_alone(self):
        """Pay with own points what was paid with those of another card; what is missing is owed."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM healthcare_loyalty_allocation allocation
                 USING loyalty_history spent, loyalty_history lot
                 WHERE spent.id = allocation.history_id AND lot.id = allocation.lot_id
                   AND spent.card_id = %s AND lot.card_id <> spent.card_id
             RETURNING spent.id, lot.id, allocation.points
                """,
                self.id,
            )
        )
        History, spent = self.env['loyalty.history'].sudo(), {}
        for movement_id, lot_id, points in rows:
            self.env.cr.execute(
                SQL(
                    'UPDATE loyalty_history '
                    'SET remaining = ROUND((remaining + %s)::numeric, 2) WHERE id = %s',
                    points,
                    lot_id,
                )
            )
            movement = History.browse(movement_id)
            spent[movement] = spent.get(movement, 0) + exact(points)
        self._forget()
        self._pay_again(spent, self.env._("Records were separated"))

    def _follow_lots(self, kind, description):
        """Let balance and movements say what is left of the points.

        :param str kind: of the movement that says so
        """
        [(moved, remaining)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(SUM(issued - used), 0), COALESCE(SUM(remaining), 0)
                  FROM loyalty_history WHERE card_id = %s
                """,
                self.id,
            )
        )
        missing = exact(remaining) - exact(moved)
        if missing:
            self._create_movement(
                kind, issued=max(missing, 0), used=max(-missing, 0), description=description
            )
        self.env.cr.execute(
            SQL('UPDATE loyalty_card SET points = %s WHERE id = %s', exact(remaining), self.id)
        )
        self._settle()
