import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.healthcare_crm.sensitive import GROUP_STAFF

from ..points import codes

PATH = '/i/%s'
#: What codes of introducers begin with: F as in friend.
PREFIX = 'F'
#: nobody types more
LONGEST_CODE = 40
#: of the first name that is shown to whoever comes by the link
LONGEST_NAME = 40


class HealthcareIntroducer(models.Model):
    """Somebody with a link and a code of their own, to recommend the clinic by.

    Usually a patient; doctors and organisations may have one as well.
    """

    _name = 'healthcare.introducer'
    _description = "Introducer"
    _inherit = ['healthcare.own.clinic']
    _order = 'id desc'
    _rec_name = 'code'

    partner_id = fields.Many2one(
        'res.partner',
        string="Introducer",
        required=True,
        index=True,
        ondelete='cascade',
        groups=GROUP_STAFF,
        help="A patient, a doctor or an organisation.",
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(
        default=True,
        help="The link and the code of an archived introducer lead nowhere.",
    )
    code = fields.Char(required=True, readonly=True, copy=False, groups=GROUP_STAFF)
    shown_name = fields.Char(
        string="First Name Shown",
        size=LONGEST_NAME,
        copy=False,
        groups=GROUP_STAFF,
        help="Whoever opens the link reads this name. Enter it only if the introducer agreed; "
        "leave it empty to show none.",
    )
    is_professional = fields.Boolean(
        string="Doctor or Organisation",
        compute='_compute_is_professional',
        groups=GROUP_STAFF,
        help="Also those who work here. They get points only where the clinic allows it.",
    )
    introduction_ids = fields.One2many(
        'healthcare.introduction',
        'introducer_id',
        string="Introduced",
        groups=GROUP_STAFF,
    )
    introduction_count = fields.Integer(
        string="Introductions", compute='_compute_counts', groups=GROUP_STAFF
    )
    came_count = fields.Integer(string="Came", compute='_compute_counts', groups=GROUP_STAFF)
    url = fields.Char(string="Link", compute='_compute_url', groups=GROUP_STAFF)
    qr = fields.Binary(string="QR Code", compute='_compute_qr', groups=GROUP_STAFF)

    _code_uniq = models.Constraint('UNIQUE (code)', "Somebody else has this code.")

    @api.depends('code', 'partner_id.name')
    def _compute_display_name(self):
        for introducer in self:
            code = introducer.code and codes.show(introducer.code)
            name = introducer.partner_id.name
            introducer.display_name = f'{name} ({code})' if name and code else name or code

    @api.model
    def _search_display_name(self, operator, value):
        """Find introducers by what they say: their code, or their name."""
        if isinstance(value, str) and (code := self._read_code(value)):
            return Domain('code', '=', code)
        return Domain('partner_id.name', operator, value)

    @api.depends('partner_id')
    def _compute_is_professional(self):
        for introducer in self:
            introducer.is_professional = introducer.partner_id._is_professional()

    @api.depends('introduction_ids.state')
    def _compute_counts(self):
        groups = self.env['healthcare.introduction']._read_group(
            [('introducer_id', 'in', self.ids)], ['introducer_id', 'state'], ['__count']
        )
        counts = {}
        for introducer, state, count in groups:
            counts.setdefault(introducer.id, {})[state] = count
        for introducer in self:
            found = counts.get(introducer._origin.id, {})
            introducer.introduction_count = sum(found.values())
            introducer.came_count = found.get('came', 0)

    @api.depends('code')
    def _compute_url(self):
        for introducer in self:
            introducer.url = introducer.code and (
                introducer.get_base_url() + PATH % codes.show(introducer.code)
            )

    @api.depends('url')
    def _compute_qr(self):
        for introducer in self:
            # sudo: how a code is drawn is no secret
            draw = self.env['ir.actions.report'].sudo().barcode
            introducer.qr = introducer.url and base64.b64encode(
                draw('QR', introducer.url, width=240, height=240)
            )

    @api.model_create_multi
    def create(self, vals_list):
        """Give each a code of their own, which nobody chooses."""
        return super().create([vals | {'code': codes.make(PREFIX)} for vals in vals_list])

    def write(self, vals):
        """A link stays whose it is, and so does what it earns."""
        fixed = vals.keys() & {'partner_id', 'company_id'}
        if not self.env.su and any(one[name].id != vals[name] for one in self for name in fixed):
            raise UserError(
                self.env._(
                    "Whose link this is, and for which clinic, stays as it is. Give whoever else "
                    "recommends you a link of their own."
                )
            )
        return super().write(vals)

    @api.model
    def _find(self, text, company=None):
        """Return whose code somebody typed, in sudo; an empty record for an unknown one.

        :param res.company company: nobody is found who recommends an unrelated clinic
        """
        # sudo: whoever comes by a link has no rights; the code opens this one page
        introducers = self.sudo()
        code = self._read_code(text)
        if not code:
            return introducers
        line = [('company_id', 'in', company._get_line().ids)] if company else []
        return introducers.search([('code', '=', code), *line], limit=1)

    def _check_clinic(self, company):
        """Let nobody bring somebody to an unrelated clinic: each would read a name of the other.

        :param res.company company: to which they came; empty for whoever is a patient everywhere
        :raise ValidationError: the introducer recommends another clinic
        """
        if self and company and self.company_id not in company._get_line():
            raise ValidationError(
                self.env._("Who brought them recommends another clinic, so it does not count here.")
            )

    @api.model
    def _read_code(self, text):
        """Return the code of an introducer that somebody typed; ``None`` where it cannot be one."""
        code = isinstance(text, str) and len(text) <= LONGEST_CODE and codes.read(text)
        return code if code and code.startswith(PREFIX) else None

    @api.model
    def _get_for(self, partner):
        """Return the introducer that somebody is, after making one of whoever is none."""
        partner.ensure_one()
        company = partner.sudo().company_id or self.env.company
        found = self.with_context(active_test=False).search(
            [('partner_id', '=', partner.id), ('company_id', '=', company.id)],
            order='active desc, id',
            limit=1,
        )
        if found and not found.active:
            raise UserError(
                self.env._("%s has no link any more: it was withdrawn.", partner.display_name)
            )
        return found or self.create({'partner_id': partner.id, 'company_id': company.id})

    def action_view_introductions(self):
        """Open whom they introduced."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'healthcare_crm_loyalty.healthcare_introduction_action'
        )
        return action | {
            'path': False,
            'domain': [('introducer_id', '=', self.id)],
            'context': {'default_introducer_id': self.id},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if self.sudo().introduction_ids:
            raise UserError(
                self.env._("Somebody came by this code. Archive it: its link leads nowhere then.")
            )
