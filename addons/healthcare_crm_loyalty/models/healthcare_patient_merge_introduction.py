from odoo import models


class HealthcarePatientMerge(models.Model):
    _inherit = 'healthcare.patient.merge'

    def _undo(self, user):
        """Look again at introductions: they are two people after all."""
        result = super()._undo(user)
        self.env['healthcare.introduction']._look_again_at(self.kept_id | self.merged_id)
        return result
