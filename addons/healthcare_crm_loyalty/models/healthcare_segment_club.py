from odoo import models


class HealthcareSegment(models.Model):
    _inherit = 'healthcare.segment'

    def _is_clinical(self):
        """Return whether being in these segments tells about somebody's health."""
        # sudo: whether it asks about health, not what
        segments, seen = self.sudo(), self.sudo().browse()
        while segments:
            conditions = segments.condition_ids
            if 'clinical' in conditions.mapped('access'):
                return True
            # what somebody wrote as a domain may be about anything
            if any(segment._has_domain() for segment in segments):
                return True
            seen |= segments
            segments = conditions.segment_ids - seen
        return False
