from odoo import api, models
from odoo.tools import SQL

from ..sealing import SealableHtml


class CalendarEvent(models.Model):
    """What is written about an appointment is encrypted, about other meetings it is not."""

    _name = 'calendar.event'
    _inherit = ['calendar.event', 'healthcare.sealable']

    description = SealableHtml()
    notes = SealableHtml()

    def _is_confided(self, values=None):
        if values is None:
            values = self.sudo()
        else:
            values = {'patient_id': False, 'is_appointment': False} | values
        return bool(values['patient_id'] or values['is_appointment'])

    @api.model
    def _get_confided_condition(self):
        return SQL('(patient_id IS NOT NULL OR is_appointment IS TRUE)')

    def write(self, vals):
        done = super().write(vals)
        if {'patient_id', 'is_appointment'} & set(vals):
            self._seal_again()
        return done
