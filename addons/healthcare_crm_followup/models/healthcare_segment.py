from psycopg2.extras import Json

from odoo import fields, models
from odoo.tools import SQL

from ..engine.sql import SHARDS


class HealthcareSegment(models.Model):
    _inherit = 'healthcare.segment'

    def _membership_changed(self, entered_ids, left_ids):
        """Let workflows know who entered and left, where one listens."""
        result = super()._membership_changed(entered_ids, left_ids)
        if self._is_watched():
            self._tell_workflows('segment_entered', entered_ids)
            self._tell_workflows('segment_left', left_ids)
        return result

    def _is_watched(self):
        """Say whether a running workflow has to do with segments: with its trigger, or because it
        waits for, leaves at or aims at a patient's entering or leaving one."""
        # sudo: whoever looks up a segment need not read workflows
        Version = self.env['healthcare.workflow.version'].sudo()
        Version.flush_model()
        self.env['healthcare.workflow'].flush_model()
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM healthcare_workflow AS workflow
                      JOIN healthcare_workflow_version AS version
                        ON version.workflow_id = workflow.id
                     WHERE workflow.state IN ('published', 'paused')
                       AND (version.graph @? '$.triggers.* ? (@.kind == "segment")'
                            OR version.graph @? '$.** ? (@.event starts with "segment_")')
                     LIMIT 1
                    """
                )
            )
        )

    def _tell_workflows(self, code, patient_ids):
        """Note a happening of each patient, in one statement for however many they are."""
        if not patient_ids:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO healthcare_workflow_event (
                    source_key, kind, subject_model, subject_id, patient_id, payload, shard, date)
                SELECT %(key)s || patient, %(code)s, 'res.partner', patient, patient, %(payload)s,
                       patient %% %(shards)s, %(now)s
                  FROM unnest(%(patients)s) AS patient
                    ON CONFLICT DO NOTHING
                """,
                # a patient enters or leaves once in a revision
                key=f'segment:{self.id}:{self.revision}:',
                code=code,
                payload=Json({'segment': self.id}),
                shards=SHARDS,
                now=fields.Datetime.now(),
                patients=patient_ids,
            )
        )
        self.env['healthcare.workflow.event']._wake_engine()
