from odoo import models

from ..sealing import SealableChar, SealableHtml


class MailComposeMessage(models.TransientModel):
    _name = 'mail.compose.message'
    _inherit = ['mail.compose.message', 'healthcare.sealable']

    subject = SealableChar()
    body = SealableHtml()
