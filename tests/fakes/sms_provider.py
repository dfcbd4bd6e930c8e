"""A provider of text messages that speaks Twilio's published HTTP API and sends nothing.

    with SmsProvider(tmp_path) as provider:
        ...POST to provider.url + '/2010-04-01/Accounts/AC…/Messages.json'...
        [message] = provider.messages
        provider.report(message['sid'], 'delivered')

Every accepted message is also a line of JSON in ``messages.jsonl``. The numbers that Twilio
documents for its test credentials fail as they do there (``REFUSED_TO``, ``REFUSED_FROM``).

Set ``trouble`` to have every request answered as during an outage: an HTTP status, or ``garbage``
(no JSON), ``hang up`` (no answer at all), ``silence`` (no answer within the sender's patience).
``retry_after`` is the header of that name. With ``takes_anyway`` the message is accepted before the
trouble begins, as a provider does that breaks down while it answers.
"""

import argparse
import base64
import hashlib
import hmac
import json
import re
import signal
import threading
import urllib.parse
import urllib.request
import uuid
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOST = '127.0.0.1'
ACCOUNT_SID = 'AC' + '0' * 32
AUTH_TOKEN = 'demo-token'
FROM_NUMBER = '+15005550006'

INVALID_TO = (21211, "Invalid 'To' Phone Number: %s")
REFUSED_TO = {
    '+15005550001': INVALID_TO,
    '+15005550002': (21612, "The 'To' phone number: %s is not currently reachable via SMS"),
    '+15005550003': (21408, "Permission to send an SMS has not been enabled for the region of %s"),
    '+15005550004': (21610, "Attempt to send to unsubscribed recipient %s"),
    '+15005550009': (21614, "'To' number is not a valid mobile number: %s"),
}
REFUSED_FROM = {
    '+15005550001': (21212, "Invalid From Number (caller ID): %s"),
    '+15005550007': (21606, "The 'From' phone number %s is not a valid message-capable number"),
    '+15005550008': (21611, "This 'From' number has exceeded the maximum number of messages: %s"),
}
E164 = re.compile(r'\+[1-9]\d{6,14}')


