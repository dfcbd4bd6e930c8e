"""SMS through the provider chosen for the company in Odoo's own settings (Twilio or Odoo's)."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from uuid import NAMESPACE_OID, uuid5

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from odoo.addons.sms_twilio.tools.sms_api import SmsApiTwilio

from ..inbound import twilio
from .registry import Adapter, Answer, adapter

TWILIO_URL = 'https://api.twilio.com'
#: States of Odoo's SMS providers that mean: accepted.
ACCEPTED = ('sent', 'success', 'processing', 'pending')
#: States that are the number's fault and that no retry mends.
BAD_NUMBER = ('wrong_number_format', 'sms_number_missing', 'country_not_supported')

TOO_MANY, SERVER_ERROR, UNAVAILABLE = 429, 500, 503
#: The provider did not take the message and says so; after any other error it may have.
NOT_NOW = (TOO_MANY, UNAVAILABLE)
#: Pause when the provider cannot be reached, or does not say how long.
PAUSE_SECONDS = 60
#: No provider may stop the clinic's messages for longer.
MAX_PAUSE_SECONDS = 3600


class TwilioSession(requests.Session):
    """A session that can be pointed at another server with Twilio's API, and remembers how it
    failed.

    ``base_url`` comes from the system parameter ``healthcare_crm_followup.twilio_base_url``, which
    only system administrators can write: a test provider, a regional gateway.
    """

    def __init__(self, base_url):
        super().__init__()
        self.base_url = base_url
        self.error = None
        #: where the provider is to report what becomes of the message
        self.report_to = None

    def request(self, method, url, **kwargs):
        """Send the request, to the other server if there is one."""
        self.error = None
        if self.base_url:
            url = url.replace(TWILIO_URL, self.base_url.rstrip('/'), 1)
        if self.report_to:
            kwargs['data'] = kwargs['data'] | {'StatusCallback': self.report_to}
        try:
            response = super().request(method, url, **kwargs)
            if response.status_code == TOO_MANY or response.status_code >= SERVER_ERROR:
                # trouble of the provider's, whatever it says of the message
                response.raise_for_status()
            return response
        except requests.exceptions.RequestException as error:
            self.error = error
            raise


class TwilioApi(SmsApiTwilio):
    """Odoo's Twilio provider over a :class:`TwilioSession`."""

    def __init__(self, env, session):
        super().__init__(env)
        self.session = session

    def _sms_twilio_send_request(self, session, to_number, body, uuid):
        return super()._sms_twilio_send_request(self.session, to_number, body, uuid)


@adapter
class SmsAdapter(Adapter):
    """Send short messages."""

    code = 'sms'

    def __enter__(self):
        # sudo: the parameter is the system administrator's, a sender need not be one
        base_url = (
            self.env['ir.config_parameter']
            .sudo()
            .get_param('healthcare_crm_followup.twilio_base_url')
        )
        self.session = TwilioSession(base_url)
        return self

    def __exit__(self, *_error):
        self.session.close()
        return False

    def send(self, message):
        """Hand the message to the provider and translate its answer."""
        # the same for every try, so that a late report finds its message
        number = {'uuid': uuid5(NAMESPACE_OID, message.key or '').hex, 'number': message.to}
        self.session.report_to = message.communication_id and twilio.status_url(
            message.company, message.communication_id
        )
        try:
            (result,) = self._api(message.company)._send_sms_batch(
                [{'content': message.body, 'numbers': [number]}]
            )
        except Exception as error:  # garbage from a provider: nobody knows whether it went out
            return Answer('unknown', 'provider_error', str(error)[:500])
        state, detail = result['state'], result.get('failure_reason')
        if state in ACCEPTED:
            return Answer('sent', provider_ref=result.get('sms_twilio_sid') or number['uuid'])
        if state == 'server_error':
            return self._broken(detail)
        return Answer('failed', 'bad_address' if state in BAD_NUMBER else 'provider_error', detail)

    def _api(self, company):
        # sudo: the account's secret is readable by system administrators only
        company = company.sudo()
        if company.sms_provider == 'twilio':
            api = TwilioApi(self.env, self.session)
        else:
            api = company._get_sms_api_class()(self.env)
        api._set_company(company)
        return api

    def _broken(self, detail):
        """Tell a provider that was never reached, or has no time (try again), from one that fell
        silent or stumbled over the message (unknown)."""
        error = self.session.error
        detail = str(error or detail)[:500]
        response = getattr(error, 'response', None)
        if response is not None and response.status_code in NOT_NOW:
            pause = _retry_after(response)
        elif _never_connected(error):
            pause = PAUSE_SECONDS
        else:
            return Answer('unknown', 'provider_error', detail)
        return Answer('failed', 'provider_error', detail, is_temporary=True, pause_seconds=pause)


def _retry_after(response):
    """Return the seconds the provider asks for in ``Retry-After``: a number, or a date."""
    asked = response.headers.get('Retry-After', '')
    if asked.isdigit():
        return min(int(asked), MAX_PAUSE_SECONDS)
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return PAUSE_SECONDS
    seconds = (until - datetime.now(until.tzinfo)).total_seconds()
    return int(min(max(seconds, 0), MAX_PAUSE_SECONDS))


def _never_connected(error):
    """Say whether a request failed before a word of it was said.

    A connection that broke later is a ``ConnectionError`` to requests as well; the provider may
    have taken the message before.
    """
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    if not isinstance(error, requests.exceptions.ConnectionError) or not error.args:
        return False
    cause = error.args[0]
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, ConnectTimeoutError | NewConnectionError
    )
