from odoo import models
from odoo.tools import SQL

#: what was done to either of two records was done to the patient: the first of these
ARMS = ('addressed', 'came', 'held', 'unreached')
#: what is measured again only while the campaign counts
MEASURED = (
    'arm',
    'obstacle',
    'code_id',
    'since',
    'contacted_at',
    'responded_at',
    'converted_at',
    'is_repeat',
    'revenue',
)


class ResPartner(models.Model):
    """Who took part in a campaign under two records took part once."""

    _inherit = 'res.partner'

    def _before_merge(self, journal, merged):
        result = super()._before_merge(journal, merged)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT to_jsonb(mine), to_jsonb(other)
                  FROM healthcare_campaign_participant mine
                  JOIN healthcare_campaign_participant other USING (campaign_id)
                 WHERE mine.patient_id = %s AND other.patient_id = %s
                   AND mine.arm IN %s AND other.arm IN %s
                """,
                self.id,
                merged.id,
                ARMS,
                ARMS,
            )
        )
        values = {}
        for mine, other in rows:
            if _weigh(other) < _weigh(mine):
                values[mine['id']] = {name: other[name] for name in MEASURED}
            values[other['id']] = {'arm': 'merged', 'code_id': None}
        if values:
            journal.set_values('healthcare_campaign_participant', values)
            self.env['healthcare.campaign.participant'].invalidate_model()
        return result


def _weigh(part):
    return ARMS.index(part['arm']), part['since']
