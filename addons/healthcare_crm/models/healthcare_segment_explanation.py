from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ..segmenting import KINDS, Scope
from ..sensitive import GROUP_STAFF


class HealthcareSegment(models.Model):
    """Say why a patient is in a segment or not."""

    _inherit = 'healthcare.segment'

    def explain(self, patient_id):
        """Return why one patient is in the segment or not, condition by condition.

        What the user may not read is not told: neither what is asked nor whether it is met.

        :return: ``{is_in, since, match, parts: [{sentence, met, fact}]}``; ``is_in`` as of now,
            ``since`` when the patient entered or false, ``met`` ``None`` where it is not told
        """
        self.ensure_one()
        self._check_reads_members()
        patient = self.env['res.partner'].browse(patient_id).exists()
        patient.check_access('read')
        if not patient.is_patient:
            raise UserError(self.env._("Choose a patient."))
        if not patient.is_in_care:
            # a segment may be about anything, so being in one tells as much
            raise AccessError(self.env._("You do not treat this patient."))
        self.env['healthcare.audit']._record_shown(patient, 'segment')
        member = self.env['healthcare.segment.member'].search(
            [('segment_id', '=', self.id), ('patient_id', '=', patient.id)]
        )
        scope = Scope.of(self.env, self.company_id)
        # sudo: all conditions take part; what of them is told is decided one by one
        segment = self.sudo()
        return {
            'is_in': self._meets(patient, segment._get_domain(scope.sudo())),
            'since': format_date(self.env, member.date) if member else False,
            'match': self.match,
            'parts': [
                *self._explain_base(patient, scope),
                *(
                    self._explain_part(condition, domain, patient, scope)
                    for condition, domain in segment._get_parts(scope.sudo())
                ),
            ],
        }

    def _check_reads_members(self):
        """Refuse whoever may not know who is in the segment.

        :raise AccessError: this user may not
        """
        self.check_access('read')
        if not self.env.user.has_group(GROUP_STAFF) or self._is_any_opaque():
            raise AccessError(self.env._("You may not see who is in a segment."))

    def action_explain(self):
        """Ask about a patient."""
        self.ensure_one()
        self._check_reads_members()
        return {
            'name': self.env._("Why is … in or out?"),
            'type': 'ir.actions.act_window',
            'res_model': 'healthcare.segment.explain',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_segment_id': self.id},
        }

    def _meets(self, patient, domain):
        # sudo: as the refresh does
        patients = self.env['res.partner'].sudo()
        return bool(patients.search_count(domain & Domain('id', '=', patient.id), limit=1))

    def _explain_base(self, patient, scope):
        """Tell what keeps a patient out of every such segment."""
        told = []
        if patient.deceased and not self.with_deceased:
            told.append(self.env._("The patient is deceased"))
        if patient.processing_restricted:
            told.append(self.env._("The patient asked that the data is left alone"))
        if not patient.active:
            told.append(self.env._("The patient is archived"))
        if patient.company_id and patient.company_id.id not in scope.clinics:
            told.append(self.env._("The patient is of another clinic"))
        return [{'sentence': sentence, 'met': False, 'fact': ''} for sentence in told]

    def _explain_part(self, condition, domain, patient, scope):
        """Tell one condition, as far as the user may know it.

        :param condition: in sudo; empty for the domain editor's
        """
        hidden = {'sentence': self.env._("Something you may not read"), 'met': None, 'fact': ''}
        if not condition:
            # sudo on the record, not on the rights that are asked
            if not self._may_read(self.sudo().stored_domain):
                return hidden
            met = self._meets(patient, domain)
            return {'sentence': self.env._("More conditions"), 'met': met, 'fact': ''}
        if not condition._is_readable(self.env):
            return hidden
        try:
            with self.env.cr.savepoint(flush=False):
                fact = KINDS[condition.kind].fact(condition, scope, patient)
        except AccessError:
            fact = ''
        return {
            'sentence': condition.with_context(lang=self.env.lang).sentence,
            'met': self._meets(patient, domain),
            'fact': fact,
        }
