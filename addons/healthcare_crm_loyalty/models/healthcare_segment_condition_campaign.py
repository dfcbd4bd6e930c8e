from odoo import api, fields, models

from .. import segmenting  # noqa: F401 - makes its kinds of conditions known


class HealthcareSegmentCondition(models.Model):
    _inherit = 'healthcare.segment.condition'

    campaign_ids = fields.Many2many(
        'healthcare.campaign', string="Campaigns", context={'active_test': False}
    )

    @api.model
    def _get_clicks(self):
        """Return a list of SQL of ``id, patient_id``: whose clicks on links of messages are known.

        Add-ons that send such links add theirs.
        """
        return []


class HealthcareSegment(models.Model):
    _inherit = 'healthcare.segment'

    def _is_clinical(self):
        """Whoever is in a campaign is in the segments that it is meant for."""
        # sudo: whether it asks about health, not what
        meant = self.sudo().condition_ids.campaign_ids.segment_ids
        return super()._is_clinical() or bool(meant - self and (meant - self)._is_clinical())
