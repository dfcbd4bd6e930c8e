from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = 'base.partner.merge.automatic.wizard'

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merge patients without losing a number, an appointment, a message or a consent.

        The patient number is unique: the number of the destination stays, the others are kept as
        identifiers, so that a letter or a file with the old number still finds the patient. Of a
        segment both were in, one membership stays: the merge would drop all of the source's. All
        other rows have no unique key on the patient and simply move.
        """
        self._merge_patients(src_partners, dst_partner)
        self._merge_segment_members(src_partners | dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._clear_own_guardian(src_partners, dst_partner)
        return result

    def _merge_patients(self, src_partners, dst_partner):
        patients = (src_partners | dst_partner).sudo().filtered('is_patient')
        if not patients:
            return
        if not self.env.su and not self.env.user.has_group(
            'healthcare_crm.group_healthcare_staff',
        ):
            # Their merge would drop every field they cannot read. Not a word about patients.
            raise AccessError(self.env._("You are not allowed to merge these contacts."))
        sources = src_partners.sudo().filtered('patient_number')
        numbers = [source.patient_number for source in sources]
        sources.write({'patient_number': False})
        self.env.flush_all()
        destination = dst_partner.sudo()
        if not destination.patient_number and numbers:
            destination.write({'patient_number': numbers.pop(0), 'is_patient': True})
        system = self.env.ref('healthcare_crm.identifier_system_merged').sudo()
        self.env['healthcare.patient.identifier'].sudo().create(
            [
                {'patient_id': dst_partner.id, 'system_id': system.id, 'value': number}
                for number in numbers
            ]
        )
        self.env.flush_all()

    def _merge_segment_members(self, partners):
        """Keep the oldest membership of each segment among ``partners``."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM healthcare_segment_member AS member
                 USING healthcare_segment_member AS older
                 WHERE member.patient_id = ANY(%(ids)s) AND older.patient_id = ANY(%(ids)s)
                   AND older.segment_id = member.segment_id AND older.id < member.id
                """,
                ids=partners.ids,
            )
        )
        self.env['healthcare.segment.member'].invalidate_model()

    def _clear_own_guardian(self, src_partners, dst_partner):
        """Nobody is their own guardian or referrer, also not after a child and a parent became one.

        In SQL, as the merge itself: the records are half merged at this point.
        """
        ids = tuple((src_partners | dst_partner).ids)
        for column in ('guardian_id', 'referrer_id'):
            self.env.cr.execute(
                SQL(
                    "UPDATE res_partner SET %(column)s = NULL "
                    "WHERE id IN %(ids)s AND %(column)s IN %(ids)s",
                    column=SQL.identifier(column),
                    ids=ids,
                )
            )
        self.env.invalidate_all()
