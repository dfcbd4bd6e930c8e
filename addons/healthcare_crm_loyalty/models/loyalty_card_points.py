from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..points.lots import Lot, exact, put_back, take


class LoyaltyCard(models.Model):
    """How points come and go: in SQL, so that the balance changes in one statement."""

    _inherit = 'loyalty.card'

    def _give(self, points, kind='adjust', **values):
        """Give points to this card, and return the movement.

        :param float points: more than none
        :param values: of the movement: ``description`` at least
        """
        self.ensure_one()
        return self._put(self._check_points(points), kind, **values)

    def _put(self, points, kind, **values):
        """Give points as :meth:`_give` does, fractions as well."""
        self._change_balance(points)
        movement = self._create_movement(kind, issued=points, remaining=points, **values)
        self._settle()
        return movement

    def _spend(self, points, kind='spend', **values):
        """Take points from this card, the oldest first, and return the movement.

        :param float points: more than none
        :param values: of the movement: ``description`` at least
        :raise UserError: the card does not have that many
        """
        self.ensure_one()
        points = self._check_points(points)
        return self._take(points, kind, **values)

    def _take(self, points, kind, **values):
        """Take points as :meth:`_spend` does, fractions as well."""
        self._expire(self.program_id._get_today())
        # locks the card before its lots are read
        if not self._change_balance(-points):
            self.invalidate_recordset(['points'])
            raise UserError(
                self.env._(
                    "This needs %(needed)s points, and the card has %(balance)s.",
                    needed=self._say_number(points),
                    balance=self._say_number(self.points),
                )
            )
        try:
            parts = take(self._get_lots(), points)
        except ValueError:
            raise UserError(
                self.env._("This card does not add up. Please ask the administrator of the clinic.")
            ) from None
        movement = self._create_movement(kind, used=points, **values)
        movement._allocate(parts)
        return movement

    def _refund(self, movement, renews=True, **values):
        """Give back what was spent.

        :param loyalty.history movement: of this card; it can be refunded once
        :param bool renews: whether what expired meanwhile can be used once more for a while
        """
        self.ensure_one()
        today = self.program_id._get_today()
        if movement.card_id != self or movement.kind != 'spend':
            raise UserError(self.env._("Only points that this card has spent can be returned."))
        points = exact(movement.used)
        self._change_balance(points)
        if self.env.execute_query(
            SQL('SELECT FROM loyalty_history WHERE reversal_of_id = %s', movement.id)
        ):
            raise UserError(self.env._("These points have been returned already."))
        parts = movement._get_allocations()
        if renews:
            alive, expired = put_back(parts, today)
        else:
            # they expire where they lie: nobody used them
            alive, expired = [(lot, part) for lot, _last_day, part in parts], 0
        refund = self._create_movement(
            'refund',
            issued=points,
            remaining=expired,
            reversal_of_id=movement.id,
            expires_on=fields.Date.add(today, days=self.program_id.notice_days),
            **values,
        )
        refund._allocate([(lot, -part) for lot, part in alive])
        if not renews:
            self._expire(today)
        self._settle()
        return refund

    @api.model
    def _claw_back(self, movement_ids):
        """Take back what was earned by something that was undone.

        What was brought into a family is taken back there. What was spent already is taken from
        other points of the card; what these do not pay stays owed, and the next earnings pay it.

        :param movement_ids: ids of earnings that were not taken back yet
        """
        rows = self._find_lots(movement_ids)
        ids = tuple(row[0] for row in rows)
        if not ids:
            return
        programs = self.env['loyalty.program'].browse({row[2] for row in rows})
        self.env.cr.execute(
            SQL(
                """
                  WITH undone AS (
                       SELECT movement.id, movement.card_id, movement.by_card_id,
                              movement.remaining, movement.description, local.today
                         FROM loyalty_history movement
                         JOIN loyalty_card card ON card.id = movement.card_id
                         JOIN (VALUES %(days)s) AS local (program_id, today)
                              ON local.program_id = card.program_id
                        WHERE movement.id IN %(ids)s
                       ),
                       emptied AS (
                       UPDATE loyalty_history movement SET is_reversed = TRUE, remaining = 0
                         FROM undone WHERE movement.id = undone.id
                       ),
                       told AS (
                       INSERT INTO loyalty_history (
                              card_id, by_card_id, kind, date, description, issued, used,
                              remaining, reversal_of_id,
                              create_uid, write_uid, create_date, write_date)
                       SELECT card_id, by_card_id, 'clawback', today, description, 0,
                              remaining, 0, id, %(uid)s, %(uid)s, %(now)s, %(now)s
                         FROM undone WHERE remaining > 0
                       ),
                       lost AS (
                       SELECT card_id, SUM(remaining) AS points FROM undone GROUP BY card_id
                       )
                UPDATE loyalty_card card
                   SET points = ROUND((card.points - lost.points)::numeric, 2)
                  FROM lost WHERE card.id = lost.card_id
                """,
                ids=ids,
                days=SQL(', ').join(
                    SQL('(%s, %s)', program.id, program._get_today()) for program in programs
                ),
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        self._forget()
        owed = {}
        for _id, card_id, _program, spent in rows:
            owed[card_id] = owed.get(card_id, 0) + exact(spent)
        for card_id, points in owed.items():
            if points > 0:
                self.browse(card_id)._owe(points)
        self._claw_back(self.env['healthcare.loyalty.cut']._release(ids))

    @api.model
    def _find_lots(self, movement_ids):
        """Return what is left to take back of earnings, and lock the cards.

        :return: ``[(lot id, card id, program id, points)]``: the earnings, and what of them was
            brought into families, with what was spent of each there
        """
        if not movement_ids:
            return []
        return self.env.execute_query(
            SQL(
                """
                    WITH RECURSIVE lot (id) AS (
                         SELECT id FROM loyalty_history
                          WHERE id IN %s AND kind = 'earn' AND is_reversed IS NOT TRUE
                      UNION ALL
                         SELECT moved.id FROM lot
                           JOIN loyalty_history moved ON moved.moved_from_id = lot.id
                         )
                  SELECT movement.id, movement.card_id, card.program_id,
                         taken.points - moved.points
                    FROM lot
                    JOIN loyalty_history movement ON movement.id = lot.id
                    JOIN loyalty_card card ON card.id = movement.card_id
                    JOIN LATERAL (
                         SELECT COALESCE(SUM(points), 0) AS points
                           FROM healthcare_loyalty_allocation WHERE lot_id = lot.id
                         ) taken ON TRUE
                    JOIN LATERAL (
                         SELECT COALESCE(SUM(issued), 0) AS points
                           FROM loyalty_history WHERE moved_from_id = lot.id
                         ) moved ON TRUE
                ORDER BY card.id, movement.id
                     FOR UPDATE OF card
                """,
                tuple(movement_ids),
            )
        )

    def _owe(self, points):
        """Have points paid that were spent though they have been taken back."""
        self.env.cr.execute(
            SQL(
                'UPDATE loyalty_card SET owed = ROUND((COALESCE(owed, 0) + %s)::numeric, 2) '
                'WHERE id = %s',
                points,
                self.id,
            )
        )
        self._forget()
        self._settle()

    def _settle(self):
        """Pay what the card owes, as far as its points go."""
        self.ensure_one()
        self._forget()
        # sudo: nobody is asked who may read a card that they move points of
        card = self.sudo()
        if not card.owed:
            return
        self._expire(card.program_id._get_today())
        # what a card that does not add up lacks is not there to pay with
        held = sum(lot.remaining for lot in self._get_lots())
        points = min(exact(card.owed), exact(card.points), held)
        if points > 0:
            self.env.cr.execute(
                SQL(
                    'UPDATE loyalty_card SET owed = ROUND((owed - %s)::numeric, 2) WHERE id = %s',
                    points,
                    self.id,
                )
            )
            self._forget()
            card._take(points, 'clawback', description=self.env._("Points owed"))

    @api.model
    def _expire_all(self, today, program, limit=5000):
        """Let the points of a program expire whose last day is over.

        :param int limit: cards at once, at most
        :return: how many cards lost points
        """
        self._flush_points()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT card_id FROM (
                       SELECT card_id FROM loyalty_history movement
                         JOIN loyalty_card card ON card.id = movement.card_id
                        WHERE remaining > 0 AND expires_on < %s AND card.program_id = %s
                        LIMIT %s
                       ) AS due
                """,
                today,
                program.id,
                limit,
            )
        )
        self.browse(one for (one,) in rows)._expire(today)
        return len(rows)

    def _expire(self, today):
        """Let points of these cards expire whose last day is over."""
        if not self:
            return
        self._flush_points()
        # a card that somebody else has just changed is no news for the log: it is tried again
        self.env.cr.execute(
            SQL(
                'SELECT FROM loyalty_card WHERE id IN %s ORDER BY id FOR UPDATE',
                tuple(self.ids),
            ),
            log_exceptions=False,
        )
        self.env.cr.execute(
            SQL(
                """
                  WITH due AS (
                       SELECT id, card_id, remaining FROM loyalty_history
                        WHERE remaining > 0 AND expires_on < %(today)s AND card_id IN %(ids)s
                       ),
                       emptied AS (
                       UPDATE loyalty_history movement SET remaining = 0
                         FROM due WHERE movement.id = due.id
                       ),
                       lost AS (
                       SELECT card_id, SUM(remaining) AS points FROM due GROUP BY card_id
                       ),
                       told AS (
                       INSERT INTO loyalty_history (
                              card_id, kind, date, description, issued, used, remaining,
                              create_date, write_date)
                       SELECT card_id, 'expire', %(today)s, %(description)s, 0, points, 0,
                              %(now)s, %(now)s
                         FROM lost
                       )
                UPDATE loyalty_card card
                   SET points = ROUND((card.points - lost.points)::numeric, 2)
                  FROM lost WHERE card.id = lost.card_id
                """,
                today=today,
                ids=tuple(self.ids),
                now=fields.Datetime.now(),
                description=self.env._("Expired"),
            )
        )
        self._forget()

    def _pay_again(self, spent, description):
        """Pay with other points of this card what was paid with points that are gone.

        What is missing is given, and owed.

        :param dict spent: points by the movement that they were taken for; less than none were
            returned by it
        """
        for movement, points in sorted(spent.items(), key=lambda pair: pair[1]):
            if points < 0:
                # what was returned to the points that are gone is new points
                movement.remaining = float(exact(movement.remaining) - points)
                movement.flush_recordset()
                continue
            missing = points - sum(lot.remaining for lot in self._get_lots())
            if missing > 0:
                self._change_balance(missing)
                self._create_movement(
                    'adjust', issued=missing, remaining=missing, description=description
                )
                self.env.cr.execute(
                    SQL(
                        'UPDATE loyalty_card '
                        'SET owed = ROUND((COALESCE(owed, 0) + %s)::numeric, 2) WHERE id = %s',
                        missing,
                        self.id,
                    )
                )
            movement._allocate(take(self._get_lots(), points))

    # ------------------------------------------------------------ what they share

    def _change_balance(self, points):
        """Change the balance in one statement, and lock the card; return whether that could be.

        :param Decimal points: less than none takes them, if there are as many
        """
        self._flush_points()
        self.env.cr.execute(
            SQL(
                """
                UPDATE loyalty_card
                   SET points = ROUND((COALESCE(points, 0) + %(points)s)::numeric, 2)
                 WHERE id = %(id)s AND ROUND((COALESCE(points, 0) + %(points)s)::numeric, 2) >= 0
                """,
                points=points,
                id=self.id,
            ),
            log_exceptions=False,
        )
        self._forget()
        return bool(self.env.cr.rowcount)

    def _get_lots(self):
        rows = self.env.execute_query(
            SQL(
                'SELECT id, remaining, expires_on FROM loyalty_history '
                'WHERE card_id = %s AND remaining > 0',
                self.id,
            )
        )
        return [Lot(id_, exact(remaining), until) for id_, remaining, until in rows]

    def _create_movement(self, kind, issued=0, used=0, remaining=0, **values):
        # sudo: movements are the software's to write
        return (
            self.env['loyalty.history']
            .sudo()
            .create(
                {
                    'card_id': self.id,
                    'kind': kind,
                    'issued': float(issued),
                    'used': float(used),
                    'remaining': float(remaining),
                    'date': self.program_id._get_today(),
                    'expires_on': issued and self.program_id._get_last_day(),
                    **values,
                }
            )
        )

    def _check_points(self, points):
        """Return points as they are counted.

        :raise UserError: less than one, or a fraction where there are none
        """
        counted = exact(points)
        if counted <= 0:
            raise UserError(self.env._("Say how many points: more than none."))
        if self.sudo().program_id.whole_points and counted % 1:
            raise UserError(self.env._("Points are counted in whole numbers."))
        return counted

    def _flush_points(self):
        """Write what SQL is about to change, and :meth:`_forget` would lose."""
        self.env['loyalty.card'].flush_model(['points', 'owed'])
        self.env['loyalty.history'].flush_model()

    def _forget(self):
        """Have what SQL changed be read again."""
        self.env['loyalty.card'].invalidate_model(
            ['points', 'balance', 'owed', 'history_ids'], flush=False
        )
        self.env['loyalty.history'].invalidate_model(['remaining', 'is_reversed'], flush=False)
