from contextlib import ExitStack

from odoo import fields, models
from odoo.tools import SQL

from ..engine import enroll, sql


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def _before_merge(self, journal, merged):
        """Let one patient not be in a workflow twice: of two ways through it, one goes on."""
        result = super()._before_merge(journal, merged)
        with self._watch_workflows(journal, merged):
            self._make_way_for_enrollments(self | merged, self)
        return result

    def _after_merge(self, journal, merged):
        result = super()._after_merge(journal, merged)
        with self._watch_workflows(journal, merged):
            self._take_over_enrollments(merged, self)
        return result

    def _watch_workflows(self, journal, merged):
        """Remember what happens to the enrollments of both, to what they wait for and had sent."""
        both = (self | merged).ids
        enrollments = SQL(
            'enrollment_id IN (SELECT id FROM healthcare_workflow_enrollment '
            'WHERE patient_id = ANY(%s))',
            both,
        )
        versions = SQL(
            'version_id IN (SELECT version_id FROM healthcare_workflow_enrollment '
            'WHERE patient_id = ANY(%s)) AND date = %s',
            both,
            fields.Date.today(),
        )
        mine = SQL('patient_id = ANY(%s)', both)
        about = SQL("(subject_model = 'res.partner' AND subject_id = ANY(%s))", both)
        stack = ExitStack()
        for table, where in (
            ('healthcare_workflow_enrollment', mine),
            ('healthcare_workflow_token', enrollments),
            ('healthcare_workflow_log', enrollments),
            ('healthcare_workflow_stat', versions),
            ('healthcare_communication', mine),
            (
                'healthcare_workflow_event',
                SQL('processed_at IS NULL AND (%s OR %s)', mine, about),
            ),
        ):
            stack.enter_context(journal.watch(table, where=where))
        return stack

    def _make_way_for_enrollments(self, partners, dst_partner):
        """Give enrollments that would become the same one keys of their own.

        The merge would delete all enrollments of the source for that. Of two that are under way and
        keep each other out, the later one goes on.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET occurrence = enrollment.occurrence || '#' || enrollment.id
                  FROM (SELECT id, row_number() OVER (
                                   PARTITION BY workflow_id, subject_model,
                                                CASE WHEN subject_model = 'res.partner' THEN 0
                                                     ELSE subject_id END, occurrence
                                   ORDER BY state = 'active' DESC, id DESC) AS place
                          FROM healthcare_workflow_enrollment
                         WHERE patient_id = ANY(%s)) AS one
                 WHERE one.id = enrollment.id AND one.place > 1
                """,
                partners.ids,
            )
        )
        rivals = self.env.execute_query(
            SQL(
                """
                SELECT id, slot, sibling_slot FROM healthcare_workflow_enrollment
                 WHERE patient_id = ANY(%s) AND (slot IS NOT NULL OR sibling_slot IS NOT NULL)
                 ORDER BY state = 'active' DESC, id DESC
                """,
                partners.ids,
            )
        )
        taken, outdone, renamed = set(), [], []
        for one, slot, sibling_slot in rivals:
            mine = [slot, sibling_slot]
            if slot and slot.rpartition(':')[0].endswith((':patient', ':res.partner')):
                mine[0] = self._slot_of(slot, dst_partner)
            if sibling_slot:
                mine[1] = self._slot_of(sibling_slot, dst_partner)
            if taken & {slot for slot in mine if slot}:
                outdone.append(one)
                continue
            taken |= {slot for slot in mine if slot}
            renamed.append((one, *mine))
        # sudo: who may merge patients need not be the engine's administrator
        env = self.sudo().env
        enroll.leave(env, dict.fromkeys(outdone, 'merged'), fields.Datetime.now())
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment SET slot = NULL, sibling_slot = NULL
                 WHERE id = ANY(%s)
                """,
                [one for one, *_slots in rivals],
            )
        )
        if renamed:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE healthcare_workflow_enrollment AS enrollment
                       SET slot = renamed.slot, sibling_slot = renamed.sibling_slot
                      FROM (VALUES %s) AS renamed (id, slot, sibling_slot)
                     WHERE enrollment.id = renamed.id
                    """,
                    sql.values_list(renamed),
                )
            )

    def _slot_of(self, slot, patient):
        """Return the slot of another patient as it is for ``patient``."""
        return f'{slot.rpartition(":")[0]}:{patient.id}'

    def _take_over_enrollments(self, src_partners, dst_partner):
        """Let what names patients by number, not by a foreign key, name the one that stays."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment SET subject_id = %(dst)s
                 WHERE subject_model = 'res.partner' AND subject_id = ANY(%(src)s);
                UPDATE healthcare_workflow_event SET subject_id = %(dst)s
                 WHERE subject_model = 'res.partner' AND subject_id = ANY(%(src)s)
                   AND processed_at IS NULL;
                UPDATE healthcare_workflow_event SET patient_id = %(dst)s, shard = %(shard)s
                 WHERE patient_id = ANY(%(src)s) AND processed_at IS NULL;
                UPDATE healthcare_workflow_token AS token SET shard = %(shard)s
                  FROM healthcare_workflow_enrollment AS enrollment
                 WHERE enrollment.id = token.enrollment_id AND enrollment.patient_id = %(dst)s
                   AND token.state != 'done'
                """,
                dst=dst_partner.id,
                src=src_partners.ids,
                shard=dst_partner.id % sql.SHARDS,
            )
        )
        self.env.invalidate_all()
