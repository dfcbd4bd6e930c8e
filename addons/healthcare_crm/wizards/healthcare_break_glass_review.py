from odoo import fields, models

from ..models.healthcare_break_glass import VERDICTS


class HealthcareBreakGlassReview(models.TransientModel):
    """What a privacy officer found about a record that was opened with a reason."""

    _name = 'healthcare.break.glass.review'
    _description = "Review an Opened Record"

    opening_id = fields.Many2one('healthcare.break.glass', required=True, readonly=True)
    verdict = fields.Selection(VERDICTS, required=True)
    note = fields.Text(help="What you found. Required unless it was justified.")

    def action_review(self):
        """Write the review down, and show the next opening that waits."""
        self.ensure_one()
        self.check_access('write')
        self.opening_id._review(self.opening_id.id, self.verdict, self.note)
        return self.env['healthcare.break.glass'].action_review_next()
