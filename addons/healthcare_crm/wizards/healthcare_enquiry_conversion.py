from odoo import fields, models
from odoo.exceptions import UserError


class HealthcareEnquiryConversion(models.TransientModel):
    """Is the person who asks one of the patients already?"""

    _name = 'healthcare.enquiry.conversion'
    _description = "Make a Patient of an Enquiry"

    enquiry_id = fields.Many2one('healthcare.enquiry', required=True, ondelete='cascade')
    returning = fields.Selection(related='enquiry_id.returning', related_sudo=False)
    name = fields.Char(related='enquiry_id.name', related_sudo=False)
    phone = fields.Char(related='enquiry_id.phone', related_sudo=False)
    email = fields.Char(string="E-mail", related='enquiry_id.email', related_sudo=False)
    birth_date = fields.Date(related='enquiry_id.birth_date', related_sudo=False)
    candidate_ids = fields.One2many('healthcare.enquiry.candidate', 'conversion_id')
    patient_id = fields.Many2one(
        'res.partner', string="Patient", domain=[('is_patient', '=', True)]
    )

    def action_use_patient(self):
        """It is the patient who was looked up."""
        self.ensure_one()
        if not self.patient_id:
            raise UserError(self.env._("Choose the patient first."))
        return self._use(self.patient_id)

    def action_create_patient(self):
        """It is none of them: register a new patient."""
        self.ensure_one()
        enquiry = self.enquiry_id
        if enquiry.returning == 'returning':
            enquiry.returning = 'unknown'
        return enquiry._convert(enquiry._create_patient())

    def _use(self, patient):
        patient.check_access('read')
        return self.enquiry_id._convert(patient)
