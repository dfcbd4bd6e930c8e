from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.healthcare_crm_followup.engine.sql import SHARDS


class LoyaltyCard(models.Model):
    """Cards as workflows hear of them."""

    _inherit = 'loyalty.card'

    def _tell(self, happening):
        """Tell workflows what happened to cards of patients, all of them in one statement."""
        super()._tell(happening)
        events = self.env['healthcare.workflow.event']
        if not self or not events._is_listening():
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_workflow_event (
                       source_key, kind, subject_model, subject_id, patient_id, shard, date)
                SELECT gen_random_uuid(), %(happening)s, 'loyalty.card', card.id, patient.id,
                       patient.id %% %(shards)s, %(now)s
                  FROM loyalty_card card
                  JOIN res_partner patient ON patient.id = card.partner_id AND patient.is_patient
                 WHERE card.id = ANY(%(ids)s)
                """,
                happening=happening,
                shards=SHARDS,
                now=fields.Datetime.now(),
                ids=self.ids,
            )
        )
        events._wake_engine()

    def _tell_expiring(self):
        """Tell workflows whose points expire soon."""
        self._tell('points_expiring')
        return super()._tell_expiring()
