# Part of Healthcare CRM for Odoo. License LGPL-3.
import json
import re
import threading
import time
from unittest.mock import patch

from odoo import http
from odoo.http import request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.bus import websocket

QUARTER = 15 * 60
#: What a locked screen needs to be unlocked, or says nothing about anybody. Of our own add-ons:
#: nothing.
NEEDED = {
    '/auth-timeout/check-identity',
    '/auth-timeout/session/check-identity',
    '/auth-timeout/send-totp-mail-code',
    '/auth/passkey/start-auth',
    '/web/webclient/load_menus',
}


class LockCase(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            'lock_nurse',
            groups='healthcare_crm.group_nurse',
            password='a rather long one',
        )
        cls.public = cls.env.ref('base.public_user')

    def login(self, **session):
        self.authenticate(self.user.login, None)
        self.session.update(session)
        http.root.session_store.save(self.session)

    def lock(self):
        self.login(**{'identity-check-next': time.time() - 1})


@tagged('post_install', '-at_install')
class TestScreenLock(LockCase):
    """A locked session opens nothing, whatever the class of a route."""

    def test_who_is_locked(self):
        timeouts = self.user._get_lock_timeouts()
        self.assertEqual(timeouts['lock_timeout_inactivity'], [(QUARTER, False)])
        self.assertEqual(timeouts['lock_timeout'], [(12 * 60 * 60, False)])

    def get_routes(self):
        """Yield ``(address, method, routing)`` of every route on which a session may count."""
        threading.current_thread().dbname = self.env.cr.dbname
        for rule in self.env['ir.http'].routing_map().iter_rules():
            routing = rule.endpoint.routing
            if routing['auth'] == 'none':
                continue
            address = re.sub(r'<any\(([^,)]+)[^>]*>', r'\1', rule.rule)
            address = re.sub(r'<(?:int|model|models|float)[^>]*>', '1', address)
            address = re.sub(r'<[^>]*>', 'x', address)
            methods = (rule.methods or {'GET', 'POST'}) - {'HEAD', 'OPTIONS'}
            method = 'POST' if routing['type'] != 'http' or 'GET' not in methods else 'GET'
            yield address, method, routing

    def test_every_route(self):
        """Each route is asked for; what is reached is reached by nobody."""
        reached = []

        def reach(endpoint):
            uid, public = request.env.uid, self.public.id
            reached.append((uid == public, endpoint.routing['routes']))
            return http.Response('') if endpoint.routing['type'] == 'http' else None

        self.lock()
        asked, wrong = 0, []
        with (
            patch.object(self.registry['ir.http'], '_dispatch', reach),
            patch.object(self.registry['ir.http'], '_pre_dispatch', lambda *args: None),
            mute_logger('odoo.http', 'odoo.addons.http_routing.models.ir_http'),
        ):
            for address, method, routing in self.get_routes():
                reached.clear()
                http.root.session_store.save(self.session)
                self.ask(address, method, routing)
                asked += 1
                for as_public, routes in reached:
                    if not as_public and not NEEDED & set(routes):
                        wrong.append(address)
        self.assertGreater(asked, 200)
        self.assertFalse(wrong)

    def ask(self, address, method, routing):
        headers = {}
        data = None
        if routing['type'] != 'http':
            headers['Content-Type'] = 'application/json'
            params = {'model': 'res.users', 'method': 'search_count', 'args': [[]], 'kwargs': {}}
            data = json.dumps({'jsonrpc': '2.0', 'params': params})
        if routing['auth'] == 'bearer':
            headers |= {
                'Sec-Fetch-Dest': 'document',
                'Sec-Fetch-Mode': 'navigate',
                'Sec-Fetch-Site': 'same-origin',
                'Sec-Fetch-User': '?1',
            }
        return self.opener.request(
            method,
            self.base_url() + address,
            data=data,
            headers=headers,
            allow_redirects=False,
            timeout=30,
        )

    @mute_logger('odoo.http')
    def test_files_and_records(self):
        """Where Odoo's lock leaves gaps: the file, the picture, the discussion, the key's route."""
        secret = self.env['ir.attachment'].create(
            {
                'name': 'secret.txt',
                'raw': b'what only nurses read',
                'res_model': 'res.users',
                'res_id': self.user.id,
            }
        )
        self.assertIn(self.user, self.env['res.users'].search([]))
        as_browser = {
            'Sec-Fetch-Dest': 'document',
            'Sec-Fetch-Mode': 'navigate',
            'Sec-Fetch-Site': 'same-origin',
            'Sec-Fetch-User': '?1',
            'Content-Type': 'application/json',
        }
        for is_locked in (False, True):
            if is_locked:
                self.lock()
            else:
                self.login()
            with self.subTest(locked=is_locked):
                answer = self.url_open(f'/web/content/{secret.id}')
                self.assertEqual('only nurses' in answer.text, not is_locked)
                answer = self.url_open(
                    '/json/2/res.users/search_count', data='{"domain": []}', headers=as_browser
                )
                self.assertEqual(answer.status_code, 403 if is_locked else 200)
                answer = self.rpc('/mail/data', fetch_params=['init_messaging'])
                self.assertEqual('CheckIdentityException' in answer, is_locked)
                answer = self.rpc(
                    '/websocket/peek_notifications', channels=[], last=0, is_first_poll=True
                )
                self.assertEqual('CheckIdentityException' in answer, is_locked)
                answer = self.rpc(
                    '/web/dataset/call_kw',
                    model='res.users',
                    method='search_count',
                    args=[[]],
                    kwargs={},
                )
                self.assertEqual('CheckIdentityException' in answer, is_locked)
                answer = self.url_open(
                    '/report/html/base.report_irmodulereference/1', allow_redirects=False
                )
                self.assertEqual('check-identity' in answer.headers.get('Location', ''), is_locked)

    def rpc(self, path, **params):
        return self.url_open(
            path,
            data=json.dumps({'jsonrpc': '2.0', 'params': params}),
            headers={'Content-Type': 'application/json'},
        ).text

    @mute_logger('odoo.http')
    def test_a_header_does_not_unlock(self):
        """Only a route for keys believes one, and then it has to be one."""
        self.lock()
        for path in ('/mail/data', '/web/dataset/call_kw'):
            with self.subTest(path=path):
                answer = self.opener.post(
                    self.base_url() + path,
                    json={
                        'jsonrpc': '2.0',
                        'params': {
                            'model': 'res.users',
                            'method': 'search_count',
                            'args': [[]],
                            'kwargs': {},
                        },
                    },
                    headers={'Authorization': 'Bearer forged'},
                )
                self.assertIn('CheckIdentityException', answer.text)

    @mute_logger('odoo.http')
    def test_unlocked_by_the_password_alone(self):
        self.lock()
        path = '/auth-timeout/session/check-identity'
        self.assertIn('error', self.rpc(path, type='password', password='wrong'))
        self.assertIn('CheckIdentityException', self.rpc('/mail/data', fetch_params=[]))
        self.assertNotIn('error', self.rpc(path, type='password', password='a rather long one'))
        self.assertNotIn('CheckIdentityException', self.rpc('/mail/data', fetch_params=[]))

    @mute_logger('odoo.http')
    def test_half_a_day(self):
        """After twelve hours nothing but logging in helps, whatever was done meanwhile."""
        self.login(create_time=time.time() - 12 * 60 * 60 - 1)
        self.assertIn('SessionExpired', self.rpc('/mail/data', fetch_params=[]))

    def test_notifications(self):
        """A locked screen is sent nothing, and nothing is lost for it."""

        class Connection:
            _waiting_for_dispatch = True

        connection = Connection()
        self.login()
        valid = websocket.check_session(self.session, self.env(user=self.user.id))
        self.assertTrue(valid)
        self.lock()
        sent = []

        def send(connection):
            connection._waiting_for_dispatch = False
            websocket.check_session(self.session, self.env(user=self.user.id))
            sent.append(connection)

        with patch('odoo.addons.healthcare_crm.websocket_lock._dispatch', send):
            websocket.Websocket._dispatch_bus_notifications(connection)
            self.assertFalse(sent)
            self.assertFalse(connection._waiting_for_dispatch)
            self.login()
            websocket.Websocket._dispatch_bus_notifications(connection)
            self.assertTrue(sent)
