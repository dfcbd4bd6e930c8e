from odoo import models
from odoo.exceptions import UserError

from ..benefits import Benefit
from .res_partner_benefits import _read_id

#: as many rewards as the page shows
SHOWN = 20


class ResPartner(models.Model):
    """Rewards on the page of a patient's benefits: what can be reserved, and what waits."""

    _inherit = 'res.partner'

    def _get_benefit_blocks(self):
        blocks = super()._get_benefit_blocks()
        for card in self._get_memberships():
            values = {
                'card': card,
                'reserved': card._prepare_reserved_benefit(),
                'rewards': card._prepare_rewards_benefit(SHOWN),
            }
            if values['reserved'] or values['rewards']:
                blocks.append(Benefit(50, 'healthcare_crm_loyalty.benefits_rewards', values))
        return blocks

    def _get_benefit_actions(self):
        return super()._get_benefit_actions() | {
            'reward_reserve': (
                '_reserve_reward_by_link',
                self.env._("It is reserved for you. Show the code at the desk."),
            ),
            'reward_cancel': (
                '_cancel_reward_by_link',
                self.env._("The reservation is cancelled. You have your points again."),
            ),
        }

    def _reserve_reward_by_link(self, form):
        card = self._get_memberships().filtered(lambda one: one.id == _read_id(form.get('card')))
        reward = self.env['loyalty.reward'].browse(_read_id(form.get('reward'))).exists()
        # what other memberships have, not even their names are told
        if not card or reward.program_id != card.program_id or not reward.is_reservable:
            raise UserError(self.env._("This is not there any more."))
        if card.is_blocked:
            raise UserError(self.env._("Your card is blocked. Please ask at the reception."))
        if card._get_purse().is_blocked:
            # neither that it is somebody else's card, nor why it is blocked
            raise UserError(
                self.env._("These points cannot be used now. Please ask at the reception.")
            )
        card._reserve(reward)

    def _cancel_reward_by_link(self, form):
        redemption = self.env['healthcare.loyalty.redemption'].search(
            [
                ('id', '=', _read_id(form.get('redemption'))),
                ('card_id', 'in', self._get_memberships().ids),
                ('state', '=', 'reserved'),
            ]
        )
        if not redemption:
            raise UserError(self.env._("This is not reserved any more."))
        redemption._take_back(self.env._("Cancelled by the patient"))
