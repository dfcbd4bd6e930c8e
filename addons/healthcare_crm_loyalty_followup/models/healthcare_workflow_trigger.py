from odoo import api, models


class HealthcareWorkflowTrigger(models.Model):
    _inherit = 'healthcare.workflow.trigger'

    @api.constrains('segment_id')
    def _check_segment(self):
        self.segment_id._check_no_club()
