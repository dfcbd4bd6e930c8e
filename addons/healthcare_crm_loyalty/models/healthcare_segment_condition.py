from odoo import fields, models


class HealthcareSegmentCondition(models.Model):
    _inherit = 'healthcare.segment.condition'

    club_ids = fields.Many2many('healthcare.club', string="Clubs", context={'active_test': False})
