from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.healthcare_quality_finding import IGNORE_REASONS


class HealthcareQualityIgnore(models.TransientModel):
    """Ask why some records are left as they are."""

    _name = 'healthcare.quality.ignore'
    _description = "Ignore Data to Complete"

    finding_ids = fields.Many2many(
        'healthcare.quality.finding',
        'healthcare_quality_ignore_finding_rel',
        required=True,
    )
    count = fields.Integer(compute='_compute_count')
    reason = fields.Selection(IGNORE_REASONS, required=True, default='right')
    note = fields.Char(help="What the next person should know.")

    @api.depends('finding_ids')
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.finding_ids)

    def action_ignore(self):
        """Leave the records as they are."""
        self.ensure_one()
        if self.reason == 'other' and not (self.note or '').strip():
            raise UserError(self.env._("Write down the reason, so that nobody asks again."))
        self.finding_ids._ignore(self.reason, (self.note or '').strip() or False)
        return {'type': 'ir.actions.act_window_close'}
