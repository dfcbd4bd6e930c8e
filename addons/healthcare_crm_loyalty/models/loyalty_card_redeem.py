from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..points import codes
from ..qr import draw


class LoyaltyCard(models.Model):
    _inherit = 'loyalty.card'

    redemption_ids = fields.One2many('healthcare.loyalty.redemption', 'card_id')

    def _reserve(self, reward, **values):
        """Take the points and the stock of a reward, and return the redemption to be given out.

        :param loyalty.reward reward: of the catalogue
        :param values: of the redemption
        :raise UserError: this member cannot have it, there is none left, or too few points
        """
        self.ensure_one()
        card, reward = self.sudo(), reward.sudo()
        problem = reward._get_problem(card)
        if problem:
            raise UserError(
                self.env._(
                    "“%(reward)s” cannot be redeemed: %(problem)s",
                    reward=reward.description,
                    problem=problem,
                )
            )
        took_stock = reward._take_one()
        Redemption = self.env['healthcare.loyalty.redemption'].sudo()
        redemption = Redemption.create(
            {
                'code': Redemption._make_code(),
                'card_id': card.id,
                'reward_id': reward.id,
                'points': reward.required_points,
                'took_stock': took_stock,
                'reserved_until': fields.Date.add(
                    reward.program_id._get_today(), days=reward.reserve_days
                ),
                **values,
            }
        )
        redemption.movement_id = card._spend(
            reward.required_points,
            description=reward.description,
            order_model=Redemption._name,
            order_id=redemption.id,
        )
        return redemption

    def _redeem(self, reward, **values):
        """Exchange points for a reward that is given out now, and return the redemption."""
        redemption = self._reserve(reward, **values)
        redemption._hand_over()
        return redemption

    # ------------------------------------------------------------ the page of benefits

    def _prepare_reserved_benefit(self):
        """Return what waits at the desk, with the codes to show there."""
        reserved = self.redemption_ids.filtered(
            lambda one: one.state == 'reserved' and not one._is_late()
        )
        return [
            {
                'id': one.id,
                'name': one.reward_id.description,
                'code': codes.show(one.code),
                'qr': draw(one.code, self.env._("Code %s", codes.show(one.code))),
                'until': format_date(self.env, one.reserved_until),
                'points': self._say_points(one.points),
            }
            for one in reserved
        ]

    def _prepare_rewards_benefit(self, limit):
        """Return what can be had for points, and what is missing for it.

        What is over, sold out or not begun is left out; what a better tier has, is not.
        """
        is_blocked = self.is_blocked or self._get_purse().is_blocked
        rewards = self.env['loyalty.reward'].search(
            [('program_id', '=', self.program_id.id), ('benefit', '!=', False)]
        )
        shown = [one for one in rewards if one._is_available()][:limit]
        return [
            {
                'id': one.id,
                'name': one.description,
                'note': one.note,
                'points': self._say_points(one.required_points),
                'problem': self._tell_reward(one),
                'can_reserve': one.is_reservable and not is_blocked,
            }
            for one in shown
        ]

    def _tell_reward(self, reward):
        missing = reward.required_points - self.balance
        if not reward._is_in_tier(self):
            return self.env._("For members from tier %s on", reward.tier_id.name)
        if missing > 0:
            return self.env._("%s are missing", self._say_points(missing))
        return ''
