from odoo import models


class HealthcareSegment(models.Model):
    _inherit = 'healthcare.segment'

    def action_new_mailing(self):
        """Begin a mailing to the patients of this segment."""
        self.ensure_one()
        return {
            'name': self.env._("New Mailing"),
            'type': 'ir.actions.act_window',
            'res_model': 'mailing.mailing',
            'view_mode': 'form',
            'context': {
                'default_segment_id': self.id,
                'default_mailing_model_id': self.env['ir.model']._get_id('res.partner'),
            },
        }
