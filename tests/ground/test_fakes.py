"""The stand-ins for the mail server and the SMS provider behave like the real ones."""

import json
import smtplib
import urllib.error
import urllib.parse
import urllib.request
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.fakes.mail_catcher import MailCatcher
from tests.fakes.sms_provider import ACCOUNT_SID, AUTH_TOKEN, FROM_NUMBER, SmsProvider


class TestMailCatcher:
    def send(self, catcher, recipient):
        message = EmailMessage()
        message['From'] = 'clinic@example.org'
        message['To'] = recipient
        message['Subject'] = '提醒 Nhắc hẹn'
        message.set_content('明天見')
        with smtplib.SMTP('127.0.0.1', catcher.port) as smtp:
            smtp.send_message(message)

    def test_keeps_what_it_is_given(self, tmp_path):
        with MailCatcher(tmp_path / 'mail') as catcher:
            self.send(catcher, 'lin@example.org')
        [message] = catcher.messages()
        assert message['To'] == 'lin@example.org'
        assert message.get_payload(decode=True).decode().strip() == '明天見'

    @pytest.mark.parametrize(('domain', 'code'), [('refused.example', 550), ('later.example', 451)])
    def test_refuses_the_documented_domains(self, tmp_path, domain, code):
        with MailCatcher(tmp_path / 'mail') as catcher:
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
                self.send(catcher, f'lin@{domain}')
        [(status, _text)] = refusal.value.recipients.values()
        assert status == code


class TestSmsProvider:
    @pytest.fixture
    def provider(self, tmp_path):
        with SmsProvider(tmp_path) as provider:
            yield provider

    def post(self, provider, token=AUTH_TOKEN, **form):
        form = {'From': FROM_NUMBER, 'To': '+886912345678', 'Body': '明天見'} | form
        url = f'{provider.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json'
        request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
        password = urllib.request.HTTPPasswordMgrWithPriorAuth()
        password.add_password(None, url, ACCOUNT_SID, token, is_authenticated=True)
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(password))
        try:
            with opener.open(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def test_takes_a_message(self, provider):
        status, message = self.post(provider)
        assert status == 201
        assert message['sid'].startswith('SM') and len(message['sid']) == 34
        assert (message['status'], message['error_code']) == ('queued', None)
        [line] = provider.file.read_text(encoding='utf-8').splitlines()
        assert json.loads(line)['body'] == '明天見'

    @pytest.mark.parametrize(
        ('form', 'code'),
        [
            ({'To': '+15005550001'}, 21211),
            ({'To': '0912'}, 21211),
            ({'To': '+15005550004'}, 21610),
            ({'To': '+15005550009'}, 21614),
            ({'To': ''}, 21604),
            ({'From': ''}, 21603),
            ({'From': '+15005550008'}, 21611),
            ({'Body': ''}, 21602),
            ({'To': FROM_NUMBER}, 21266),
        ],
    )
    def test_refuses_as_documented(self, provider, form, code):
        status, error = self.post(provider, **form)
        assert (status, error['code'], error['status']) == (400, code, 400)
        assert not provider.messages

    def test_wants_the_right_token(self, provider):
        status, error = self.post(provider, token='wrong')
        assert (status, error['code']) == (401, 20003)

    def test_can_be_in_trouble(self, provider):
        provider.trouble = 503
        assert self.post(provider)[0] == 503

    def test_reports_what_became_of_a_message(self, provider):
        seen = []

        class Callback(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                seen.append(
                    (dict(urllib.parse.parse_qsl(body)), self.headers['X-Twilio-Signature'])
                )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        with HTTPServer(('127.0.0.1', 0), Callback) as server:
            Thread(target=server.handle_request).start()
            url = f'http://127.0.0.1:{server.server_port}/status'
            message = self.post(provider, StatusCallback=url)[1]
            assert provider.report(message['sid'], 'undelivered', 30003) == 200
        [(form, signature)] = seen
        assert (form['SmsStatus'], form['ErrorCode']) == ('undelivered', '30003')
        assert signature == provider.sign(url, form)
