from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.healthcare_communication import CHANNEL_CODES


class HealthcareConsentWizard(models.TransientModel):
    """Record what a patient agrees to, or withdraws: some purposes, some channels, one decision."""

    _name = 'healthcare.consent.wizard'
    _description = "Record Consent"

    patient_id = fields.Many2one('res.partner', string="Patient", required=True, readonly=True)
    decision = fields.Selection(
        [('permit', "Agrees"), ('deny', "Refuses or withdraws")],
        required=True,
        default='permit',
    )
    purpose_ids = fields.Many2many(
        'healthcare.consent.purpose',
        string="Purposes",
        required=True,
        default=lambda self: self.env.ref(
            'healthcare_crm.consent_purpose_reminder',
            raise_if_not_found=False,
        ),
    )
    channel_email = fields.Boolean(string="E-mail")
    channel_sms = fields.Boolean(string="SMS")
    channel_call = fields.Boolean(string="Phone call")
    channel_letter = fields.Boolean(string="Letter")
    method = fields.Selection(
        selection=lambda self: self.env['healthcare.consent']._fields['method'].selection,
        required=True,
        default='in_person',
        help="How the patient told us.",
    )
    given_by_id = fields.Many2one(
        'res.partner',
        string="Given By",
        compute='_compute_given_by_id',
        store=True,
        readonly=False,
        help="Leave empty when the patient decided. For a minor: the guardian.",
    )

    @api.depends('patient_id')
    def _compute_given_by_id(self):
        for wizard in self:
            wizard.given_by_id = wizard.patient_id.guardian_id

    def action_record(self):
        """Add one consent for each purpose and channel chosen."""
        self.ensure_one()
        channels = [code for code in CHANNEL_CODES if self[f'channel_{code}']]
        if not channels or not self.purpose_ids:
            raise UserError(
                self.env._(
                    "Choose at least one purpose and one channel the patient decided about.",
                )
            )
        self.env['healthcare.consent'].create(
            [
                {
                    'patient_id': self.patient_id.id,
                    'purpose_id': purpose.id,
                    'channel': channel,
                    'decision': self.decision,
                    'method': self.method,
                    'given_by_id': self.given_by_id.id,
                }
                for purpose in self.purpose_ids
                for channel in channels
            ]
        )
        return {'type': 'ir.actions.act_window_close'}
