from odoo import models

#: What the patient's answer to an offered appointment makes of the entry in the waiting list.
ANSWERS = {'booked': 'booked', 'cancelled': 'declined'}


class CalendarEvent(models.Model):
    """What appointments mean to the waiting list: answers to its offers, and freed slots."""

    _inherit = 'calendar.event'

    def write(self, vals):
        status = vals.get('appointment_status')
        turned = self.sudo().browse()
        if status in ANSWERS:
            # sudo: patients answer by link; and not every field of others, which would be unmasked
            turned = (
                self.sudo()
                .with_context(prefetch_fields=False)
                .filtered(lambda event: event.is_appointment and event.appointment_status != status)
            )
        result = super().write(vals)
        if turned:
            Entry = self.env['healthcare.waitlist.entry'].sudo()
            Entry.search(
                [('appointment_id', 'in', turned.ids), ('status', '=', 'offered')]
            ).status = ANSWERS[status]
            if status == 'cancelled':
                Entry._offer(turned)
        return result
