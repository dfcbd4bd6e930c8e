from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.engine.sql import SHARDS


class HealthcareLoyaltyTierChange(models.Model):
    """Rises and falls of members as workflows hear of them."""

    _inherit = 'healthcare.loyalty.tier.change'

    @api.model
    def _tell_from(self, first):
        """Tell workflows who rose and who fell, all of them in one statement."""
        super()._tell_from(first)
        events = self.env['healthcare.workflow.event']
        if not events._is_listening():
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_workflow_event (
                       source_key, kind, subject_model, subject_id, patient_id, shard, date)
                SELECT 'tier_change:' || change.id,
                       CASE WHEN entered.rank > COALESCE(former.rank, entered.rank - 1)
                            THEN 'tier_raised' ELSE 'tier_lowered' END,
                       'loyalty.card', card.id, patient.id, patient.id %% %(shards)s, %(now)s
                  FROM healthcare_loyalty_tier_change change
                  JOIN loyalty_card card ON card.id = change.card_id
                  JOIN res_partner patient ON patient.id = card.partner_id AND patient.is_patient
             LEFT JOIN healthcare_loyalty_tier entered ON entered.id = change.tier_id
             LEFT JOIN healthcare_loyalty_tier former ON former.id = change.previous_id
                 WHERE change.id >= %(first)s
                ON CONFLICT DO NOTHING
                """,
                shards=SHARDS,
                now=fields.Datetime.now(),
                first=first,
            )
        )
        events._wake_engine()
