from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .healthcare_communication import CHANNEL_CODES


class HealthcareConsentFormLine(models.Model):
    """A purpose that a consent form asks for, and the channels it asks for apart."""

    _name = 'healthcare.consent.form.line'
    _description = "Question of a Consent Form"
    _order = 'sequence, id'

    version_id = fields.Many2one(
        'healthcare.consent.form.version', required=True, ondelete='cascade', index=True
    )
    sequence = fields.Integer(default=10)
    purpose_id = fields.Many2one(
        'healthcare.consent.purpose', string="Purpose", required=True, ondelete='restrict'
    )
    channel_email = fields.Boolean(string="E-mail", default=True)
    channel_sms = fields.Boolean(string="SMS", default=True)
    channel_call = fields.Boolean(string="Phone call")
    channel_letter = fields.Boolean(string="Letter")

    _purpose_uniq = models.Constraint(
        'UNIQUE (version_id, purpose_id)', "A form asks for each purpose once."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.version_id._check_is_draft()
        return lines

    def write(self, vals):
        """Refuse to change what a version in use asks for."""
        self.version_id._check_is_draft()
        result = super().write(vals)
        self.version_id._check_is_draft()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.version_id._check_is_draft()

    @api.constrains('channel_email', 'channel_sms', 'channel_call', 'channel_letter')
    def _check_channels(self):
        if any(not line._get_channels() for line in self):
            raise ValidationError(self.env._("Ask for at least one channel of each purpose."))

    def _get_channels(self):
        self.ensure_one()
        return [code for code in CHANNEL_CODES if self[f'channel_{code}']]
