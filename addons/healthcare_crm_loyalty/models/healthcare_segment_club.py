from odoo import api, fields, models


class HealthcareSegment(models.Model):
    _inherit = 'healthcare.segment'

    news_club_ids = fields.One2many(
        'healthcare.club',
        'news_segment_id',
        string="Newsletter Of",
        # who was in a club that was archived stays a secret
        context={'active_test': False},
    )

    @api.constrains('stored_domain')
    def _check_clubs(self):
        """Refuse to ask about health where everybody at the desk knows who is in the club."""
        # sudo: also those of other clinics that use a segment made of this one
        clubs = self.env['healthcare.club'].sudo()
        clubs.search([('is_clinical', '=', False), ('segment_id', '!=', False)])._check_clinical()

    def _asks_otherwise(self):
        result = super()._asks_otherwise()
        self._check_clubs()
        return result

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
