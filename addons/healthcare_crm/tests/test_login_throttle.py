# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import json
import time
import unittest
from datetime import timedelta
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from passlib.context import CryptContext

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, get_db_name, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_totp.models.totp import hotp
from odoo.addons.healthcare_crm.passwords import find_weakness
from odoo.addons.healthcare_crm.throttling import FREE, LONGEST, wait_after

PASSWORD = 'a rather long one'


def run(query, **params):
    """Run a query as another process would, which sees what is committed."""
    with db_connect(get_db_name()).cursor() as cr:  # commits
        cr.execute(query, params or None)
        return cr.fetchall() if cr.description else None


class TestThrottling(unittest.TestCase):
    @given(st.integers(min_value=0, max_value=10**9))
    def test_waits_grow(self, failures):
        self.assertEqual(wait_after(failures) > 0, failures >= FREE)
        self.assertLessEqual(wait_after(failures), wait_after(failures + 1))
        self.assertLessEqual(wait_after(failures), LONGEST)

    def test_guesses_in_a_day(self):
        seconds, guesses = 0, 0
        while seconds < 24 * 60 * 60:
            guesses += 1
            seconds += wait_after(guesses)
        self.assertLess(guesses, 120)


class TestPasswords(unittest.TestCase):
    def test_weak(self):
        for password, weakness in (
            ('short', 'short'),
            ('elevenchars', 'short'),
            ('Password1234', 'common'),
            ('passwordpassword', 'common'),
            ('P@ssw0rd2026!', 'common'),
            ('123456789012', 'common'),
            ('qwertyuiop12', 'common'),
            ('1qaz2wsx3edc', 'common'),
            ('aaaaaaaaaaaaaa', 'common'),
            ('abcabcabcabc', 'common'),
            ('Summer2026!!', 'common'),
            ('Taipei123456', 'common'),
            ('welcome12345', 'common'),
            ('admin admin admin', 'common'),
            ('matkhau123456', 'common'),
            ('meihua.lin1980', 'name'),
            ('MeiHuaLin2026', 'name'),
            ('reception1234', 'name'),
            ('clinic.example', 'name'),
        ):
            with self.subTest(password=password):
                names = ('reception', "Mei Hua Lin", 'meihua.lin@clinic.example')
                self.assertEqual(find_weakness(password, names), weakness)

    def test_good(self):
        for password in (
            PASSWORD,
            'korrekt pferd batterie',
            '蓮霧 好吃 又 便宜 三斤一百',
            'Tr0ub4dor&3xyzzy',
            'vịt bay qua ao sen lúc năm giờ',
            'f7G#kq9-Zt2!vB',
        ):
            with self.subTest(password=password):
                self.assertIsNone(find_weakness(password, ('reception', "Mei Hua Lin")))

    @given(st.text(max_size=40), st.text(max_size=20))
    def test_whatever_is_typed(self, password, name):
        weakness = find_weakness(password, (name, None, False))
        self.assertEqual(weakness == 'short', len(password) < 12)


