import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError


class HealthcareCouponUse(models.TransientModel):
    """Take a coupon at the desk: what it gives is shown before it is used."""

    _name = 'healthcare.coupon.use'
    _description = "Take a Coupon"

    text = fields.Char(string="Code", help="Scan it, or type it in.")
    card_id = fields.Many2one('loyalty.card', compute='_compute_card')
    batch_id = fields.Many2one('healthcare.coupon.batch', compute='_compute_card', string="Coupon")
    benefit = fields.Char(related='batch_id.benefit')
    owner_id = fields.Many2one('res.partner', compute='_compute_card')
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        compute='_compute_patient_id',
        store=True,
        readonly=False,
        domain=[('is_patient', '=', True)],
    )
    currency_id = fields.Many2one(related='batch_id.currency_id')
    minimum_spend = fields.Monetary(related='batch_id.minimum_spend')
    amount = fields.Monetary(string="The Patient Spends")
    discount = fields.Monetary(string="Taken Off", compute='_compute_discount')
    obstacle = fields.Char(compute='_compute_obstacle')
    token = fields.Char(
        default=lambda self: uuid.uuid4().hex,
        help="What is pressed twice uses the coupon once.",
    )

    @api.depends('text')
    def _compute_card(self):
        for use in self:
            use.card_id = use.batch_id = use.owner_id = False
            if use.text:
                try:
                    use.card_id = self.env['loyalty.card']._find_coupon(use.text)
                except UserError:
                    continue
                use.batch_id = use.card_id.batch_id
                use.owner_id = use.card_id.partner_id

    @api.depends('card_id')
    def _compute_patient_id(self):
        for use in self:
            use.patient_id = use.owner_id or use.patient_id

    @api.depends('card_id', 'amount')
    def _compute_discount(self):
        for use in self:
            use.discount = use.card_id and use.card_id._get_coupon_discount(use.amount)

    @api.depends('text', 'card_id', 'patient_id', 'amount')
    def _compute_obstacle(self):
        """Say at once why a coupon cannot be taken, in the words in which it would be refused."""
        for use in self:
            use.obstacle = False
            if not use.text:
                continue
            try:
                card = self.env['loyalty.card']._find_coupon(use.text)
                card._check_coupon(use.patient_id, use.amount)
            except UserError as refused:
                use.obstacle = str(refused)

    def action_use(self):
        """Take the coupon, and say so."""
        self.ensure_one()
        card = self.env['loyalty.card']._find_coupon(self.text)
        card._redeem_coupon(self.patient_id, self.amount, token=self.token)
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success',
                'title': card.batch_id.benefit,
                'message': self.env._("“%s” is used now.", card.batch_id.name),
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }
