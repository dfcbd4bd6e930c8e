from odoo import models

from odoo.addons.healthcare_crm.sealing import SealableText


class SmsComposer(models.TransientModel):
    _name = 'sms.composer'
    _inherit = ['sms.composer', 'healthcare.sealable']

    body = SealableText()
