from odoo import api, fields, models

STATUSES = [('member', "Member"), ('blocked', "Blocked"), ('left', "Left")]


class LoyaltyCard(models.Model):
    """What the screens of members show beside the figures."""

    _inherit = 'loyalty.card'

    purse_patient_id = fields.Many2one(related='purse_id.partner_id', string="Points Of")
    status = fields.Selection(STATUSES, compute='_compute_status')
    change_ids = fields.One2many('healthcare.loyalty.tier.change', 'card_id', readonly=True)
    purse_share_ids = fields.One2many('healthcare.loyalty.share', 'purse_id', readonly=True)
    has_family = fields.Boolean(compute='_compute_family')
    asked_count = fields.Integer(compute='_compute_family')
    can_be_invited = fields.Boolean(compute='_compute_can_be_invited')
    progress_text = fields.Char(string="Next Tier", compute='_compute_texts')
    expiring_text = fields.Char(string="Expires Next", compute='_compute_texts')

    @api.depends('active', 'is_blocked')
    def _compute_status(self):
        for card in self:
            card.status = 'left' if not card.active else 'blocked' if card.is_blocked else 'member'

    @api.depends('family_ids', 'purse_share_ids.state')
    def _compute_family(self):
        for card in self:
            card.has_family = bool(card.family_ids)
            asked = card.purse_share_ids.filtered(lambda share: share.state == 'asked')
            card.asked_count = len(asked)

    @api.depends('program_id.tier_ids.basis', 'tier_id')
    def _compute_can_be_invited(self):
        for card in self:
            special = card.program_id.tier_ids.filtered(lambda tier: tier.basis == 'invitation')
            card.can_be_invited = bool(special - card.tier_id)

    @api.depends('points', 'tier_id', 'purse_id')
    @api.depends_context('lang')
    def _compute_texts(self):
        for card in self:
            progress = card.id and card._get_progress()
            card.progress_text = card._say_progress(progress) if progress else False
            expiring = card.id and card._get_expiring(1)
            card.expiring_text = card._say_expiring(*expiring[0]) if expiring else False

    def action_open_patient(self):
        """Open the patient whose card this is."""
        self.ensure_one()
        view = self.env.ref('healthcare_crm.res_partner_view_form_patient')
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Patient"),
            'res_model': 'res.partner',
            'res_id': self.partner_id.id,
            'views': [[view.id, 'form']],
        }
