from markupsafe import Markup

from odoo import api, fields, models

from ..sensitive import GROUP_STAFF

#: how a condition turned out -> icon, colour
_MARKS = {
    True: ('fa-check-circle', 'text-success'),
    False: ('fa-times-circle', 'text-danger'),
    None: ('fa-lock', 'text-muted'),
}


class HealthcareSegmentExplain(models.TransientModel):
    """Ask why a patient is in a segment, or is not."""

    _name = 'healthcare.segment.explain'
    _description = "Why a Patient Is in a Segment"

    segment_id = fields.Many2one('healthcare.segment', required=True, ondelete='cascade')
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        domain=[('is_patient', '=', True)],
        ondelete='cascade',
        groups=GROUP_STAFF,
    )
    explanation = fields.Html(compute='_compute_explanation', sanitize=False, groups=GROUP_STAFF)

    @api.depends('segment_id', 'patient_id')
    @api.depends_context('uid', 'lang')
    def _compute_explanation(self):
        for wizard in self:
            segment, patient = wizard.segment_id, wizard.patient_id
            wizard.explanation = bool(segment and patient) and wizard._tell(
                segment.explain(patient.id)
            )

    def _tell(self, answer):
        """Return an explanation as a page."""
        return Markup('<p class="fs-4">%s</p><ul class="list-unstyled">%s</ul>') % (
            self._get_verdict(answer),
            Markup().join(self._tell_part(part) for part in answer['parts']),
        )

    def _get_verdict(self, answer):
        """Return one sentence: in it or not, since when, and whether that is about to change."""
        patient = self.patient_id.name
        match answer['is_in'], bool(answer['since']):
            case True, True:
                return self.env._(
                    "%(patient)s is in the segment since %(day)s.",
                    patient=patient,
                    day=answer['since'],
                )
            case True, False:
                return self.env._(
                    "%s meets the conditions, and enters when the patients are looked up next.",
                    patient,
                )
            case False, True:
                return self.env._(
                    "%s no longer meets the conditions, and leaves when the patients are looked "
                    "up next.",
                    patient,
                )
        return self.env._("%s is not in the segment.", patient)

    def _tell_part(self, part):
        icon, colour = _MARKS[part['met']]
        words = {True: self.env._("yes"), False: self.env._("no"), None: ''}[part['met']]
        told = ', '.join(word for word in (words, part['fact']) if word)
        return Markup(
            '<li class="mb-2"><i class="fa fa-fw %s %s me-2" aria-hidden="true"></i>%s%s</li>'
        ) % (
            icon,
            colour,
            part['sentence'],
            Markup(": <strong>%s</strong>") % told if told else '',
        )
