from datetime import datetime
from urllib.parse import urlencode

from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request

from .patient_page import render, render_invalid

# What a click shows, and what a button decides. Anything else in the address is ignored.
VIEWS = ('confirm', 'reschedule', 'cancel')
NOTICES = ('moved', 'taken', 'choose', 'closed')


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
            return render_invalid(lang)
        code = event._patient_lang(lang)
        event = event.with_context(lang=code)
        values = event._prepare_patient_page(code)
        view = view if view in VIEWS and values['can_answer'] else 'show'
        if view == 'reschedule':
            values['days'] = event._prepare_patient_slots(code)
        values.update(view=view, notice=notice if notice in NOTICES else None)
        # 'show' is what a link without a view shows
        asked = view if view in VIEWS else None
        return render('healthcare_crm.appointment_page', code, values, view=asked)

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
            return render_invalid(lang)
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