@tagged('post_install', '-at_install')
class TestLoginThrottle(HttpCase):
    """Whoever guesses waits: per account, wherever it is tried, whatever address is claimed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            'throttled',
            groups='healthcare_crm.group_nurse',
            password=PASSWORD,
            email='throttled@clinic.example',
        )
        cls.throttle = cls.env['healthcare.login.throttle']
        # a login is known to others only when it is committed; its failures are at once
        cls.addClassCleanup(run, 'DELETE FROM healthcare_login_throttle')

    def setUp(self):
        super().setUp()
        run('DELETE FROM healthcare_login_throttle')
        self.recorded = []
        self.startPatcher(
            patch.object(
                self.registry['healthcare.audit'],
                '_record',
                lambda model, action, *args, **kwargs: self.recorded.append((action, kwargs)),
            )
        )
        self.muted = mute_logger(
            'odoo.http',
            'odoo.addons.base.models.res_users',
            'odoo.addons.auth_totp.models.res_users',
        )
        self.muted.__enter__()
        self.addCleanup(self.muted.__exit__, None, None, None)

    def try_login(self, login, password, **headers):
        """Log in as a browser does; return what the page says."""
        self.authenticate(None, None)
        page = self.url_open('/web/login')
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        answer = self.url_open(
            '/web/login',
            data={'login': login, 'password': password, 'csrf_token': token},
            headers=headers,
            allow_redirects=False,
        )
        if answer.status_code == 303:
            return 'in'
        alert = answer.text.split('alert-danger')[1].split('</p>')[0]
        return alert.split('>', 1)[1].strip()

    def let_time_pass(self, minutes):
        run(
            """
            UPDATE healthcare_login_throttle
               SET last_at = last_at - %(ago)s, blocked_until = blocked_until - %(ago)s
            """,
            ago=timedelta(minutes=minutes),
        )

    def get_rows(self):
        return run('SELECT failures, blocked_until - last_at FROM healthcare_login_throttle')

    def test_grows_and_resets(self):
        for _attempt in range(FREE - 1):
            self.assertIn('Wrong', self.try_login('throttled', 'wrong'))
        self.assertEqual(self.try_login('throttled', PASSWORD), 'in')
        self.assertFalse(self.get_rows())
        for _attempt in range(FREE):
            self.assertIn('Wrong', self.try_login('throttled', 'wrong'))
        self.assertIn('Too many', self.try_login('throttled', PASSWORD))
        [(failures, wait)] = self.get_rows()
        self.assertEqual(failures, FREE, "what is not looked at is not counted")
        self.let_time_pass(minutes=1)
        self.assertIn('Wrong', self.try_login('throttled', 'wrong'))
        self.assertEqual(self.get_rows(), [(FREE + 1, wait * 2)])
        self.let_time_pass(minutes=5)
        self.assertEqual(self.try_login('throttled', PASSWORD), 'in')
        self.assertFalse(self.get_rows())

    def test_forged_addresses(self):
        for number in range(FREE):
            self.try_login('throttled', 'wrong', **{'X-Forwarded-For': f'203.0.113.{number}'})
        answer = self.try_login('throttled', PASSWORD, **{'X-Forwarded-For': '198.51.100.1'})
        self.assertIn('Too many', answer)
        # nor does one account's trouble keep a colleague out, who has the same address
        new_test_user(self.env, 'colleague', password=PASSWORD)
        self.assertEqual(self.try_login('colleague', PASSWORD), 'in')

    def test_spellings_are_one_account(self):
        for login in ('nobody', ' nobody', 'NOBODY', 'nobody ', 'Nobody'):
            self.try_login(login, 'wrong')
        self.assertIn('Too many', self.try_login('nobody', 'wrong'))

    def test_unknown_accounts_look_the_same(self):
        """The same words, the same waits, and as much work."""
        verified = []
        verify, update = CryptContext.verify, CryptContext.verify_and_update

        def count(kind, check):
            def counted(context, *args, **kwargs):
                verified.append(kind)
                return check(context, *args, **kwargs)

            return counted

        with (
            patch.object(CryptContext, 'verify', count('unknown', verify)),
            patch.object(CryptContext, 'verify_and_update', count('known', update)),
        ):
            known = [self.try_login('throttled', 'wrong') for _attempt in range(FREE + 1)]
            unknown = [self.try_login('no such user', 'wrong') for _attempt in range(FREE + 1)]
        self.assertEqual(known, unknown)
        self.assertEqual(verified, ['known'] * FREE + ['unknown'] * FREE)
        context = self.env['res.users']._crypt_context()
        rounds = context.hash('x').split('$')[2]
        self.assertEqual(self.env['res.users']._get_nobodys_hash().split('$')[2], rounds)

    def test_what_is_recorded(self):
        self.try_login('throttled', 'my real password')
        self.try_login('my real password', 'throttled')
        self.assertEqual(
            [(action, kwargs['detail']) for action, kwargs in self.recorded],
            [('login', 'refused: login'), ('login', 'refused: unknown account')],
        )
        self.assertEqual(list(self.recorded[0][1]['res_ids']), self.user.ids)
        self.assertNotIn('my real password', repr(self.recorded))
        keys = run('SELECT * FROM healthcare_login_throttle')
        self.assertNotIn('my real password', repr(keys))

    def test_rolled_back_requests_count(self):
        """Unlocking the screen fails with an error, and the error takes nothing back."""
        self.authenticate('throttled', None)
        for _attempt in range(FREE):
            self.unlock(type='password', password='wrong')
        answer = self.unlock(type='password', password=PASSWORD)
        self.assertIn('Too many', json.dumps(answer['error']))
        # who is inside is counted apart from who is outside
        self.assertEqual(self.try_login('throttled', PASSWORD), 'in')

    def unlock(self, **credential):
        return self.url_open(
            '/auth-timeout/session/check-identity',
            data=json.dumps({'jsonrpc': '2.0', 'params': credential}),
            headers={'Content-Type': 'application/json'},
        ).json()

    def test_codes(self):
        """Of a million codes five may be tried, also where Odoo counts nothing."""
        self.user.sudo().totp_secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
        self.env.flush_all()
        self.authenticate('throttled', None)
        for _attempt in range(FREE):
            self.assertNotIn('Too many', json.dumps(self.unlock(type='totp', token='1')))
        self.assertIn('Too many', json.dumps(self.unlock(type='totp', token='1')))

    def test_keys_and_rpc(self):
        """A password over RPC is counted, too."""
        with mute_logger('odoo.addons.rpc.controllers.jsonrpc'):
            for _attempt in range(FREE):
                self.login_over_rpc('wrong')
            answer = self.login_over_rpc(PASSWORD)
        self.assertIn('Too many', json.dumps(answer))

    def login_over_rpc(self, password):
        return self.url_open(
            '/jsonrpc',
            data=json.dumps(
                {
                    'jsonrpc': '2.0',
                    'params': {
                        'service': 'object',
                        'method': 'execute_kw',
                        'args': [
                            self.env.cr.dbname,
                            self.user.id,
                            password,
                            'res.users',
                            'search_count',
                            [[]],
                        ],
                    },
                }
            ),
            headers={'Content-Type': 'application/json'},
        ).json()

    def test_an_administrator_helps(self):
        for _attempt in range(FREE):
            self.try_login('throttled', 'wrong')
        self.env.invalidate_all()
        self.assertTrue(self.user.login_blocked_until)
        nurse = new_test_user(self.env, 'throttle_nurse', groups='healthcare_crm.group_nurse')
        with self.assertRaises(AccessError):
            self.user.with_user(nurse).action_allow_login()
        boss = new_test_user(
            self.env, 'throttle_boss', groups='healthcare_crm.group_clinic_administrator'
        )
        self.user.with_user(boss).action_allow_login()
        self.env.invalidate_all()
        self.assertFalse(self.user.login_blocked_until)
        self.assertEqual(self.try_login('throttled', PASSWORD), 'in')
        self.assertIn('config', [action for action, _kwargs in self.recorded])


@tagged('post_install', '-at_install')
class TestTwoFactor(HttpCase):
    """Clinical and administrator roles log in with two things; the demo clinic alone may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['ir.config_parameter'].set_param('healthcare_crm.two_factor', 'required')

    def make(self, group, **values):
        return new_test_user(self.env, f'factor_{group}', groups=group, password=PASSWORD, **values)

    def test_who_needs_it(self):
        for group, needed in (
            ('healthcare_crm.group_nurse', True),
            ('healthcare_crm.group_practitioner', True),
            ('healthcare_crm.group_clinic_administrator', True),
            ('healthcare_crm.group_privacy_officer', True),
            ('base.group_system', True),
            ('base.group_erp_manager', True),
            ('healthcare_crm.group_marketing', False),
            ('healthcare_crm.group_reception', False),
            ('base.group_user', False),
            ('base.group_portal', False),
        ):
            with self.subTest(group=group):
                user = self.make(group)
                self.assertEqual(user._needs_two_factor(), needed)
                self.assertEqual(user._mfa_url() == '/healthcare/two-factor', needed)
                self.assertEqual(user._rpc_api_keys_only(), needed)

    def test_only_the_demo_is_let_off(self):
        nurse = self.make('healthcare_crm.group_nurse')
        set_param = self.env['ir.config_parameter'].set_param
        for value, needed in (('off', False), (False, True), ('on', True), ('OFF', True)):
            set_param('healthcare_crm.two_factor', value)
            with self.subTest(value=value):
                self.assertEqual(nurse._needs_two_factor(), needed)

    @mute_logger('odoo.http', 'odoo.addons.base.models.res_users')
    def test_password_then_app(self):
        """The password leads to the picture for the app, nowhere else; its code leads in."""
        nurse = self.make('healthcare_crm.group_nurse')
        self.authenticate(None, None)
        page = self.url_open('/web/login')
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        page = self.url_open(
            '/web/login', data={'login': nurse.login, 'password': PASSWORD, 'csrf_token': token}
        )
        self.assertIn('/healthcare/two-factor', page.url)
        self.assertEqual(page.headers['Cache-Control'], 'no-store')
        secret = page.text.split('<code')[1].split('>')[1].split('<')[0].replace(' ', '')
        answer = self.url_open(
            '/web/session/get_session_info', data='{}', headers={'Content-Type': 'application/json'}
        )
        self.assertIn('SessionExpired', answer.text, "not logged in yet")
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        page = self.url_open('/healthcare/two-factor', data={'code': '000', 'csrf_token': token})
        self.assertIn('not the code', page.text)
        self.assertIn(secret[:4], page.text, "the app need not scan again")
        code = str(hotp(base64.b32decode(secret), int(time.time() / 30))).zfill(6)
        answer = self.url_open(
            '/healthcare/two-factor',
            data={'code': code, 'csrf_token': token},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        self.assertTrue(nurse.totp_enabled)
        self.assertEqual(nurse._mfa_url(), '/web/login/totp')

    def test_page_without_a_password(self):
        self.authenticate(None, None)
        answer = self.url_open('/healthcare/two-factor', allow_redirects=False)
        self.assertEqual(answer.headers['Location'], '/web/login')

    def test_page_in_the_language_of_the_user(self):
        self.env['res.lang']._activate_lang('fr_FR')
        view = self.env.ref('healthcare_crm.two_factor_page')
        title = "Set up two-factor authentication"
        view.update_field_translations('arch_db', {'fr_FR': {title: "Deux facteurs"}})
        nurse = self.make('healthcare_crm.group_nurse')
        nurse.lang = 'fr_FR'
        self.env.flush_all()
        session = self.authenticate(None, None)
        session['pre_uid'] = nurse.id
        http.root.session_store.save(session)
        self.assertIn("Deux facteurs", self.url_open('/healthcare/two-factor').text)

    def test_who_has_an_app_is_not_offered_another(self):
        nurse = self.make('healthcare_crm.group_nurse')
        nurse.sudo().totp_secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
        self.env.flush_all()
        session = self.authenticate(None, None)
        session['pre_uid'] = nurse.id
        http.root.session_store.save(session)
        answer = self.url_open('/healthcare/two-factor', allow_redirects=False)
        self.assertEqual(answer.headers['Location'], '/web/login')

    @mute_logger('odoo.http')
    def test_not_done_away_with_alone(self):
        nurse = self.make('healthcare_crm.group_nurse')
        nurse.sudo().totp_secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
        self.authenticate(nurse.login, None)
        answer = self.url_open(
            '/web/dataset/call_kw/res.users/action_totp_disable',
            data=json.dumps(
                {
                    'jsonrpc': '2.0',
                    'params': {
                        'model': 'res.users',
                        'method': 'action_totp_disable',
                        'args': [nurse.ids],
                        'kwargs': {},
                    },
                }
            ),
            headers={'Content-Type': 'application/json'},
        )
        self.assertIn('administrator', answer.text)


@tagged('post_install', '-at_install')
class TestPasswordPolicy(HttpCase):
    def test_over_http(self):
        """Whoever sets a password in the browser or over RPC, for whomever."""
        user = new_test_user(self.env, 'policy_user', groups='base.group_user', password=PASSWORD)
        session = {'identity-check-last': time.time()}
        self.authenticate(user.login, None, session_extra=session)
        for password, good in (
            ('policy_user1234', False),
            ('Password12345', False),
            ('short', False),
            ('a much better one', True),
        ):
            with self.subTest(password=password), mute_logger('odoo.http'):
                wizard = (
                    self.env['change.password.own']
                    .with_user(user)
                    .create({'new_password': password, 'confirm_password': password})
                )
                answer = self.url_open(
                    '/web/dataset/call_kw',
                    data=json.dumps(
                        {
                            'jsonrpc': '2.0',
                            'params': {
                                'model': 'change.password.own',
                                'method': 'change_password',
                                'args': [wizard.ids],
                                'kwargs': {'context': {'install_mode': True}},
                            },
                        }
                    ),
                    headers={'Content-Type': 'application/json'},
                )
                self.assertEqual('error' in answer.json(), not good)

    def test_what_the_meter_says(self):
        self.assertGreaterEqual(self.env['res.users'].get_password_policy()['minlength'], 12)

    def test_reasons(self):
        user = new_test_user(self.env, 'policy_user', groups='base.group_user')
        for password in ('short', 'policy_user1', 'Password12345'):
            with self.subTest(password=password), self.assertRaises(UserError):
                user._check_not_weak(password)
        self.assertIsNone(user._check_not_weak(PASSWORD))
