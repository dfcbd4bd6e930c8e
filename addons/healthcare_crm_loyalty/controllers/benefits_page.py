from urllib.parse import urlencode

from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.healthcare_crm.controllers.consent import _opens
from odoo.addons.healthcare_crm.controllers.patient_page import (
    choose_lang,
    render,
    render_invalid,
)

from ..models.res_partner_benefits import BENEFITS_SCOPE

#: What a form of the page may come to, in bytes.
MAX_BODY = 16 * 1024


class BenefitsPageController(http.Controller):
    """The page on which patients see their membership, by a signed link of their own.

    Opening it (GET, HEAD) changes nothing, and the database connection then can only read; the
    forms on it (POST) do, with a key that is made for them and taken once. The routes are public:
    the signed, expiring, revocable link is what opens one patient's page.
    """

    @http.route(
        '/my/benefits/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_opens(BENEFITS_SCOPE),
        save_session=False,
    )
    def benefits_page(self, token, lang=None, notice=None, **_ignored):
        patient, holder, refused = self._open(token, lang)
        if refused:
            return refused
        return self._render(patient, holder, lang, patient._say_benefit_done(notice))

    # csrf=False: Odoo's CSRF token lives in a session cookie, which mail and chat apps' own
    # browsers often refuse. The key in the form takes its place: signed for this patient and this
    # holder, and taken once. No right of a session the visitor may have is used.
    @http.route(
        '/my/benefits/<string:token>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def benefits_do(self, token, **_ignored):
        form = self._read_form()
        lang = form.get('lang')
        patient, holder, refused = self._open(token, lang)
        if refused:
            return refused
        patient = patient.with_context(lang=self._choose_lang(patient, holder, lang))
        action = form.get('action') or ''
        try:
            patient._do_benefit(action, form, holder)
        except UserError as error:
            return self._render(patient, holder, lang, problem=str(error), status=422)
        # 303, so that reloading or going back shows the page instead of doing it again
        query = urlencode({'lang': patient.env.lang, 'notice': action})
        return request.redirect(f'{request.httprequest.path}?{query}', code=303)

    # -- parts

    def _open(self, token, lang):
        """Return whose link it is and who holds it, or what to answer instead."""
        address = request.httprequest.remote_addr
        counter = request.env['healthcare.consent.counter'].sudo()
        if not counter._is_allowed(address):
            answer = render_invalid(lang)
            answer.status_code = 429
            return None, None, answer
        patient, holder, _rest = request.env['res.partner']._read_consent_token(
            token, BENEFITS_SCOPE
        )
        if not patient:
            counter._miss(address)
            return None, None, render_invalid(lang)
        request.env['healthcare.audit']._record(
            'read',
            'loyalty.card',
            patient_ids=patient.ids,
            detail='page by signed link',
        )
        return patient, holder, None

    def _read_form(self):
        """Return what the form sends: an address with an action in it must do nothing.

        Odoo also routes OPTIONS to a POST route.
        """
        asked = request.httprequest
        if asked.method != 'POST':
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD', 'POST'])
        if (asked.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge
        return asked.form.to_dict()

    def _choose_lang(self, patient, holder, lang):
        return choose_lang(lang, holder.lang, patient.lang)

    def _render(self, patient, holder, lang, done='', problem='', status=200):
        code = self._choose_lang(patient, holder, lang)
        patient = patient.with_context(lang=code)
        events = request.env['calendar.event'].sudo().with_context(lang=code)
        company = patient.company_id or request.env(su=True).company
        values = {
            **events._prepare_patient_clinic(company),
            'patient': patient,
            'holder': holder,
            'blocks': sorted(patient._get_benefit_blocks(), key=lambda block: block.sequence),
            'key': patient._sign_benefit_key(holder),
            'done': done,
            'problem': problem,
        }
        return render('healthcare_crm_loyalty.benefits_page', code, values, status)
