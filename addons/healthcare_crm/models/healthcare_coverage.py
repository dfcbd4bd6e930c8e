from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..crypto.mask import COVER, mask
from ..sealing import sealed, sealed_column
from ..sensitive import GROUP_IDENTIFIER_CLEAR, GROUP_STAFF


class HealthcareCoverage(models.Model):
    """Who pays for a patient, and for how long (FHIR Coverage).

    Value sets: ``status`` fm-status, ``relationship`` subscriber-relationship, ``kind`` those of
    coverage-type that matter here.
    """

    _name = 'healthcare.coverage'
    _description = "Insurance Coverage"
    _inherit = ['healthcare.patient.record']
    _order = 'status, end_date desc, id desc'
    _rec_name = 'kind'

    patient_id = fields.Many2one(groups=GROUP_STAFF)
    kind = fields.Selection(
        [
            ('national', "National health insurance"),
            ('private', "Private insurance"),
            ('employer', "Employer"),
            ('self_pay', "Pays alone"),
        ],
        required=True,
        default='national',
        groups=GROUP_STAFF,
    )
    payer_id = fields.Many2one(
        'res.partner',
        string="Payer",
        index='btree_not_null',
        ondelete='restrict',
        groups=GROUP_STAFF,
        help="The insurer, the employer, or who else pays.",
    )
    plan = fields.Char(groups=GROUP_STAFF)
    member_number = fields.Char(
        string="Member Number in Clear",
        groups=GROUP_IDENTIFIER_CLEAR,
        **sealed('member_number', copy=False),
    )
    member_number_sealed = sealed_column()
    member_number_masked = fields.Char(
        string="Member Number",
        compute='_compute_member_number_masked',
        inverse='_inverse_member_number_masked',
        groups=GROUP_STAFF,
        help="As a hint, with most of it covered. To change it, enter the whole number.",
    )
    relationship = fields.Selection(
        [
            ('self', "The patient"),
            ('spouse', "Husband or wife"),
            ('child', "Parent of the patient"),
            ('other', "Somebody else"),
        ],
        string="Insured Person",
        required=True,
        default='self',
        groups=GROUP_STAFF,
        help="Through whom the patient is insured.",
    )
    start_date = fields.Date(string="From", groups=GROUP_STAFF)
    end_date = fields.Date(
        string="Until", groups=GROUP_STAFF, help="The last day it pays. Empty: not known."
    )
    status = fields.Selection(
        [
            ('draft', "Not checked"),
            ('active', "Active"),
            ('cancelled', "Cancelled"),
            ('entered-in-error', "Entered in error"),
        ],
        required=True,
        default='active',
        groups=GROUP_STAFF,
    )
    is_valid = fields.Boolean(
        string="Valid Today",
        compute='_compute_is_valid',
        search='_search_is_valid',
        groups=GROUP_STAFF,
    )

    _patient_idx = models.Index('(patient_id)')
    _end_idx = models.Index("(end_date) WHERE status = 'active'")

    _dates_in_order = models.Constraint(
        'CHECK (end_date >= start_date)', "A coverage cannot end before it begins."
    )

    @api.depends('member_number')
    def _compute_member_number_masked(self):
        # what is left of the number is for everybody who may see that there is one
        known = self._check_unsealing('member_number_masked')._unseal_known('member_number')
        for coverage in self:
            origin = coverage._origin
            coverage.member_number_masked = origin and mask(known.get(origin.id, COVER * 4))

    def _inverse_member_number_masked(self):
        for coverage in self:
            number = coverage.member_number_masked
            if COVER in (number or ''):
                raise ValidationError(self.env._("Enter the whole number, without %s.", COVER))
            # sudo: who may enter a number need not be allowed to read it
            coverage.sudo().member_number = number

    def action_show(self):
        """Show the number in clear, to who may see it."""
        return self.env['healthcare.number.reveal']._start(self)

    @api.depends('status', 'start_date', 'end_date')
    def _compute_is_valid(self):
        valid = self.filtered_domain(self._valid_domain())
        for coverage in self:
            coverage.is_valid = coverage in valid

    def _search_is_valid(self, operator, value):
        # a search method is not asked for the groups of its field
        self._check_field_access(self._fields['is_valid'], 'read')
        if operator != 'in':
            return NotImplemented
        return self._valid_domain()

    @api.model
    def _valid_domain(self):
        """Return the domain of what pays today."""
        today = fields.Date.context_today(self)
        return (
            Domain('status', '=', 'active')
            & (Domain('start_date', '=', False) | Domain('start_date', '<=', today))
            & (Domain('end_date', '=', False) | Domain('end_date', '>=', today))
        )
