from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from odoo.addons.healthcare_crm.controllers.patient_page import (
    choose_lang,
    render,
    render_invalid,
)

from ..points import codes

#: An empty greeting is the same for a code that is unknown, withdrawn or of somebody erased.
UNKNOWN = 'healthcare_crm.enquiry_page_unknown'


def _is_known(_controller, _rule, args):
    """Say whether the page is shown on a connection that can only read: a try that leads nowhere
    is counted."""
    return bool(request.env['healthcare.introducer']._find(args['code']))


class IntroductionController(http.Controller):
    """The page behind the link by which patients recommend the clinic.

    It says nothing about the introducer but the first name they agreed to, and keeps nothing:
    who comes by a code is recorded when they send the form.
    """

    @http.route(
        '/i/<string:code>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=_is_known,
        save_session=False,
    )
    def introduction_page(self, code, lang=None, **_ignored):
        address = request.httprequest.remote_addr
        counter = request.env['healthcare.consent.counter'].sudo()
        if not counter._is_allowed(address):
            answer = render_invalid(lang, UNKNOWN, is_public=True)
            answer.status_code = 429
            return answer
        introducer = request.env['healthcare.introducer']._find(code)
        if not introducer:
            counter._miss(address)
            return render_invalid(lang, UNKNOWN, is_public=True)
        company = introducer.company_id
        lang = choose_lang(lang, request.best_lang, company.partner_id.lang)
        page = request.env['healthcare.enquiry.page']._find_for(company)
        query = urlencode({'lang': lang, 'introduction': codes.show(introducer.code)})
        events = introducer.env['calendar.event'].with_context(lang=lang)
        values = {
            **events._prepare_patient_clinic(company),
            'is_public': True,
            'shown_name': introducer.shown_name,
            'code': codes.show(introducer.code),
            'enquiry_url': page and f'/enquiry/{page.slug}?{query}',
        }
        return render('healthcare_crm_loyalty.introduction_page', lang, values)
