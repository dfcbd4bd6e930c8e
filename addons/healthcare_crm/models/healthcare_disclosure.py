from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_PRIVACY


class HealthcareDisclosure(models.Model):
    """Data of a patient that went to somebody outside the clinic: to whom, what, why."""

    _name = 'healthcare.disclosure'
    _description = "Disclosure"
    _inherit = ['healthcare.sealed']
    _order = 'date desc, id desc'
    _rec_name = 'origin'

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
        'res.partner', string="To", ondelete='set null', groups=GROUP_PRIVACY
    )
    recipient = fields.Char(
        string="To Whom Else", groups=GROUP_PRIVACY, help="Who is no contact, such as a court."
    )
    what = fields.Text(
        string="What Was Disclosed", groups=GROUP_PRIVACY, **sealed('what', copy=False)
    )
    what_sealed = sealed_column()
    purpose = fields.Char(string="Why", groups=GROUP_PRIVACY)
    basis = fields.Selection(
        [
            ('treatment', "Treatment"),
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
            ('print', "Summary printed"),
            ('dossier', "Privacy request"),
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

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            hidden = ('origin', 'user_id')
            vals_list = [{n: v for n, v in vals.items() if n not in hidden} for vals in vals_list]
        disclosures = super().create(vals_list)
        for disclosure in disclosures:
            if company := disclosure.patient_id.company_id:
                # sudo: it is the patient's, whoever writes it down
                disclosure.sudo().company_id = company
        return disclosures

    def write(self, vals):
        """Refuse to change what was written down; a mistake is told in a row of its own."""
        if not self.env.su:
            raise AccessError(self.env._("What was disclosed stays as it was written down."))
        return super().write(vals)

    @api.model
    def _log(self, patients, origin, basis, recipient=None, what='', purpose=''):
        """Write down that data of patients leaves the clinic, and record it in the audit."""
        # sudo: whoever sends something need not see what others sent
        self.sudo().create(
            [
                {
                    'patient_id': patient.id,
                    'recipient_id': recipient and recipient.id,
                    'what': what,
                    'purpose': purpose,
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
