from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..points.lots import exact

MANUAL = 'manual'


class HealthcareLoyaltyEarning(models.Model):
    """What the desk gives points for by hand: a talk that was attended, a friend's letter…"""

    _inherit = 'healthcare.loyalty.earning'

    event = fields.Selection(
        selection_add=[(MANUAL, "Given at the desk")],
        ondelete={MANUAL: 'cascade'},
    )

    def _give_by_hand(self, card, token):
        """Give the points of this earning to a member, within its limits.

        :param loyalty.card card: of the member
        :param str token: of the press of a button: what arrives twice gives once
        :return: the movement
        :raise UserError: it earns nothing today, or the limit is reached
        """
        self.ensure_one()
        earning, card = self.sudo(), card.sudo()
        today = earning.program_id._get_today()
        # two desks at once: the second one waits, and counts what the first one gave
        self.env.cr.execute(
            SQL('SELECT FROM loyalty_card WHERE id = %s FOR UPDATE', card._get_purse().id),
            log_exceptions=False,
        )
        cause = f'desk:{token}'
        given = card._get_purse().history_ids.filtered_domain(
            [('cause', '=', cause), ('earning_id', '=', earning.id), ('is_reversed', '!=', True)]
        )
        if given:
            return given
        points = earning._get_points_left(card, today)
        problem = earning._get_problem(card, today, points)
        if problem:
            raise UserError(problem)
        return card._give(
            points,
            'earn',
            earning_id=earning.id,
            cause=cause,
            date=today,
            description=earning.name,
        )

    def _get_problem(self, card, today, points):
        if not self.active or self.event != MANUAL or self.program_id != card.program_id:
            return self.env._("This is not given at the desk.")
        if card.is_blocked:
            return self.env._("The card of %s is blocked.", card.partner_id.name)
        if ended := self.program_id._get_ended():
            return ended
        if not (self.date_from or today) <= today <= (self.date_to or today):
            return self.env._("“%(earning)s” earns nothing today.", earning=self.name)
        if points <= 0:
            return self.env._(
                "%(patient)s has reached the limit of “%(earning)s”.",
                patient=card.partner_id.name,
                earning=self.name,
            )
        return ''

    def _get_points_left(self, card, today):
        """Return how many points this still earns today, after what was earned already."""
        program, left = self.program_id, [exact(self.points)]
        if self.cap:
            left.append(exact(self.cap) - self._get_earned(card, self._get_start(today), self))
        if program.day_cap:
            left.append(exact(program.day_cap) - self._get_earned(card, today))
        points = min(left)
        # fractions may have been earned before points were whole
        return points - points % 1 if program.whole_points else points

    def _get_start(self, today):
        if self.cap_period == 'ever':
            return None
        return fields.Date.start_of(today, self.cap_period)

    def _get_earned(self, card, start, earning=None):
        # also what was earned before coming into a family, or in one that was left
        domain = Domain('by_card_id', '=', card.id) | (
            Domain('by_card_id', '=', False) & Domain('card_id', '=', card.id)
        )
        domain &= Domain('kind', '=', 'earn') & Domain('is_reversed', '!=', True)
        if start:
            domain &= Domain('date', '>=', start)
        if earning:
            domain &= Domain('earning_id', '=', earning.id)
        [(issued,)] = self.env['loyalty.history']._read_group(domain, [], ['issued:sum'])
        return exact(issued)
