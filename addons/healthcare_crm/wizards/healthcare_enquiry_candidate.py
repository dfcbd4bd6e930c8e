from odoo import fields, models


class HealthcareEnquiryCandidate(models.TransientModel):
    """A patient whom an enquiry may come from, and what they have in common."""

    _name = 'healthcare.enquiry.candidate'
    _description = "Patient an Enquiry May Come From"

    conversion_id = fields.Many2one(
        'healthcare.enquiry.conversion', required=True, ondelete='cascade'
    )
    patient_id = fields.Many2one('res.partner', string="Patient", required=True)
    phone = fields.Char(related='patient_id.phone', related_sudo=False)
    email = fields.Char(string="E-mail", related='patient_id.email', related_sudo=False)
    birth_date = fields.Date(related='patient_id.birth_date', related_sudo=False)
    reason = fields.Char(string="In Common")

    def action_use(self):
        """It is this patient."""
        self.ensure_one()
        return self.conversion_id._use(self.patient_id)
