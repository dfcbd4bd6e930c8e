from odoo import api, fields, models

from odoo.addons.healthcare_crm.models.calendar_event import VISITED_STATUSES
from odoo.addons.healthcare_crm.sensitive import GROUP_USER

#: What decides whether a visit earns points.
_TELLING = {
    'active',
    'appointment_status',
    'company_id',
    'is_appointment',
    'patient_id',
    'service_id',
    'start',
}


class CalendarEvent(models.Model):
    _inherit = 'calendar.event'

    arrived_at = fields.Datetime(
        string="Arrived On",
        readonly=True,
        copy=False,
        groups=GROUP_USER,
    )

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        if any(vals.get('appointment_status') == 'fulfilled' for vals in vals_list):
            events._note_visits()
        return events

    def _write_appointments(self, vals):
        # sudo: the time is noted by whoever may say that the patient is here
        events = self.sudo()
        if (status := vals.get('appointment_status')) in ('arrived', 'checked-in'):
            events.filtered(lambda event: not event.arrived_at).arrived_at = fields.Datetime.now()
        elif 'appointment_status' in vals and status not in VISITED_STATUSES:
            # entered by mistake, or for a day to which the visit is not any more
            events.filtered('arrived_at').arrived_at = False
        result = super()._write_appointments(vals)
        if not _TELLING.isdisjoint(vals):
            self._note_visits()
        return result

    def unlink(self):
        self._note_visits()
        return super().unlink()

    def _note_visits(self):
        """Have it looked at again whether these visits earn points."""
        self.env['healthcare.loyalty.cause']._note('visit', self.ids)
