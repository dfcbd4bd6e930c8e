from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.healthcare_communication import CHANNEL_CODES

_OF_SOFTWARE = ('screen', 'link', 'import')


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
        selection='_list_methods',
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

    is_minor = fields.Boolean(compute='_compute_is_minor')
    date = fields.Datetime(
        help="When the patient decided. Only a paper form may be of an earlier day; empty: now."
    )
    form_id = fields.Many2one(
        'healthcare.consent.form',
        string="Paper Form",
        domain=[('version_id', '!=', False)],
        help="The form whose words the patient signed on paper.",
    )
    proof = fields.Binary(
        attachment=False, help="The scanned form, the letter, or the recording of the call."
    )
    proof_name = fields.Char()

    @api.depends('patient_id')
    def _compute_is_minor(self):
        for wizard in self:
            wizard.is_minor = bool(wizard.patient_id) and wizard.patient_id._is_minor()

    @api.depends('patient_id')
    def _compute_given_by_id(self):
        for wizard in self:
            wizard.given_by_id = wizard.patient_id.guardian_id

    @api.model
    def _list_methods(self):
        methods = self.env['healthcare.consent']._fields['method']
        # what the software itself writes is not for choice
        return [
            one for one in methods._description_selection(self.env) if one[0] not in _OF_SOFTWARE
        ]

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
        if (
            self.decision == 'permit'
            and self.is_minor
            and (not self.given_by_id or self.given_by_id == self.patient_id)
        ):
            raise UserError(self.env._("The patient is a minor. Choose the guardian who decided."))
        values = self._prepare_values()
        consents = self.env['healthcare.consent']
        consents._check_recorded([values])
        self.patient_id.check_access('read')
        # sudo: the proof and the wording are fields of the software; who records was asked above
        consents.check_access('create')
        evidence = self._prepare_evidence()
        created = consents.sudo().create(
            [
                {**values, **evidence, 'purpose_id': purpose.id, 'channel': channel}
                for purpose in self.purpose_ids
                for channel in channels
            ]
        )
        consents._tell_audit('consent', created, self.patient_id, 'recorded')
        return {'type': 'ir.actions.act_window_close'}

    def _prepare_values(self):
        return {
            'patient_id': self.patient_id.id,
            'decision': self.decision,
            'method': self.method,
            'given_by_id': self.given_by_id.id,
            **({'date': self.date} if self.date else {}),
        }

    def _prepare_evidence(self):
        """Return the wording that was signed on paper, and the document that proves it."""
        evidence = {}
        if self.form_id and self.method == 'form':
            version = self.form_id.version_id
            words = version._get_wording(self.patient_id.lang)
            evidence = {'form_version_id': version.id, 'wording_sha256': words.sha256}
            if self.decision == 'permit' and version.validity_months:
                decided = self.date or fields.Datetime.now()
                evidence['expires_on'] = fields.Date.add(
                    decided.date(), months=version.validity_months
                )
        if self.proof:
            # sudo: documents are for clinical staff, and the desk files this one
            document = (
                self.env['healthcare.document']
                .sudo()
                .create(
                    {
                        'patient_id': self.patient_id.id,
                        'name': self.env._("Proof of consent"),
                        'kind': 'consent',
                        'file': self.proof,
                        'file_name': self.proof_name,
                    }
                )
            )
            evidence['document_id'] = document.id
        return evidence
