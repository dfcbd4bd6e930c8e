from urllib.parse import urlencode

from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from odoo import http
from odoo.http import request

from ..models.healthcare_enquiry_page import PATH
from .patient_page import choose_lang, render, render_invalid

#: What a form of ours may come to, in bytes; a file is none of it.
MAX_BODY = 64 * 1024
#: Answers that are kept when the form is shown again.
KEPT = (
    'returning',
    'insured',
    'payer_name',
    'source_id',
    'service_id',
    'practitioner_id',
    'preferred_date',
    'preferred_period',
    'name',
    'phone',
    'email',
    'birth_date',
    'purpose',
    'message',
    'agrees_to_contact',
)
#: A field no person sees. What fills it in is a program.
TRAP = 'website'


class EnquiryController(http.Controller):
    """The page on which anybody asks a clinic something.

    Opening it (GET, HEAD) keeps nothing; sending the form (POST) makes an enquiry. A visitor has
    no session: the form carries a signed key of its own, which expires and is taken once.
    """

    @http.route(
        '/enquiry/<string:slug>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=True,
        save_session=False,
    )
    def enquiry_page(self, slug, lang=None, view=None, **asked):
        page = request.env['healthcare.enquiry.page']._find(slug)
        if not page:
            return render_invalid(lang, 'healthcare_crm.enquiry_page_unknown', is_public=True)
        view = 'done' if view == 'done' else 'form'
        return self._render_page(page, lang, view, self._get_prefilled(asked))

    # csrf=False: Odoo's token lives in a session cookie, which chat apps' own browsers often
    # refuse. The key in the form takes its place: it is signed for this page, and no right of the
    # visitor, such as a session they have here, is used.
    @http.route(
        '/enquiry/<string:slug>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def enquiry_send(self, slug, lang=None, **_ignored):
        asked = request.httprequest
        if asked.method != 'POST':  # Odoo also routes OPTIONS to here
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD', 'POST'])
        if (asked.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge
        page = request.env['healthcare.enquiry.page']._find(slug)
        if not page:
            return render_invalid(lang, 'healthcare_crm.enquiry_page_unknown', is_public=True)
        # only what the form sends counts, not what is in the address
        form = asked.form
        if not page.env['healthcare.enquiry.limit']._is_allowed(asked.remote_addr):
            return self._render_page(page, lang, 'form', form, notice='busy', status=429)
        if not form.get(TRAP):
            key = page._read_form_key(form.get('key'))
            if not key:
                return self._render_page(page, lang, 'form', form, notice='again', status=422)
            code = self._choose_lang(page, lang)
            page = page.with_context(lang=code)
            errors = page._take_form(form, key, code, self._get_agreed_words(page))
            if errors:
                return self._render_page(page, lang, 'form', form, errors, 'check', 422)
        # 303, so that reloading shows the page instead of sending again
        query = urlencode({'lang': self._choose_lang(page, lang), 'view': 'done'})
        return request.redirect(f'{PATH % page.slug}?{query}', code=303)

    def _get_prefilled(self, asked):
        """Return the answers that an address brings along. Other add-ons extend it."""
        return {}

    def _get_kept(self):
        """Return the names of answers that are kept when the form is shown again."""
        return KEPT

    def _choose_lang(self, page, lang):
        return choose_lang(lang, request.best_lang, page.company_id.partner_id.lang)

    def _get_agreed_words(self, page):
        return page.env._(
            "%s may remind me of my appointments by phone, SMS and e-mail. I can take this back at "
            "any time.",
            page.company_id.name,
        )

    def _render_page(self, page, lang, view, form=None, errors=None, notice=None, status=200):
        code = self._choose_lang(page, lang)
        page = page.with_context(lang=code)
        fields_of = page.env['healthcare.enquiry']._fields
        values = {
            **page.env['calendar.event']._prepare_patient_clinic(page.company_id),
            'is_public': True,
            'introduction': page.introduction,
            'kept': {name: (form or {}).get(name) or '' for name in self._get_kept()},
            'errors': errors or {},
            'notice': notice,
        }
        if view == 'form':
            values |= {
                'key': page._sign_form(),
                'trap': TRAP,
                'agreed_words': self._get_agreed_words(page),
                'periods': fields_of['preferred_period']._description_selection(page.env),
                'sources': () if page.source_id else page.source_ids,
                'services': page._get_offered('healthcare.service'),
                'practitioners': page._get_offered('healthcare.practitioner'),
            }
        template = f'healthcare_crm.enquiry_page_{view}'
        prefilled = self._get_prefilled(form or {})
        return render(template, code, values, status, None if view == 'form' else view, prefilled)
