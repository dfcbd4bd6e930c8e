from odoo import api, models


class HealthcareLoyaltyCause(models.Model):
    """What coming to events earns; to those that are talks of a club, the talk does.

    Events about health that are no talks earn nothing: the points would tell who came.
    """

    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        return super()._get_sources() | {
            'registration': (
                'event.registration',
                """
                SELECT registration.id AS res_id, 'event' AS event,
                       registration.partner_id AS patient_id, registration.company_id,
                       event.date_begin AS happened_at, NULL::int AS service_id, '' AS part
                  FROM event_registration registration
                  JOIN event_event event ON event.id = registration.event_id
                 WHERE registration.id = ANY(%(ids)s) AND event.is_clinical_club IS NOT TRUE
                   AND NOT EXISTS (SELECT FROM healthcare_club_talk talk
                                    WHERE talk.event_id = event.id)
                   AND registration.id = (
                       SELECT MIN(first.id) FROM event_registration first
                        WHERE first.event_id = event.id
                          AND first.partner_id = registration.partner_id
                          AND first.state = 'done' AND first.active)
                """,
            ),
        }
