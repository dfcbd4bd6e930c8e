"""Twilio's calls to us: their addresses, and the proof that they are Twilio's."""

import base64
import hashlib
import hmac

from odoo.tools import consteq

STATUS_PATH = '/healthcare/sms/status/%d'
INBOUND_PATH = '/healthcare/sms/inbound'


def status_url(company, communication_id):
    """Return where Twilio is to report what became of a message of ``company``."""
    return company.get_base_url() + STATUS_PATH % communication_id


def signature(auth_token, url, form):
    """Return what Twilio writes in ``X-Twilio-Signature`` for ``form`` posted to ``url``.

    The same sum as ``sms_twilio.tools.generate_twilio_sms_callback_signature``, which knows no
    address but its own.
    """
    text = url + ''.join(key + value for key, value in sorted(form.items()))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def senders(env, path, form, given):
    """Return the companies whose Twilio account signed ``form``, an empty recordset for nobody's.

    :param path: path and query that were called; the address Twilio knows is a company's own
    :param given: the signature that came along
    """
    # sudo: the caller has no rights; only who knows an account's secret can sign
    companies = env['res.company'].sudo()
    account = form.get('AccountSid')
    if not (account and given and given.isascii()):
        return companies
    return companies.search([('sms_twilio_account_sid', '=', account)]).filtered(
        lambda company: company.sms_twilio_auth_token
        and consteq(
            signature(company.sms_twilio_auth_token, company.get_base_url() + path, form), given
        )
    )
