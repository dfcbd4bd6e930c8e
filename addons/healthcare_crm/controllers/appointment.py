from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request

# What a click shows, and what a button decides. Anything else in the address is ignored.
VIEWS = ('confirm', 'reschedule', 'cancel')
NOTICES = ('moved', 'taken', 'choose', 'closed')

# The address of the page is a secret: it is not kept in caches or search engines, not handed to
# another site, and the page cannot be put in a frame to steal a click. It needs no script at all.
HEADERS = {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    'Content-Type': 'text/html; charset=utf-8',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'X-Robots-Tag': 'noindex, nofollow',
}


class AppointmentController(http.Controller):
    """The page a reminder links to: the patient confirms, moves or cancels the appointment.

    Opening it (GET, HEAD) decides nothing, so neither does a mail scanner or a link preview;
    the form on it (POST) does. Both routes are public: the signed, expiring token is the key,
    and it opens one appointment, for one patient, and no other page.
    """

    # readonly: the promise that opening decides nothing is also kept by the database.
    # save_session: no cookie for a visitor who only came to say yes.
    @http.route(
        '/healthcare/appointment/<string:token>',
        type='http',
        auth='public',
        methods=['GET'],
        readonly=True,
        save_session=False,
    )
    def appointment_page(self, token, lang=None, view=None, notice=None, **_ignored):
        event = request.env['calendar.event']._from_patient_token(token)
        if not event:
            return self._render_invalid(lang)
        code = event._patient_lang(lang)
        event = event.with_context(lang=code)
        values = event._prepare_patient_page(code)
        view = view if view in VIEWS and values['can_answer'] else 'show'
        if view == 'reschedule':
            values['days'] = event._prepare_patient_slots(code)
        values.update(view=view, notice=notice if notice in NOTICES else None)
        return self._render('healthcare_crm.appointment_page', code, values)

    # csrf=False: Odoo's CSRF token lives in a session cookie, which mail and chat apps' own
    # browsers often refuse. It would add nothing: a forged form needs the address of the page,
    # and whoever has that could press the button anyway. No other right of the visitor, such as
    # a session they have here, is used.
    @http.route(
        '/healthcare/appointment/<string:token>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
    )
    def appointment_decide(self, token, **_ignored):
        # Odoo also routes OPTIONS to here. And only what the form sends counts: an address with
        # the decision in it must not decide, by whatever method it is asked for.
        if request.httprequest.method != 'POST':
            raise MethodNotAllowed(valid_methods=['GET', 'HEAD', 'POST'])
        form = request.httprequest.form
        action, slot, lang = form.get('action'), form.get('slot'), form.get('lang')
        event = request.env['calendar.event']._from_patient_token(token)
        if not event:
            return self._render_invalid(lang)
        view = notice = None
        if action == 'confirm':
            notice = None if event._patient_confirm() else 'closed'
        elif action == 'cancel':
            notice = None if event._patient_cancel() else 'closed'
        elif action == 'reschedule':
            start = self._parse_slot(slot)
            if not start:
                view, notice = 'reschedule', 'choose'
            elif event._patient_reschedule(start):
                notice = 'moved'
            else:
                view, notice = 'reschedule', 'taken'
        # A new link: the old one ends when the appointment, perhaps just moved, would have begun.
        # 303, so that reloading or going back shows the page instead of deciding again.
        query = {'lang': event._patient_lang(lang), 'view': view, 'notice': notice}
        url = event._get_patient_path() + '?' + urlencode({k: v for k, v in query.items() if v})
        return request.redirect(url, code=303)

    def _parse_slot(self, slot):
        """Return the chosen moment (naive UTC), or None for nothing or nonsense."""
        try:
            return datetime.strptime(slot or '', '%Y-%m-%dT%H:%M')
        except ValueError:
            return None

    def _render_invalid(self, lang):
        """Say politely that the link does not work, and nothing about why or for whom.

        A forged, an expired and another page's link get the same answer.
        """
        env = request.env(su=True)
        installed = [code for code, _name in env['res.lang'].get_installed()]
        # no appointment, no patient's language: ask the browser
        code = next(
            (code for code in (lang, request.best_lang) if code in installed),
            env.company.partner_id.lang or installed[0],
        )
        values = env['calendar.event'].with_context(lang=code)._prepare_patient_clinic(env.company)
        return self._render('healthcare_crm.appointment_page_invalid', code, values, status=404)

    def _render(self, template, lang, values, status=200):
        # sudo: a visitor may not read companies; the values say what is shown
        qweb = request.env['ir.qweb'].sudo().with_context(lang=lang)
        languages = request.env['res.lang'].sudo().get_installed()
        html = qweb._render(
            template,
            {
                **values,
                'lang': lang,
                'languages': [(code, name.split(' / ')[-1]) for code, name in languages],
                'lang_url': lambda code: self._page_url(code, values.get('view')),
                'view_url': lambda view=None: self._page_url(lang, view),
            },
        )
        # not in the template: Odoo translates none of a text that begins like a whole document
        html = Markup('<!DOCTYPE html>\n') + html
        return request.make_response(html, headers=list(HEADERS.items()), status=status)

    def _page_url(self, lang, view=None):
        """Return the same page in another language or on another question."""
        return '?' + urlencode({'lang': lang, **({'view': view} if view in VIEWS else {})})
