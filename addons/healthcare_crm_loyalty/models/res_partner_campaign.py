from odoo import models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Who took part in a campaign under two records took part once."""

    _inherit = 'res.partner'

    def _before_merge(self, journal, merged):
        result = super()._before_merge(journal, merged)
        table = 'healthcare_campaign_participant'
        # what was done to either of them was done to the patient
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                       SELECT id, ROW_NUMBER() OVER (
                                  PARTITION BY campaign_id
                                      ORDER BY array_position(%s, arm::text), since, id) AS place
                         FROM healthcare_campaign_participant WHERE patient_id IN %s) part
                 WHERE place > 1
                """,
                ['addressed', 'came', 'held', 'unreached'],
                (self.id, merged.id),
            )
        )
        if doubled := [id_ for (id_,) in rows]:
            with journal.watch(table, ids=doubled):
                self.env.cr.execute(
                    SQL('DELETE FROM %s WHERE id = ANY(%s)', SQL.identifier(table), doubled)
                )
            self.env['healthcare.campaign.participant'].invalidate_model()
        return result
