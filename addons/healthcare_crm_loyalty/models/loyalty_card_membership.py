from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF


class LoyaltyCard(models.Model):
    """How members join, leave, and are kept from using their card for a while."""

    _inherit = 'loyalty.card'

    is_blocked = fields.Boolean(
        string="Blocked",
        readonly=True,
        help="The card neither earns nor pays until it is let go again.",
    )
    block_reason = fields.Char(readonly=True)
    left_on = fields.Date(
        readonly=True,
        help="Points stay with the card, expire as ever, and can be used by whoever joins again.",
    )

    @api.model
    def _check_desk(self):
        """Refuse whoever does not work with members.

        :raise AccessError: that is not for this user
        """
        if not (self.env.su or self.env.user.has_group(GROUP_STAFF)):
            raise AccessError(self.env._("Memberships are kept by the reception."))

    def _leave(self):
        """End these memberships; the points stay with the cards."""
        for card in self.sudo():  # sudo: cards are the software's to write
            card._end_sharing()
            card.write({'active': False, 'left_on': card.program_id._get_today()})

    def _join_again(self):
        """Let members come back: what did not expire meanwhile is theirs.

        :raise UserError: somebody has another card of the membership by now
        """
        # sudo: cards are the software's to write
        cards = self.sudo().with_context(active_test=True)
        for program, gone in cards.grouped('program_id').items():
            again = gone.search(
                [('program_id', '=', program.id), ('partner_id', 'in', gone.partner_id.ids)],
                limit=1,
            )
            if again:
                raise UserError(
                    self.env._("%s is a member already.", again.partner_id.name),
                )
        cards.write({'active': True, 'left_on': False})
        cards._note_first_day()

    def _check_usable(self, kind):
        """Refuse to spend from a blocked card, or from one of a former member.

        :raise UserError: it is blocked, or not in use any more
        """
        card = self.sudo()  # the desk is told why
        if kind == 'spend' and card.left_on:
            raise UserError(self.env._("%s is no member any more.", card.partner_id.name))
        if kind == 'spend' and card.is_blocked:
            raise UserError(
                self.env._(
                    "This card is blocked: %(reason)s. Let it go first.",
                    reason=card.block_reason or self.env._("no reason was given"),
                )
            )

    def _spend(self, points, kind='spend', **values):
        self._check_usable(kind)
        return super()._spend(points, kind, **values)

    # ------------------------------------------------------------ buttons

    def _open(self):
        """Return what opens this card."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Membership"),
            'res_model': 'loyalty.card',
            'res_id': self.id,
            'views': [[self.env.ref('healthcare_crm_loyalty.loyalty_member_view_form').id, 'form']],
        }

    def _open_wizard(self, name, model):
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': model,
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_card_id': self.id},
        }

    def action_share(self):
        """Ask whose points this member is to share."""
        self.ensure_one()
        return self._open_wizard(self.env._("Share Points"), 'healthcare.loyalty.family')

    def action_end_sharing(self):
        """Take this member out of the family's points."""
        self._check_desk()
        self.check_access('read')
        self.sudo()._end_sharing()  # sudo: cards are the software's to write
        return True

    def action_invite(self):
        """Ask into which tier this member is invited."""
        self.ensure_one()
        return self._open_wizard(self.env._("Invite"), 'healthcare.loyalty.invite')

    def action_open_link(self):
        """Show the link to the patient's page of benefits."""
        self.ensure_one()
        return self._open_wizard(self.env._("Link for the Member"), 'healthcare.loyalty.link')

    def action_leave(self):
        """End these memberships."""
        self._check_desk()
        self.check_access('read')
        self._leave()
        return True

    def action_join_again(self):
        """Let these members come back."""
        self._check_desk()
        self.check_access('read')
        self._join_again()
        return True

    def action_unblock(self):
        """Let blocked cards be used again."""
        self._check_desk()
        self.check_access('read')
        # sudo: cards are the software's to write
        self.sudo().write({'is_blocked': False, 'block_reason': False})
        return True

    def action_block(self):
        """Ask for the reason why a card is not to be used."""
        self.ensure_one()
        return self._open_wizard(self.env._("Block the Card"), 'healthcare.loyalty.block')

    def _block(self, reason):
        self._check_desk()
        self.check_access('read')
        # sudo: cards are the software's to write
        self.sudo().write({'is_blocked': True, 'block_reason': reason})
