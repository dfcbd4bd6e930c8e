from odoo import fields, models
from odoo.exceptions import UserError


class LoyaltyCard(models.Model):
    _inherit = 'loyalty.card'

    redemption_ids = fields.One2many('healthcare.loyalty.redemption', 'card_id')

    def _reserve(self, reward):
        """Take the points and the stock of a reward, and return the redemption to be given out.

        :param loyalty.reward reward: of the catalogue
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
        reward._take_one()
        Redemption = self.env['healthcare.loyalty.redemption'].sudo()
        redemption = Redemption.create(
            {
                'code': Redemption._make_code(),
                'card_id': card.id,
                'reward_id': reward.id,
                'points': reward.required_points,
                'reserved_until': fields.Date.add(
                    reward.program_id._get_today(), days=reward.reserve_days
                ),
            }
        )
        redemption.movement_id = card._spend(
            reward.required_points,
            description=reward.description,
            order_model=Redemption._name,
            order_id=redemption.id,
        )
        return redemption

    def _redeem(self, reward):
        """Exchange points for a reward that is given out now, and return the redemption."""
        redemption = self._reserve(reward)
        redemption._hand_over()
        return redemption
