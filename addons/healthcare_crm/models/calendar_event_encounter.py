from odoo import api, models

#: what a visit takes from its appointment
FOLLOWED = {
    'appointment_status',
    'patient_id',
    'start',
    'stop',
    'practitioner_id',
    'service_id',
    'company_id',
}


class CalendarEvent(models.Model):
    _inherit = 'calendar.event'

    @api.model_create_multi
    def create(self, vals_list):
        events = super().create(vals_list)
        events._fulfilled()._follow_with_visits()
        return events

    def write(self, vals):
        if vals.keys().isdisjoint(FOLLOWED):
            return super().write(vals)
        before = self._fulfilled()
        result = super().write(vals)
        (before | self._fulfilled())._follow_with_visits()
        return result

    def _fulfilled(self):
        """Return the appointments among these that took place, in sudo.

        sudo: reception marks them as done, and need not be allowed to read the record of the visit.
        Without the other fields, which would be put unmasked into the cache.
        """
        events = self.sudo().with_context(prefetch_fields=False)
        return events.filtered(lambda event: event.appointment_status == 'fulfilled')

    def _follow_with_visits(self):
        if self:
            self.env['healthcare.encounter']._follow_appointments(self)
