from odoo import api, models


class HealthcareSegment(models.Model):
    """The desk reads what workflows do, and is not to learn who is in a club about health."""

    _inherit = 'healthcare.segment'

    @api.model
    def _get_uses(self):
        return [*super()._get_uses(), ('healthcare.workflow.trigger', 'segment_id')]

    def _is_watched(self):
        """Tell workflows nothing of who enters and leaves, whatever they wait for."""
        return not self.tells_club and super()._is_watched()
