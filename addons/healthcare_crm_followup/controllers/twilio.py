from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request

from ..inbound import reports, twilio

#: Twilio's forms are far smaller: a text message has at most 1600 characters.
MAX_FORM = 64 * 1024
#: The answer that makes Twilio send nothing back to the patient.
NO_ANSWER = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class TwilioController(http.Controller):
    """What Twilio calls: reports on messages that we sent, and messages from patients.

    The routes are public, without a session and without Odoo's CSRF token, which a program has
    not. The signature over the address and the whole form is the key; before it is verified nothing
    is read but the account it claims to be of, and whatever is wrong gets the same 403.
    """

    @http.route(
        '/healthcare/sms/status/<int:communication_id>',
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
        max_content_length=MAX_FORM,
    )
    def status(self, communication_id, **_ignored):
        form, companies = self._signed_form()
        if not companies:
            return self._refuse()
        status, reason, detail = reports.of_twilio(form)
        # sudo: the signature is what allows this one message
        message = request.env['healthcare.communication'].sudo().browse(communication_id).exists()
        sid = form.get('MessageSid')
        # a message that was tried again is not judged by its first attempt
        if (
            status
            and message.channel == 'sms'
            and message.direction == 'out'
            and message.provider_ref in (False, sid)
        ):
            message._take_report(status, reason, detail, sid)
        return request.make_response('', status=204)

    @http.route(
        twilio.INBOUND_PATH,
        type='http',
        auth='public',
        methods=['POST'],
        csrf=False,
        save_session=False,
        max_content_length=MAX_FORM,
    )
    def inbound(self, **_ignored):
        form, companies = self._signed_form()
        number, sid = form.get('From'), form.get('MessageSid')
        if not (companies and number and sid):
            return self._refuse()
        # sudo: the signature is what allows this one message
        ledger = request.env['healthcare.communication'].sudo()
        ledger._take_sms(companies, number, form.get('Body') or '', sid)
        return request.make_response(NO_ANSWER, headers=[('Content-Type', 'text/xml')])

    def _signed_form(self):
        """Return the form and the companies whose account signed it, none for a forged one."""
        asked = request.httprequest
        # Odoo also routes OPTIONS to here
        if asked.method != 'POST':
            raise MethodNotAllowed(valid_methods=['POST'])
        form = asked.form.to_dict()
        query = asked.query_string.decode('latin-1')
        path = f'{asked.path}?{query}' if query else asked.path
        given = asked.headers.get('X-Twilio-Signature')
        return form, twilio.senders(request.env, path, form, given)

    def _refuse(self):
        return request.make_response(
            'Forbidden', headers=[('Content-Type', 'text/plain')], status=403
        )
