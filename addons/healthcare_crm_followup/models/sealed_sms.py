"""Text messages that Odoo itself sends to patients, as long as it keeps them."""

from odoo import models

from odoo.addons.healthcare_crm.sealing import SealableText


class SmsSms(models.Model):
    _name = 'sms.sms'
    _inherit = ['sms.sms', 'healthcare.sealable']

    body = SealableText()
