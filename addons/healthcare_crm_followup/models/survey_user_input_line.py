from odoo import models


class SurveyUserInputLine(models.Model):
    _inherit = 'survey.user_input.line'

    def _get_patient_value(self):
        """Return the answer as the record takes it; nothing for one that was left out."""
        self.ensure_one()
        if self.skipped:
            return None
        match self.answer_type:
            case 'suggestion':
                return self.suggested_answer_id.patient_value
            case 'char_box' | 'text_box' | 'date':
                value = self[f'value_{self.answer_type}']
                # the database keeps no NUL
                return value.replace('\0', '').strip() if isinstance(value, str) else value
        return None
