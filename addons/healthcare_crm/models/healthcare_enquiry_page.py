import re
import secrets
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize, single_email_re

from .. import links
from .res_partner import OLDEST_AGE

PATH = '/enquiry/%s'
SLUG = re.compile(r'[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?')
#: The scope keeps what is signed here from being of use elsewhere.
FORM_SCOPE = 'healthcare_crm.enquiry'
FORM_HOURS = 12
#: More than a person writes into the field, but no book.
MAX_LENGTHS = {
    'name': 100,
    'phone': 40,
    'email': 200,
    'payer_name': 100,
    'purpose': 200,
    'message': 4000,
    'birth_date': 10,
    'preferred_date': 10,
}
CHOICES = ('returning', 'insured', 'preferred_period')
#: Whoever asks for a day wishes for one of the coming months.
LATEST_WISH = timedelta(days=366)
MAX_OFFERED = 60


class HealthcareEnquiryPage(models.Model):
    """Where people ask a clinic: a page on the web, and an e-mail address.

    A clinic may have several, one for each place it is found at: what comes through one then needs
    no question about the source.
    """

    _name = 'healthcare.enquiry.page'
    _description = "Enquiry Page"
    _inherit = ['mail.alias.mixin.optional', 'healthcare.own.clinic']
    # of the alias: what makes an enquiry of a letter is not for anybody to write
    ALIAS_WRITEABLE_FIELDS = ['alias_name', 'alias_domain_id']
    _order = 'company_id, name, id'

    name = fields.Char(required=True, help="For you: the website, a leaflet, a campaign.")
    slug = fields.Char(
        string="Address",
        required=True,
        copy=False,
        default=lambda self: secrets.token_hex(4),
        help="The end of the page's address: small letters, digits and hyphens.",
    )
    company_id = fields.Many2one(
        'res.company',
        string="Clinic",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    active = fields.Boolean(default=True)
    introduction = fields.Text(
        translate=True,
        help="Said on top of the page, for example when you answer.",
    )
    source_id = fields.Many2one(
        'utm.source',
        string="Source",
        ondelete='set null',
        help="Where this page is found. Empty: people are asked.",
    )
    source_ids = fields.Many2many(
        'utm.source',
        string="Sources to Choose From",
        help="What people may answer who are asked how they found the clinic.",
    )
    user_id = fields.Many2one(
        'res.users',
        string="Responsible",
        domain=[('share', '=', False)],
        help="Is reminded of enquiries that nobody has answered within a day.",
    )
    url = fields.Char(compute='_compute_url', string="Page")

    _alias_uniq = models.UniqueIndex(
        '(alias_id) WHERE alias_id IS NOT NULL', "Another page has this e-mail address."
    )
    _slug_uniq = models.Constraint('UNIQUE (slug)', "Another page has this address.")

    @api.depends('slug')
    def _compute_url(self):
        for page in self:
            page.url = page.slug and page.get_base_url() + PATH % page.slug

    @api.constrains('slug')
    def _check_slug(self):
        for page in self:
            if not SLUG.fullmatch(page.slug):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be the address of a page. Use small letters, digits and "
                        "hyphens, for example “clinic-daan”.",
                        page.slug,
                    )
                )

    @api.constrains('alias_id')
    def _check_alias(self):
        """Let nobody take the address of something else for a page, and rename it with it."""
        for alias in self.sudo().alias_id:
            if alias.alias_model_id.model != 'healthcare.enquiry':
                raise ValidationError(
                    self.env._("“%s” is used for something else already.", alias.display_name)
                )

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values['alias_model_id'] = self.env['ir.model']._get_id('healthcare.enquiry')
        if self.id:
            values['alias_defaults'] = {'page_id': self.id}
        return values

    def action_open_page(self):
        """Open the page as the public sees it."""
        self.ensure_one()
        return {'type': 'ir.actions.act_url', 'url': self.url, 'target': 'new'}

    # ------------------------------------------------------------
    # What the public does; all of it in sudo
    # ------------------------------------------------------------

    @api.model
    def _find(self, slug):
        """Return the page at this address, in sudo; an empty record for an unknown one."""
        # sudo: a visitor has no rights; the address opens this one page
        pages = self.sudo()
        return pages.search([('slug', '=', slug)], limit=1) if SLUG.fullmatch(slug) else pages

    def _prepare_enquiry(self):
        """Return what every enquiry through this page has."""
        if not self:
            return {}
        return {
            'page_id': self.id,
            'company_id': self.company_id.id,
            'source_id': self.source_id.id,
        }

    def _get_offered(self, model):
        """Return what the page offers to choose from of ``model``, for this clinic."""
        clinics = self.env['res.company'].search([('id', 'parent_of', self.company_id.ids)])
        domain = Domain('company_id', 'in', [False, *clinics.ids])
        return self.env[model].search(domain, limit=MAX_OFFERED)

    def _sign_form(self):
        """Return what a form of this page is sent with: it is used once, and not for long."""
        self.ensure_one()
        return links.sign(FORM_SCOPE, [self.id, secrets.token_hex(8)], expiration_hours=FORM_HOURS)

    def _read_form_key(self, token):
        """Return the key of a form that this page gave out; ``None`` for any other token."""
        self.ensure_one()
        payload = links.read(self.sudo().env, FORM_SCOPE, token)
        return payload[1] if payload and payload[0] == self.id else None

    def _take_form(self, form, key, lang, agreed_words):
        """Make an enquiry of what was sent, once.

        :param form: mapping of what the visitor filled in: anything at all
        :param key: of :meth:`_read_form_key`
        :param lang: code of the page's language
        :param agreed_words: what the visitor ticked, if they did
        :return: {field: what is wrong with it}, empty when it was taken
        """
        self.ensure_one()
        values, errors = self._check_form(form)
        if errors:
            return errors
        enquiries = self.env['healthcare.enquiry']
        if enquiries.search_count([('submission_key', '=', key)], limit=1):
            return {}
        if form.get('agrees_to_contact'):
            values |= {'agrees_to_contact': True, 'agreed_words': agreed_words}
        enquiries.create(
            {
                **values,
                **{name: value for name, value in self._prepare_enquiry().items() if value},
                'channel': 'web',
                'lang': lang,
                'submission_key': key,
            }
        )
        return {}

    def _check_form(self, form):
        """Return the values of an enquiry, and a sentence for each that cannot be one."""
        texts = {name: self._get_text(form, name) for name in MAX_LENGTHS}
        errors = {
            name: self.env._("This is too long: %s characters at most, please.", longest)
            for name, longest in MAX_LENGTHS.items()
            if len(texts[name]) > longest
        }
        if not texts['name']:
            errors['name'] = self.env._("Please tell us your name.")
        if not (texts['phone'] or texts['email']):
            errors['phone'] = self.env._(
                "Please leave a phone number or an e-mail address, so that we can answer."
            )
        if texts['phone'] and 'phone' not in errors and not self._format_phone(texts['phone']):
            errors['phone'] = self.env._(
                "This does not look like a phone number. Write it like %s.",
                self.env['res.partner']._get_example_phone(self.company_id.country_id),
            )
        if texts['email'] and 'email' not in errors and not self._is_email(texts['email']):
            errors['email'] = self.env._(
                "This does not look like an e-mail address. Write it like name@example.com."
            )
        values = {
            **{name: text or False for name, text in texts.items()},
            **self._get_days(texts, errors),
            **self._get_choices(form),
        }
        return values, errors

    def _get_text(self, form, name):
        text = form.get(name) or ''
        # the database keeps no NUL
        return text.replace('\0', '').replace('\r\n', '\n').strip()

    def _format_phone(self, number):
        return self.env['res.partner']._phone_format_number(number, self.company_id.country_id)

    def _is_email(self, text):
        return bool(single_email_re.match(text) and email_normalize(text))

    def _get_days(self, texts, errors):
        """Return the days that were entered, and note in ``errors`` those that are none."""
        today = fields.Date.context_today(self)
        limits = {
            'birth_date': (today - relativedelta(years=OLDEST_AGE), today),
            'preferred_date': (today, today + LATEST_WISH),
        }
        days = {}
        for name, (earliest, latest) in limits.items():
            days[name] = False
            if not texts[name] or name in errors:
                continue
            try:
                day = fields.Date.to_date(texts[name])
            except ValueError:
                day = None
            if day and earliest <= day <= latest:
                days[name] = day
            else:
                errors[name] = self.env._(
                    "Please check this date. Write it like %s.", fields.Date.to_string(today)
                )
        return days

    def _get_choices(self, form):
        """Return what was chosen, of what was offered; anything else counts as no answer."""
        fields_of = self.env['healthcare.enquiry']._fields
        choices = {
            name: form[name]
            for name in CHOICES
            if form.get(name) in dict(fields_of[name].selection)
        }
        offered = {
            'source_id': self.source_ids,
            'service_id': self._get_offered('healthcare.service'),
            'practitioner_id': self._get_offered('healthcare.practitioner'),
        }
        for name, records in offered.items():
            known = {str(id_): id_ for id_ in records.ids}
            if (chosen := form.get(name)) in known:
                choices[name] = known[chosen]
        return choices
