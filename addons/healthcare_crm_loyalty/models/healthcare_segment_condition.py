from odoo import fields, models


class HealthcareSegmentCondition(models.Model):
    _inherit = 'healthcare.segment.condition'

    club_ids = fields.Many2many('healthcare.club', string="Clubs", context={'active_test': False})

    def _get_domain(self, scope):
        """Refuse to ask who is in a club about health by another segment."""
        self.segment_ids._check_no_club()
        return super()._get_domain(scope)
