from odoo import api, models


class HealthcareEnquiry(models.Model):
    _inherit = 'healthcare.enquiry'

    @api.model_create_multi
    def create(self, vals_list):
        """Tell workflows when a patient asks something."""
        enquiries = super().create(vals_list)
        # sudo: workflows are told of every enquiry, whoever took it
        enquiries.sudo().filtered('patient_id')._workflow_happened('enquiry_received')
        return enquiries

    def _link_known_sender(self):
        linked = super()._link_known_sender()
        linked._workflow_happened('enquiry_received')
        return linked

    def _convert(self, patient):
        """Tell workflows that an enquiry became a patient; of one that was linked they know."""
        is_news = self.state in ('new', 'contacted')
        result = super()._convert(patient)
        if is_news:
            self._workflow_happened('enquiry_converted')
        return result

    def _workflow_happened(self, code):
        self.env['healthcare.workflow.event']._happened(
            code, self, keys=[f'{code}:{enquiry.id}' for enquiry in self]
        )
