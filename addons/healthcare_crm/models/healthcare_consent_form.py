from odoo import api, fields, models
from odoo.fields import Domain


class HealthcareConsentForm(models.Model):
    """What a clinic asks people to agree to, in words that have versions (FHIR Consent.policy)."""

    _name = 'healthcare.consent.form'
    _description = "Consent Form"
    _inherit = ['healthcare.own.clinic']
    _order = 'sequence, id'
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: the form of all clinics.",
    )
    version_ids = fields.One2many('healthcare.consent.form.version', 'form_id', string="Versions")
    version_id = fields.Many2one(
        'healthcare.consent.form.version',
        string="Version in Use",
        compute='_compute_version_id',
        store=True,
        index='btree_not_null',
    )
    service_ids = fields.Many2many(
        'healthcare.service',
        relation='healthcare_consent_form_service_rel',
        column1='form_id',
        column2='service_id',
        string="Services",
        help="Appointments for these need this form signed.",
    )

    @api.depends('version_ids.state')
    def _compute_version_id(self):
        for form in self:
            form.version_id = form.version_ids.filtered(lambda one: one.state == 'in_use')[:1]

    def action_new_version(self):
        """Open a draft of the next wording, with the words of the present one."""
        self.ensure_one()
        self.check_access('write')
        draft = self.version_ids.filtered(lambda one: one.state == 'draft')[:1]
        if not draft:
            number = max(self.version_ids.mapped('number'), default=0) + 1
            last = self.version_id or self.version_ids[:1]
            values = {'form_id': self.id, 'number': number}
            draft = last.copy(values) if last else self.version_ids.create(values)
        return draft._get_action()

    def action_open_version(self):
        """Open the wording in use."""
        self.ensure_one()
        return self.version_id._get_action() if self.version_id else self.action_new_version()

    @api.model
    def _get_offered(self, patient):
        """Return the forms that can be put before ``patient``: in use, of the patient's clinic."""
        domain = Domain('version_id', '!=', False)
        if clinic := patient.sudo().company_id:
            domain &= Domain('company_id', 'in', [False, *clinic.parent_ids.ids])
        return self.search(domain)
