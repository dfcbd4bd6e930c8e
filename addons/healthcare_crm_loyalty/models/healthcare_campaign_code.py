import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..points import codes

#: What a partner organisation is paid by.
FEE_BASES = [
    ('none', "Nothing"),
    ('fixed', "A fixed sum"),
    ('converted', "Per patient who reached the goal"),
    ('revenue', "Per cent of the revenue"),
]
#: what can be read out on the phone, and be the address of a page
CODE = re.compile(r'[A-Z0-9](?:[A-Z0-9-]{1,30}[A-Z0-9])')
#: Who came by a code, and what is paid for it: {model: the field that says so}
USES = {
    'calendar.event': 'campaign_code_id',
    'healthcare.enquiry': 'campaign_code_id',
    'healthcare.campaign.participant': 'code_id',
    'healthcare.campaign.settlement': 'code_id',
}


class HealthcareCampaignCode(models.Model):
    """A code by which it is known where somebody comes from: on a poster, or at a partner's.

    With a partner organisation, it is an alliance: who comes by the code is counted for it, and
    settled.
    """

    _name = 'healthcare.campaign.code'
    _description = "Code of a Campaign"
    _inherit = ['healthcare.campaign.counted', 'healthcare.own.clinic']
    _owned_by = ('campaign_id',)
    _order = 'campaign_id, id'
    _rec_name = 'code'
    _rec_names_search = ['code', 'campaign_id.title']

    code = fields.Char(
        required=True,
        copy=False,
        help="What patients say, type or scan: capital letters, digits and hyphens.",
    )
    campaign_id = fields.Many2one(
        'healthcare.campaign', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='campaign_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='campaign_id.currency_id')
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        index='btree_not_null',
        ondelete='restrict',
        help="Where it is found. Patients who come by it have this source.",
    )
    page_id = fields.Many2one(
        'healthcare.enquiry.page',
        string="Enquiry Page",
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='set null',
    )
    url = fields.Char(string="Link", related='page_id.url')

    # an alliance
    partner_id = fields.Many2one(
        'res.partner',
        string="Partner Organisation",
        domain=[('is_company', '=', True)],
        index='btree_not_null',
        ondelete='restrict',
        help="Who hands out the code: a company, a hotel, a health shop.",
    )
    fee_basis = fields.Selection(
        FEE_BASES,
        string="Is Paid",
        required=True,
        default='none',
        help="In many countries, nobody may be paid for sending patients. Ask before you agree on "
        "more than a fixed sum.",
    )
    fee = fields.Float(string="Rate", help="The sum, the sum per patient, or the per cent.")
    settlement_ids = fields.One2many(
        'healthcare.campaign.settlement', 'code_id', string="Settlements"
    )
    may_be_settled = fields.Boolean(compute='_compute_may_be_settled')

    # what came of it: written when the campaign is measured
    participant_count = fields.Integer(string="Came", readonly=True, copy=False)
    conversion_count = fields.Integer(string="Reached the Goal", readonly=True, copy=False)
    revenue = fields.Monetary(readonly=True, copy=False)

    # as they are typed, hyphens make no difference
    _plain_code_uniq = models.UniqueIndex(
        "(replace(code, '-', ''))", "Another campaign has this code, here or in another clinic."
    )
    _fee_positive = models.Constraint(
        "CHECK (fee >= 0 AND (fee_basis != 'revenue' OR fee <= 100))",
        "A fee is not negative, and at most 100 per cent.",
    )

    @api.depends('code', 'campaign_id')
    def _compute_display_name(self):
        for code in self:
            code.display_name = f'{code.code or ""} · {code.campaign_id.title or ""}'

    @api.depends('partner_id', 'campaign_id.is_blurred')
    @api.depends_context('uid')
    def _compute_may_be_settled(self):
        # settlements say exactly how many came
        is_staff = self.env.user.has_group(GROUP_STAFF)
        for code in self:
            code.may_be_settled = code.partner_id and (is_staff or not code.campaign_id.is_blurred)

    @api.constrains('code')
    def _check_code(self):
        # as they are typed, hyphens make no difference
        typed = {code: codes.clean(code.code) for code in self}
        # sudo: it may be the code of another clinic's coupon
        cards = self.env['loyalty.card'].sudo().with_context(active_test=False)
        taken = set(cards.search([('code', 'in', list(typed.values()))]).mapped('code'))
        for code in self:
            if typed[code] in taken:
                raise ValidationError(
                    self.env._("“%s” is the code of a card or a coupon. Choose another.", code.code)
                )
            if not CODE.fullmatch(code.code):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be a code. Use three to 32 letters, digits and hyphens, for "
                        "example SPRING-26.",
                        code.code,
                    )
                )

    @api.model
    def _search_display_name(self, operator, value):
        """Find a code as it is said, too."""
        found = super()._search_display_name(operator, value)
        if operator == 'ilike' and isinstance(value, str):
            found = Domain(found) | self._get_typed(value)
        return found

    @api.model
    def _find(self, text, company=None):
        """Return the code that somebody typed or scanned, of those that this user may read.

        :param res.company company: a code of an unrelated clinic is not found
        """
        typed = self._get_typed(text)
        if company:
            typed &= Domain('company_id', 'in', company._get_line().ids)
        return self.search(typed, limit=1)

    @api.model
    def _get_typed(self, text):
        """Return the domain of a code that was typed: spaces and hyphens make no difference."""
        plain = codes.clean(text)
        # as the index has it
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "replace(%s, '-', '') = %s", model._field_to_sql(alias, 'code', query), plain
            )
        )

    @api.constrains('partner_id', 'fee_basis')
    def _check_partner(self):
        for code in self:
            if code.fee_basis != 'none' and not code.partner_id:
                raise ValidationError(
                    self.env._("Say which organisation is paid for “%s”.", code.code)
                )
            # sudo: that somebody is a patient is not for everybody to ask
            if code.sudo().partner_id.is_patient:
                raise ValidationError(
                    self.env._("A partner organisation is no patient. Choose an organisation.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([_clean(vals) for vals in vals_list])

    def write(self, vals):
        vals = _clean(vals)
        if 'campaign_id' in vals:
            self.filtered(lambda code: code.campaign_id.id != vals['campaign_id'])._check_movable()
        return super().write(vals)

    def _check_movable(self):
        """Refuse to count who comes by these codes for another campaign."""
        if any(campaign.state != 'draft' for campaign in self.campaign_id) or self._is_kept():
            raise UserError(
                self.env._(
                    "Patients may have come by this code already, so it stays with its campaign. "
                    "Make another code for the other campaign."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self._is_kept():
            raise UserError(
                self.env._(
                    "Patients may have come by this code already, so it is kept with the campaign."
                )
            )

    def _is_kept(self):
        """Say whether somebody came by any of these codes, or may have.

        Once a campaign has begun that tells only about how many came, the answer does not tell
        whether anybody did.
        """
        # sudo: that somebody came, not who; what was counted last night is not all
        known = self.sudo()
        return any(one.is_blurred and one.state != 'draft' for one in known.campaign_id) or any(
            known.env[model]
            .with_context(active_test=False)
            .search_count([(name, 'in', known.ids)], limit=1)
            for model, name in USES.items()
        )

    def _get_told_source(self):
        """Return where patients who come by this code have found the clinic.

        None for a group that asks about health: marketing sees the sources of patients, and would
        know who is in it.
        """
        return self.source_id.browse() if self.campaign_id.is_blurred else self.source_id

    def action_make_page(self):
        """Make an enquiry page of its own, whose address is the code."""
        self.ensure_one()
        self.check_access('write')
        if not self.page_id:
            # sudo: pages are the administrator's; this one says nothing of its own
            self.sudo().page_id = (
                self.env['healthcare.enquiry.page']
                .sudo()
                .create(
                    {
                        'name': self.code,
                        'slug': self.code.lower(),
                        'company_id': self.company_id.id,
                        'source_id': self.source_id.id,
                        'campaign_code_id': self.id,
                    }
                )
            )
        return {'type': 'ir.actions.act_url', 'url': self.sudo().url, 'target': 'new'}

    def action_settle(self):
        """Open the settlement of what is not settled yet."""
        self.ensure_one()
        if self.campaign_id.is_blurred and not self.env.user.has_group(GROUP_STAFF):
            raise AccessError(
                self.env._(
                    "Settlements say exactly how many came, and this campaign is meant for a "
                    "group that asks about health: the clinic administrator settles it."
                )
            )
        settlement = self.env['healthcare.campaign.settlement'].create({'code_id': self.id})
        return settlement._get_records_action()


def _clean(vals):
    """Return values whose code is written as all codes are."""
    if isinstance(vals.get('code'), str):
        return {**vals, 'code': vals['code'].strip().upper()}
    return vals
