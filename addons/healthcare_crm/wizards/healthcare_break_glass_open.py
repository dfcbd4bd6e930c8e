from odoo import fields, models
from odoo.exceptions import ValidationError

from ..models.healthcare_break_glass import MIN_EXPLANATION, REASONS
from ..step_up import step_up


class HealthcareBreakGlassOpen(models.TransientModel):
    """Why somebody needs the health record of a patient they do not treat."""

    _name = 'healthcare.break.glass.open'
    _description = "Open a Record With a Reason"

    patient_id = fields.Many2one('res.partner', required=True, readonly=True)
    reason = fields.Selection(REASONS, required=True)
    explanation = fields.Text(string="Why You Need It", required=True)
    hours = fields.Integer(compute='_compute_hours')

    def _compute_hours(self):
        for opening in self:
            # sudo: a clinic's setting
            company = (opening.patient_id.company_id or self.env.company).sudo()
            opening.hours = company.break_glass_hours

    def action_check(self):
        """Have the reason looked at before identity is asked for, then open the record."""
        self.ensure_one()
        if len(' '.join((self.explanation or '').split())) < MIN_EXPLANATION:
            raise ValidationError(
                self.env._(
                    "Write in at least %s characters why you need the record.", MIN_EXPLANATION
                )
            )
        return self.action_open()

    @step_up('break_glass')
    def action_open(self):
        """Open the record, after the user has shown again who they are."""
        self.ensure_one()
        self.check_access('write')
        self.env['healthcare.break.glass']._open(self.patient_id, self.reason, self.explanation)
        return self.patient_id._get_record_action()
