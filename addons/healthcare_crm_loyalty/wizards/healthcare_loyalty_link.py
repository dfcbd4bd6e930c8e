from odoo import api, fields, models

from ..qr import draw


class HealthcareLoyaltyLink(models.TransientModel):
    """The link of a member, to copy into a message or to scan from this screen."""

    _name = 'healthcare.loyalty.link'
    _description = "Link for the Member"

    card_id = fields.Many2one('loyalty.card', required=True, readonly=True)
    patient_id = fields.Many2one(related='card_id.partner_id', string="Patient")
    url = fields.Char(string="Link", compute='_compute_url')
    qr_code = fields.Html(string="Scan with a Phone", compute='_compute_url', sanitize=False)

    @api.depends('card_id')
    def _compute_url(self):
        for wizard in self:
            wizard.url = wizard.qr_code = False
            patient = wizard.card_id.partner_id
            if patient:
                self.env['loyalty.card']._check_desk()
                patient.check_access('write')
                wizard.url = patient._get_benefits_url()
                wizard.qr_code = draw(wizard.url)
