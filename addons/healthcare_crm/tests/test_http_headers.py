# Part of Healthcare CRM for Odoo. License LGPL-3.
import unittest
from unittest.mock import patch

from werkzeug.datastructures import Headers

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import config, mute_logger

from odoo.addons.healthcare_crm.http_headers import harden, with_flags


class Answer:
    def __init__(self, **headers):
        self.headers = Headers({name.replace('_', '-'): value for name, value in headers.items()})


class TestHarden(unittest.TestCase):
    def harden(self, path='/odoo', scheme='https', is_user=True, is_json=False, **headers):
        answer = Answer(**headers)
        harden(answer, path, scheme=scheme, host='crm.example', is_user=is_user, is_json=is_json)
        return answer.headers

    def test_what_a_route_says_stays(self):
        headers = self.harden(Referrer_Policy='no-referrer', X_Frame_Options='DENY')
        self.assertEqual(headers['Referrer-Policy'], 'no-referrer')
        self.assertEqual(headers['X-Frame-Options'], 'DENY')
        policy = "default-src 'none'"
        headers = self.harden(Content_Type='text/html', Content_Security_Policy=policy)
        self.assertEqual(headers['Content-Security-Policy'], policy)

    def test_transport(self):
        self.assertIn('max-age=', self.harden()['Strict-Transport-Security'])
        self.assertNotIn('Strict-Transport-Security', self.harden(scheme='http'))

    def test_kept_nowhere(self):
        for path, is_json in (
            ('/report/pdf/x/1', False),
            ('/web/content/1', False),
            ('/healthcare/export/1', False),
            ('/web/dataset/call_kw', True),
            ('/json/2/res.partner/read', True),
        ):
            with self.subTest(path=path):
                headers = self.harden(path, is_json=is_json)
                self.assertEqual(headers['Cache-Control'], 'private, no-store')
        self.assertNotIn('Cache-Control', self.harden('/web/assets/1/x.js'))
        headers = self.harden('/web/content/1', Cache_Control='public, max-age=1')
        self.assertEqual(headers['Cache-Control'], 'public, max-age=1')

    def test_cookie(self):
        for cookie, scheme, expected in (
            ('session_id=x; Path=/', 'http', '; HttpOnly; SameSite=Lax'),
            ('session_id=x; Path=/', 'https', '; HttpOnly; SameSite=Lax; Secure'),
            ('session_id=x; Secure; HttpOnly; SameSite=Strict', 'https', ''),
        ):
            with self.subTest(cookie=cookie, scheme=scheme):
                self.assertEqual(with_flags(cookie, scheme), cookie + expected)
        headers = self.harden(Set_Cookie='session_id=x; HttpOnly')
        self.assertEqual(headers['Set-Cookie'], 'session_id=x; HttpOnly; SameSite=Lax; Secure')
        self.assertEqual(self.harden(Set_Cookie='tz=x')['Set-Cookie'], 'tz=x')


@tagged('post_install', '-at_install')
class TestHttpHeaders(HttpCase):
    """What browsers are told about every answer of this server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, 'headers_nurse', groups='healthcare_crm.group_nurse')

    def get(self, path, **kwargs):
        return self.opener.request(
            kwargs.pop('method', 'GET'),
            self.base_url() + path,
            allow_redirects=False,
            timeout=60,
            **kwargs,
        )

    @mute_logger('odoo.http')
    def test_every_kind_of_answer(self):
        for login in (None, self.user.login):
            self.authenticate(login, None)
            for path in (
                '/web/login',
                '/odoo',
                '/web/content/999999',
                '/healthcare/appointment/x',
                '/enquiry/x',
                '/no such page',
                '/web/session/logout',
                '/web/image/res.users/1/avatar_128',
            ):
                with self.subTest(login=login, path=path):
                    headers = self.get(path).headers
                    self.assertEqual(headers['X-Content-Type-Options'], 'nosniff')
                    self.assertIn(headers['Referrer-Policy'], ('same-origin', 'no-referrer'))
                    self.assertIn(headers['X-Frame-Options'], ('SAMEORIGIN', 'DENY'))
                    self.assertIn('geolocation=()', headers['Permissions-Policy'])
                    if headers.get('Content-Type', '').startswith('text/html'):
                        self.assertIn('frame-ancestors', headers['Content-Security-Policy'])

    def test_the_web_client_calls_nobody_else(self):
        self.authenticate(self.user.login, None)
        policy = self.get('/odoo').headers['Content-Security-Policy']
        for directive in ("default-src 'self'", "object-src 'none'", "form-action 'self'"):
            self.assertIn(directive, policy)
        self.assertNotIn('https:', policy)
        self.assertNotIn('*', policy)

    @mute_logger('odoo.http')
    def test_records_are_kept_nowhere(self):
        self.authenticate(self.user.login, None)
        for path, body in (
            (
                '/web/dataset/call_kw',
                '{"jsonrpc": "2.0", "params": {"model": "res.partner",'
                ' "method": "search_count", "args": [[]], "kwargs": {}}}',
            ),
            ('/mail/data', '{"jsonrpc": "2.0", "params": {"fetch_params": []}}'),
        ):
            answer = self.get(
                path, method='POST', data=body, headers={'Content-Type': 'application/json'}
            )
            self.assertEqual(answer.headers['Cache-Control'], 'private, no-store')

    @mute_logger('odoo.http')
    def test_every_way_a_cookie_is_set(self):
        """Also by answers that no model sees: to broken JSON, and when a session is over."""
        nobody = {'Content-Type': 'application/json'}
        for path, kwargs in (
            ('/web/login', {}),
            ('/odoo', {}),
            ('/web/dataset/call_kw', {'method': 'POST', 'data': '{', 'headers': nobody}),
            ('/web/session/authenticate', {'method': 'POST', 'data': '[]', 'headers': nobody}),
        ):
            with self.subTest(path=path):
                self.opener.cookies.clear()
                self.opener.cookies['test_request_key'] = self.http_request_key
                cookie = self.get(path, **kwargs).headers.get('Set-Cookie', '')
                if 'session_id=' in cookie:
                    self.assertIn('SameSite=Lax', cookie)
                    self.assertIn('HttpOnly', cookie)

    @mute_logger('odoo.http')
    def test_secure_under_https(self):
        self.authenticate(None, None)
        with patch.dict(config.options, {'proxy_mode': True}):
            headers = {'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': '127.0.0.1'}
            answer = self.get('/web/login', headers=headers)
        self.assertIn('Strict-Transport-Security', answer.headers)
        if 'session_id=' in answer.headers.get('Set-Cookie', ''):
            self.assertIn('Secure', answer.headers['Set-Cookie'])

    @mute_logger('odoo.http')
    def test_closed(self):
        """Neither the manager of databases nor the description of the interface is there."""
        self.authenticate('admin', None)
        for path in (
            '/web/database/manager',
            '/web/database/selector',
            '/web/database/list',
            '/doc',
            '/doc/index.json',
            '/doc/res.partner',
        ):
            with self.subTest(path=path):
                self.assertIn(self.get(path).status_code, (404, 415))
        for path in ('backup', 'drop', 'create', 'duplicate', 'restore', 'change_password'):
            with self.subTest(path=path):
                answer = self.get(
                    f'/web/database/{path}', method='POST', data={'master_pwd': 'admin'}
                )
                self.assertEqual(answer.status_code, 404)
