from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_PRIVACY


class HealthcareDisclosure(models.Model):
    """Data of a patient that went to somebody outside the clinic: to whom, what, why."""

    _name = 'healthcare.disclosure'
    _description = "Disclosure"
    _inherit = ['healthcare.sealed']
    _order = 'date desc, id desc'

    patient_id = fields.Many2one(
        'res.partner',
        required=True,
        index=True,
        ondelete='restrict',
        context={'active_test': False},
        domain=[('is_patient', '=', True)],
        groups=GROUP_PRIVACY,
    )
    company_id = fields.Many2one(
        'res.company', string="Clinic", required=True, default=lambda self: self.env.company
    )
    date = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now(), groups=GROUP_PRIVACY
    )
    recipient_id = fields.Many2one(
        'res.partner', string="To a Contact", ondelete='set null', groups=GROUP_PRIVACY
    )
    recipient = fields.Char(
        string="To Whom Else", groups=GROUP_PRIVACY, help="Who is no contact, such as a court."
    )
    processor_id = fields.Many2one(
        'healthcare.processor',
        string="To a Data Processor",
        ondelete='restrict',
        index='btree_not_null',
        groups=GROUP_PRIVACY,
    )
    to_whom = fields.Char(string="To", compute='_compute_to_whom', groups=GROUP_PRIVACY)
    what = fields.Text(
        string="What Was Disclosed", groups=GROUP_PRIVACY, **sealed('what', copy=False)
    )
    what_sealed = sealed_column()
    purpose = fields.Char(string="Why", groups=GROUP_PRIVACY)
    basis = fields.Selection(
        [
            ('treatment', "To treat the patient"),
            ('consent', "The patient agreed"),
            ('law', "The law asks for it"),
            ('vital', "To save a life"),
            ('request', "The patient asked for a copy"),
        ],
        string="Legal Basis",
        required=True,
        groups=GROUP_PRIVACY,
    )
    origin = fields.Selection(
        [
            ('manual', "Entered by hand"),
            ('referral', "Referral sent"),
            ('dossier', "Privacy request answered"),
        ],
        required=True,
        readonly=True,
        default='manual',
        groups=GROUP_PRIVACY,
    )
    user_id = fields.Many2one(
        'res.users',
        string="By",
        readonly=True,
        ondelete='restrict',
        default=lambda self: self.env.user,
    )

    _patient_date_idx = models.Index('(patient_id, date DESC)')

    @api.depends('recipient_id', 'recipient', 'processor_id')
    def _compute_to_whom(self):
        for disclosure in self:
            contacts = (disclosure.recipient_id, disclosure.processor_id)
            names = [disclosure.recipient, *(contact.display_name for contact in contacts)]
            disclosure.to_whom = ', '.join(filter(None, names))

    @api.depends_context('lang')
    def _compute_display_name(self):
        for disclosure in self:
            disclosure.display_name = self.env._("Disclosure %s", disclosure.id or '')

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            hidden = ('origin', 'user_id')
            vals_list = [{n: v for n, v in vals.items() if n not in hidden} for vals in vals_list]
        disclosures = super().create(vals_list)
        # only of whom the privacy officer may read at all: not of another clinic's
        disclosures.patient_id.check_access('read')
        for disclosure in disclosures:
            if company := disclosure.patient_id.company_id:
                # sudo: it is the patient's, whoever writes it down
                disclosure.sudo().company_id = company
        if not self.env.su:
            patients = disclosures.patient_id.ids
            self.env['healthcare.audit']._record(
                'disclose', 'res.partner', patients, res_ids=patients, detail='manual'
            )
        return disclosures

    def write(self, vals):
        """Refuse to change what was written down; a mistake is told in a row of its own."""
        if not self.env.su:
            raise AccessError(self.env._("What was disclosed stays as it was written down."))
        return super().write(vals)

    @api.constrains('patient_id', 'recipient_id', 'recipient', 'processor_id')
    def _check_recipient(self):
        for disclosure in self:
            if not (disclosure.recipient_id or disclosure.recipient or disclosure.processor_id):
                raise ValidationError(self.env._("Say to whom the data went."))

    @api.model
    def _log(self, patients, origin, basis, recipient, what=''):
        """Write down that data of patients leaves the clinic, and record it in the audit.

        :param recipient: the contact it goes to
        :param what: the kind of data, not the data
        """
        # sudo: whoever sends something need not see what others sent
        self.sudo().create(
            [
                {
                    'patient_id': patient.id,
                    'recipient_id': recipient.id,
                    'what': what,
                    'basis': basis,
                    'origin': origin,
                    'user_id': self.env.uid,
                }
                for patient in patients
            ]
        )
        self.env['healthcare.audit']._record(
            'disclose', 'res.partner', patients.ids, res_ids=patients.ids, detail=origin
        )
