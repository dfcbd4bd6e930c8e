from odoo import models
from odoo.tools import SQL


class CalendarEvent(models.Model):
    _inherit = 'calendar.event'

    def _note_visits(self):
        """Have introductions looked at again whose first visit this may be, or was."""
        result = super()._note_visits()
        # sudo: whose visits these are, whoever may change them
        patients = self.sudo().patient_id
        if patients:
            self.env['healthcare.loyalty.cause']._note_introductions(
                SQL(
                    """
                    introduction.visit_id = ANY(%(visits)s)
                    OR (introduction.patient_id = ANY(%(patients)s)
                        AND introduction.state <> 'came')
                    """,
                    visits=self.ids,
                    patients=patients.ids,
                )
            )
        return result
