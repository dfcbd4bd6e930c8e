from odoo import api, models
from odoo.tools import SQL

#: Days, of each attendance its own, after which it earns where being in the club tells about
#: health: whoever sees the points cannot tell from the day which talk it was.
_LATER = "make_interval(days => 1 + (hashtext('talk' || attendance.id) & 2147483647) %% 28)"


class HealthcareLoyaltyCause(models.Model):
    """What coming to the talks of a club earns. The points do not say to which."""

    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        return super()._get_sources() | {
            'talk': (
                None,
                f"""
                SELECT attendance.id AS res_id, 'event' AS event, attendance.patient_id,
                       talk.company_id, given.at AS happened_at, NULL::int AS service_id,
                       '' AS part
                  FROM healthcare_club_attendance attendance
                  JOIN healthcare_club_talk talk ON talk.id = attendance.talk_id
                  JOIN healthcare_club club ON club.id = talk.club_id
            CROSS JOIN LATERAL (
                       SELECT talk.start + CASE WHEN club.is_clinical THEN {_LATER}
                                                ELSE interval '0' END AS at
                       ) given
                 WHERE attendance.id = ANY(%(ids)s) AND talk.state <> 'cancelled'
                   AND given.at <= now() AT TIME ZONE 'UTC' + interval '12 hours'
                """,
            ),
        }

    @api.model
    def _note_talks(self):
        """Have those talks looked at that may earn by now, see ``_LATER``."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attendance.id FROM healthcare_club_attendance attendance
                  JOIN healthcare_club_talk talk ON talk.id = attendance.talk_id
                  JOIN healthcare_club club ON club.id = talk.club_id AND club.is_clinical
                 WHERE talk.start > now() AT TIME ZONE 'UTC' - interval '60 days'
                   AND NOT EXISTS (SELECT FROM loyalty_history movement
                                    WHERE movement.cause = 'talk:' || attendance.id
                                      AND movement.is_reversed IS NOT TRUE)
                """
            )
        )
        self._note('talk', [id_ for (id_,) in rows])
