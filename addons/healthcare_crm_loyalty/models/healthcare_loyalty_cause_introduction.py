from odoo import api, models
from odoo.tools import SQL

#: Introductions that are looked at in one transaction.
JUDGED = 200


class HealthcareLoyaltyCause(models.Model):
    """What introductions earn: for who introduced somebody, and for who came."""

    _inherit = 'healthcare.loyalty.cause'

    @api.model
    def _get_sources(self):
        # whoever becomes a member while the introduction counts is rewarded on that day
        is_professional = self.env['res.partner']._sql_is_professional(SQL('partner'))
        return super()._get_sources() | {
            'introduction': (
                'healthcare.introduction',
                f"""
                SELECT introduction.id AS res_id, side.event, side.patient_id, visit.company_id,
                       GREATEST(visit.start, joined.at) AS happened_at, visit.service_id,
                       '' AS part
                  FROM healthcare_introduction introduction
                  JOIN calendar_event visit ON visit.id = introduction.visit_id
                  JOIN healthcare_introducer introducer
                    ON introducer.id = introduction.introducer_id
                  JOIN res_partner partner ON partner.id = introducer.partner_id
                  JOIN res_company clinic ON clinic.id = introduction.company_id
             LEFT JOIN resource_calendar hours ON hours.id = clinic.resource_calendar_id
            CROSS JOIN LATERAL (
                       VALUES ('introducing', partner.id), ('introduced', introduction.patient_id)
                       ) AS side (event, patient_id)
             LEFT JOIN LATERAL (
                       SELECT (MIN(joined_on) + time '12:00') AT TIME ZONE COALESCE(hours.tz, 'UTC')
                              AT TIME ZONE 'UTC' AS at
                         FROM loyalty_card
                        WHERE partner_id = side.patient_id AND active
                          AND joined_on <= introduction.until
                       ) AS joined ON TRUE
                 WHERE introduction.id = ANY(%(ids)s) AND introduction.state = 'came'
                   AND (side.event = 'introduced' OR clinic.introduction_rewards_professionals
                        OR NOT {is_professional.code})
                """,
            ),
        }

    @api.model
    def _get_batch(self, kind):
        # each is looked at by itself, and compared with everybody
        return JUDGED if kind == 'introduction' else super()._get_batch(kind)

    def _apply(self, kind, ids):
        """Find out first which introductions count now."""
        if kind == 'introduction':
            self.env['healthcare.introduction'].browse(ids).exists()._judge()
            self.env.flush_all()
        return super()._apply(kind, ids)

    @api.model
    def _note_introductions(self, condition):
        """Have introductions looked at again.

        :param SQL condition: about the table ``introduction``
        """
        self.env['healthcare.introduction'].flush_model()
        self.env['healthcare.introducer'].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT introduction.id FROM healthcare_introduction introduction
                  JOIN healthcare_introducer introducer
                    ON introducer.id = introduction.introducer_id
                 WHERE %s
                """,
                condition,
            )
        )
        self._note('introduction', [id_ for (id_,) in rows])
