from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Command

from odoo.addons.healthcare_crm.sensitive import GROUP_ADMINISTRATOR

from ..definition.convert import write_texts
from ..intake import new_patient_form

FORM = ('healthcare_crm_followup', 'survey_new_patient_form')


class SurveySurvey(models.Model):
    _inherit = 'survey.survey'

    @api.model
    def open_new_patient_form(self):
        """Open the form for new patients; the first time, make it, in the languages installed.

        :raise AccessError: by anybody but the administrator
        """
        if not self.env.user.has_group(GROUP_ADMINISTRATOR):
            raise AccessError(self.env._("Forms are made by the clinic's administrator."))
        form = self.env.ref('.'.join(FORM), raise_if_not_found=False)
        if not form:
            # sudo: an administrator of the clinic need not be one of surveys to have this one
            form = self.sudo()._make_new_patient_form()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'survey.survey',
            'res_id': form.id,
            'views': [(False, 'form')],
        }

    @api.model
    def _make_new_patient_form(self):
        questions = new_patient_form.QUESTIONS
        form = self.with_context(lang='en_US').create(
            {
                'title': new_patient_form.TITLE['en_US'],
                'description': new_patient_form.DESCRIPTION['en_US'],
                'access_mode': 'token',
                'questions_layout': 'one_page',
                'scoring_type': 'no_scoring',
                'users_can_go_back': True,
                # nobody's own, as those of the gallery
                'user_id': False,
                # in whatever language the patient reads
                'lang_ids': False,
                'question_and_page_ids': [
                    Command.create(
                        {
                            'sequence': index,
                            'title': title['en_US'],
                            'question_type': kind,
                            'patient_field': target,
                            'suggested_answer_ids': [
                                Command.create({'value': said['en_US'], 'patient_value': code})
                                for code, said in choices
                            ],
                        }
                    )
                    for index, (target, kind, title, choices) in enumerate(questions)
                ],
            }
        )
        write_texts(form, 'title', new_patient_form.TITLE)
        # Odoo translates a page by its sentences
        sentence = new_patient_form.DESCRIPTION['en_US']
        said_in = {code: {sentence: text} for code, text in new_patient_form.DESCRIPTION.items()}
        write_texts(form, 'description', said_in)
        for question, (_target, _kind, title, choices) in zip(
            form.question_ids, questions, strict=True
        ):
            write_texts(question, 'title', title)
            for answer, (_code, said) in zip(question.suggested_answer_ids, choices, strict=True):
                write_texts(answer, 'value', said)
        # where the software finds its form again
        self.env['ir.model.data'].create(
            {
                'module': FORM[0],
                'name': FORM[1],
                'model': 'survey.survey',
                'res_id': form.id,
                'noupdate': True,
            }
        )
        return form
