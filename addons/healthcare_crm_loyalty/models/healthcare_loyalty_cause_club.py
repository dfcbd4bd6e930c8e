from odoo import api, models


class HealthcareLoyaltyCause(models.Model):
    """What coming to the talks of a club earns."""

    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        return super()._get_sources() | {
            'talk': (
                'healthcare.club.attendance',
                """
                SELECT attendance.id AS res_id, 'event' AS event, attendance.patient_id,
                       talk.company_id, talk.start AS happened_at, NULL::int AS service_id,
                       '' AS part
                  FROM healthcare_club_attendance attendance
                  JOIN healthcare_club_talk talk ON talk.id = attendance.talk_id
                 WHERE attendance.id = ANY(%(ids)s) AND talk.state <> 'cancelled'
                   AND talk.start <= now() AT TIME ZONE 'UTC' + interval '12 hours'
                """,
            ),
        }
