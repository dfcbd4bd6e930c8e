from odoo import api, fields, models


class HealthcareLoyaltyFamily(models.TransientModel):
    """Ask whose points a member is to share, and whether they agreed."""

    _name = 'healthcare.loyalty.family'
    _description = "Share Points"

    card_id = fields.Many2one('loyalty.card', required=True, readonly=True)
    patient_id = fields.Many2one(related='card_id.partner_id', string="Patient")
    possible_ids = fields.Many2many('loyalty.card', compute='_compute_possible')
    head_id = fields.Many2one(
        'res.partner',
        string="Share the Points Of",
        required=True,
        domain="[('id', 'in', possible_head_ids)]",
    )
    possible_head_ids = fields.Many2many('res.partner', compute='_compute_possible')
    agreed = fields.Boolean(
        string="They Agreed, Here at the Desk",
        help="Else they are asked on their own page, and nothing is shared until they agree.",
    )

    @api.depends('card_id')
    def _compute_possible(self):
        for wizard in self:
            card, household = wizard.card_id, wizard.card_id.partner_id.household_id
            cards = self.env['loyalty.card'].search(
                [
                    ('program_id', '=', card.program_id.id),
                    ('partner_id.household_id', '=', household.id),
                    ('id', '!=', card.id),
                    ('purse_id', '=', False),
                ]
            ) if household else card.browse()  # fmt: skip
            wizard.possible_ids = cards
            wizard.possible_head_ids = cards.partner_id

    def action_share(self):
        """Ask the head of the family, or share at once when they agreed."""
        self.ensure_one()
        self.env['loyalty.card']._check_desk()
        self.card_id.check_access('read')
        purse = self.possible_ids.filtered(lambda card: card.partner_id == self.head_id)[:1]
        share = self.env['healthcare.loyalty.share']._ask(self.card_id, purse)
        if self.agreed:
            share._agree('desk')
        return {'type': 'ir.actions.act_window_close'}
