"""What patients write into forms: numbers, and how they are."""

from odoo import models

from odoo.addons.healthcare_crm.sealing import SealableChar, SealableText


class SurveyUserInputLine(models.Model):
    _name = 'survey.user_input.line'
    _inherit = ['survey.user_input.line', 'healthcare.sealable']

    value_char_box = SealableChar()
    value_text_box = SealableText()
