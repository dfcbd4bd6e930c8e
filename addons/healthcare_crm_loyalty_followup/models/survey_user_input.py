from odoo import models


class SurveyUserInput(models.Model):
    _inherit = 'survey.user_input'

    def _mark_done(self):
        result = super()._mark_done()
        self._note_answers()
        return result

    def write(self, vals):
        """Whose answers they are, or that they were no answers, may be found out later."""
        result = super().write(vals)
        if not {'partner_id', 'test_entry', 'state'}.isdisjoint(vals):
            self._note_answers()
        return result

    def unlink(self):
        self._note_answers()
        return super().unlink()

    def _note_answers(self):
        """Have it looked at again whether these answers earn points."""
        self.env['healthcare.loyalty.cause']._note('survey', self.ids)