class SmsProvider:
    def __init__(self, folder, port=0, auto_report=False):
        self.file = Path(folder) / 'messages.jsonl'
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.account_sid = ACCOUNT_SID
        self.auth_token = AUTH_TOKEN
        self.auto_report = auto_report
        self.trouble = None
        self.retry_after = None
        self.takes_anyway = False
        #: ``silence`` ends when this is set
        self.end_of_silence = threading.Event()
        self.messages = []
        self._callbacks = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, port), _Handler)
        self._server.provider = self
        self.port = self._server.server_port
        self.url = f'http://{HOST}:{self.port}'

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.end_of_silence.set()
        self._server.shutdown()
        self._server.server_close()

    def accept(self, form):
        """Take a message and return it as the API shows it."""
        message = {
            'sid': 'SM' + uuid.uuid4().hex,
            'account_sid': self.account_sid,
            'api_version': '2010-04-01',
            'body': form['Body'],
            'date_created': formatdate(usegmt=True),
            'date_sent': None,
            'direction': 'outbound-api',
            'error_code': None,
            'error_message': None,
            'from': form['From'],
            'num_media': '0',
            'num_segments': str(len(form['Body']) // 153 + 1),
            'status': 'queued',
            'to': form['To'],
        }
        with self._lock:
            self.messages.append(message)
            self._callbacks[message['sid']] = form.get('StatusCallback')
            with self.file.open('a', encoding='utf-8') as lines:
                lines.write(json.dumps(message, ensure_ascii=False) + '\n')
        if self.auto_report:
            # after the answer, as the real provider does
            threading.Timer(1, self.report, (message['sid'], 'delivered')).start()
        return dict(message)

    def find(self, sid):
        return next((message for message in self.messages if message['sid'] == sid), None)

    def report(self, sid, status, error_code=None):
        """Tell the sender what became of a message: a signed POST to its StatusCallback."""
        message = self.find(sid)
        message.update(status=status, error_code=error_code)
        url = self._callbacks[sid]
        if not url:
            return None
        form = {
            'AccountSid': self.account_sid,
            'From': message['from'],
            'MessageSid': sid,
            'MessageStatus': status,
            'SmsSid': sid,
            'SmsStatus': status,
            'To': message['to'],
        }
        if error_code:
            form['ErrorCode'] = str(error_code)
        request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
        request.add_header('X-Twilio-Signature', self.sign(url, form))
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except OSError as error:
            return getattr(error, 'code', None)

    def sign(self, url, form):
        text = url + ''.join(key + value for key, value in sorted(form.items()))
        digest = hmac.new(self.auth_token.encode(), text.encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        length = int(self.headers.get('Content-Length') or 0)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(length).decode()))
        if self.server.provider.takes_anyway and 'To' in form:
            self.server.provider.accept(form)
        if not self._allowed():
            return
        if self._resource() != 'Messages':
            self._refuse(404, 20404, "The requested resource was not found")
            return
        problem = _problem(form)
        if problem:
            self._refuse(400, *problem)
            return
        self._answer(201, self.server.provider.accept(form))

    def do_GET(self):
        if not self._allowed():
            return
        resource = self._resource()
        if resource == 'IncomingPhoneNumbers':
            self._answer(200, {'incoming_phone_numbers': [{'phone_number': FROM_NUMBER}]})
            return
        message = self.server.provider.find(resource.rpartition('/')[2])
        if message:
            self._answer(200, message)
        else:
            self._refuse(404, 20404, "The requested resource was not found")

    def log_message(self, *args):
        """Say nothing: the messages themselves are the log."""

    def _resource(self):
        """Return what of the account is asked for: ``Messages``, ``Messages/SM…``, …"""
        path = urllib.parse.urlsplit(self.path).path
        prefix = f'/2010-04-01/Accounts/{self.server.provider.account_sid}/'
        return path.removeprefix(prefix).removesuffix('.json') if path.startswith(prefix) else ''

    def _allowed(self):
        provider = self.server.provider
        if provider.trouble:
            self._be_in_trouble(provider)
            return False
        secret = f'{provider.account_sid}:{provider.auth_token}'.encode()
        expected = 'Basic ' + base64.b64encode(secret).decode()
        if self.headers.get('Authorization') != expected:
            self._refuse(401, 20003, "Authenticate")
            return False
        return True

    def _be_in_trouble(self, provider):
        if provider.trouble == 'garbage':
            self._answer(201, None, b'<html>Welcome to our new home page</html>')
        elif provider.trouble == 'hang up':
            self.close_connection = True
        elif provider.trouble == 'silence':
            provider.end_of_silence.wait(60)
            self.close_connection = True
        else:
            self._refuse(provider.trouble, 20500, "The service is in trouble")

    def _refuse(self, status, code, text):
        more = f'/docs/errors/{code}'
        self._answer(status, {'code': code, 'message': text, 'more_info': more, 'status': status})

    def _answer(self, status, content, body=None):
        body = body or json.dumps(content).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        if self.server.provider.retry_after:
            self.send_header('Retry-After', str(self.server.provider.retry_after))
        self.end_headers()
        self.wfile.write(body)


def _problem(form):
    """Return the error code and sentence for a message that cannot be sent, or None."""
    to, sender = form.get('To', ''), form.get('From', '')
    if not to:
        return 21604, "A 'To' phone number is required."
    if not sender:
        return 21603, "A 'From' phone number is required."
    if not form.get('Body'):
        return 21602, "Message body is required."
    if to == sender:
        return 21266, "'To' and 'From' number cannot be the same"
    code, text = REFUSED_FROM.get(sender, (None, None))
    if code:
        return code, text % sender
    code, text = REFUSED_TO.get(to, (None, None) if E164.fullmatch(to) else INVALID_TO)
    return (code, text % to) if code else None


def main():
    parser = argparse.ArgumentParser(description="Take text messages and send nothing.")
    parser.add_argument('folder')
    parser.add_argument('--port', type=int, default=0)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with SmsProvider(args.folder, args.port, auto_report=True) as provider:
        print(f"Taking text messages at {provider.url} into {provider.file}", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


if __name__ == '__main__':
    main()
