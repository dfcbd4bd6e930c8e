from odoo import fields, models

# makes its kinds of conditions known
from .. import segmenting  # noqa: F401


class HealthcareSegmentCondition(models.Model):
    _inherit = 'healthcare.segment.condition'

    campaign_ids = fields.Many2many('healthcare.campaign', string="Campaigns")
