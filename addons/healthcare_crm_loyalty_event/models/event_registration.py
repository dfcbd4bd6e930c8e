from odoo import api, models
from odoo.tools import SQL

#: What decides whether somebody came.
_TELLING = {'state', 'active', 'partner_id', 'event_id'}


class EventRegistration(models.Model):
    """Who comes to an event earns points, once, however many they booked for."""

    _inherit = 'event.registration'

    @api.model_create_multi
    def create(self, vals_list):
        registrations = super().create(vals_list)
        registrations._note()
        return registrations

    def write(self, vals):
        if _TELLING.isdisjoint(vals):
            return super().write(vals)
        self._note()
        result = super().write(vals)
        self._note()
        return result

    def unlink(self):
        self._note()
        # sudo: see _note
        talks = self.sudo().event_id.talk_ids
        result = super().unlink()
        talks._follow_event()
        return result

    def _note(self):
        """Have it looked at again what coming has earned: that of the same people to the same
        events, for one of several registrations counts."""
        self.flush_model(['event_id', 'partner_id'])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT other.id FROM event_registration mine
                  JOIN event_registration other ON other.event_id = mine.event_id
                   AND other.partner_id = mine.partner_id
                 WHERE mine.id = ANY(%s)
                """,
                self.ids,
            )
        )
        self.env['healthcare.loyalty.cause']._note('registration', [id_ for (id_,) in rows])
        # sudo: who came is written by the software, whoever is at the door
        self.sudo().event_id.talk_ids._follow_event()
