from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.healthcare_crm.sensitive import GROUP_ADMINISTRATOR


class HealthcareLoyaltyInvite(models.TransientModel):
    """Put members into a tier that nobody reaches by points or visits."""

    _name = 'healthcare.loyalty.invite'
    _description = "Invite Into a Tier"

    card_id = fields.Many2one('loyalty.card', string="Member", readonly=True)
    program_id = fields.Many2one('loyalty.program', compute='_compute_program')
    tier_id = fields.Many2one(
        'healthcare.loyalty.tier',
        string="Tier",
        required=True,
        domain="[('program_id', '=', program_id), ('basis', '=', 'invitation')]",
    )
    patient_ids = fields.Many2many('res.partner', string="Members")

    def _compute_program(self):
        for wizard in self:
            wizard.program_id = wizard.card_id.program_id or wizard.tier_id.program_id

    def action_invite(self):
        """Put the members into the tier."""
        self.ensure_one()
        if not self.env.user.has_group(GROUP_ADMINISTRATOR):
            raise AccessError(self.env._("Clinic administrators invite members."))
        tier = self.tier_id
        tier.check_access('read')
        cards = self.card_id or self._find_cards()
        cards.check_access('read')
        if tier.basis != 'invitation' or cards.program_id - tier.program_id:
            raise UserError(self.env._("Nobody is invited into this tier: it is reached."))
        cards.sudo()._invite(tier)  # sudo: cards are the software's to write
        return {'type': 'ir.actions.act_window_close'}

    def _find_cards(self):
        """Return the cards of the chosen patients, all of which are members."""
        cards = self.env['loyalty.card'].search(
            [
                ('program_id', '=', self.tier_id.program_id.id),
                ('partner_id', 'in', self.patient_ids.ids),
            ]
        )
        strangers = self.patient_ids - cards.partner_id
        if strangers or not cards:
            raise UserError(
                self.env._(
                    "Choose members. These are none: %s", ', '.join(strangers.mapped('name'))
                )
            )
        return cards
