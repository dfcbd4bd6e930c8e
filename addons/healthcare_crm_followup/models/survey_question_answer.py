from odoo import fields, models


class SurveyQuestionAnswer(models.Model):
    _inherit = 'survey.question.answer'

    is_red_flag = fields.Boolean(
        string="Red Flag",
        help="A patient who chooses this needs somebody at once: a nurse gets an urgent task.",
    )
    patient_value = fields.Char(
        string="Means",
        help="What is entered in the record for this answer, such as female, vi_VN or sms.",
    )
