from odoo import models
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = 'base.partner.merge.automatic.wizard'

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge patients without losing an enrollment.

        An appointment that went from one of them to the other is the subject of an enrollment of
        each. The merge would delete all enrollments of the source for that; so the older one of
        such a pair, ended when the appointment was given away, makes room first.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET occurrence = enrollment.occurrence || '#' || enrollment.id
                  FROM (SELECT id, row_number() OVER (
                                   PARTITION BY workflow_id, subject_model, subject_id, occurrence
                                   ORDER BY state = 'active' DESC, id DESC) AS place
                          FROM healthcare_workflow_enrollment
                         WHERE patient_id = ANY(%s)) AS one
                 WHERE one.id = enrollment.id AND one.place > 1
                """,
                (src_partners | dst_partner).ids,
            )
        )
        return super()._update_foreign_keys(src_partners, dst_partner)
