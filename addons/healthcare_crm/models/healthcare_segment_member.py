from odoo import fields, models

from ..sensitive import GROUP_STAFF


class HealthcareSegmentMember(models.Model):
    """A patient in a segment (FHIR Group.member). Written by the refresh of the segment only."""

    _name = 'healthcare.segment.member'
    _description = "Segment Member"
    _log_access = False
    _order = 'id'
    _rec_name = 'segment_id'

    # no index of its own: the unique one begins with it
    segment_id = fields.Many2one('healthcare.segment', required=True, ondelete='cascade')
    patient_id = fields.Many2one(
        'res.partner',
        string="Patient",
        required=True,
        ondelete='cascade',
        index=True,
        groups=GROUP_STAFF,
    )
    date = fields.Datetime(string="Since", required=True)

    _patient_uniq = models.Constraint(
        'UNIQUE (segment_id, patient_id)', "The patient is in this segment already."
    )

    def action_explain(self):
        """Show why this patient is in the segment."""
        self.ensure_one()
        action = self.segment_id.action_explain()
        action['context']['default_patient_id'] = self.patient_id.id
        return action
