# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import json
import time
from unittest.mock import patch

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp
from odoo.addons.healthcare_crm.step_up import KEPT_FOR, SESSION_KEY

PASSWORD = 'a rather long one'
SECRET = base64.b32encode(b'12345678901234567890').decode()


def code_at(moment):
    return hotp(base64.b32decode(SECRET), int(moment / TIMESTEP))


@tagged('post_install', '-at_install')
class TestStepUp(HttpCase):
    """What takes patients' data out, or merges patients, asks again who is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            'step_up_admin',
            groups='healthcare_crm.group_clinic_administrator,base.group_allow_export',
            password=PASSWORD,
        )
        cls.patient = cls.env['res.partner'].create({'name': "Step Up", 'is_patient': True})

    def setUp(self):
        super().setUp()
        self.recorded = []
        self.startPatcher(
            patch.object(
                self.registry['healthcare.audit'],
                '_record',
                lambda model, action, *args, **kwargs: self.recorded.append((action, kwargs)),
            )
        )

    # -- Asking ----------------------------------------------------------------------------------

    def rpc(self, path, params, **kwargs):
        response = self.url_open(
            path,
            data=json.dumps({'jsonrpc': '2.0', 'params': params}),
            headers={'Content-Type': 'application/json', **kwargs.pop('headers', {})},
            **kwargs,
        )
        return response.json()

    def call(self, model, method, *args, context=None, **kwargs):
        return self.rpc(
            f'/web/dataset/call_kw/{model}/{method}',
            {
                'model': model,
                'method': method,
                'args': args,
                'kwargs': {'context': context or {}, **kwargs},
            },
        )

    def make_export(self):
        return (
            self.env['healthcare.export']
            .with_user(self.user)
            .create(
                {
                    'reason': "Test",
                    'domain': repr([('id', '=', self.patient.id)]),
                    'file_format': 'csv',
                }
            )
        )

    def ask(self, export=None):
        """Press the button; return the dialog."""
        export = export or self.make_export()
        answer = self.call('healthcare.export', 'action_export', export.ids)['result']
        self.assertEqual(answer['res_model'], 'res.users.identitycheck')
        self.assertEqual(export.state, 'draft', "nothing was done before")
        return self.env['res.users.identitycheck'].browse(answer['res_id']).sudo()

    def check_done(self, answer, export):
        """The export was made: what is shown next is where its file is taken from."""
        self.assertEqual((answer['res_model'], answer['res_id']), (export._name, export.id))
        self.assertEqual(export.state, 'done')

    def show(self, check, shown):
        return self.call(
            'res.users.identitycheck', 'run_check', check.ids, context={'password': shown}
        )

    def login(self, **shown):
        session = self.authenticate(self.user.login, None)
        if shown:
            session[SESSION_KEY] = {'uid': self.user.id, 'at': time.time(), **shown}
            http.root.session_store.save(session)

    # -- What works ------------------------------------------------------------------------------

    @mute_logger('odoo.http')
    def test_password_lets_the_action_run(self):
        self.login()
        export = self.make_export()
        check = self.ask(export)
        self.check_done(self.show(check, PASSWORD)['result'], export)
        self.assertEqual(
            [
                (action, kwargs['detail'], kwargs['purpose'])
                for action, kwargs in self.recorded
                if kwargs.get('purpose')
            ],
            [('login', 'identity confirmed: password', 'export')],
        )
        answer = self.url_open(f'/healthcare/export/{export.id}')
        self.assertIn('Step Up', answer.text)
        self.login()
        answer = self.url_open(f'/healthcare/export/{export.id}')
        self.assertNotIn('Step Up', answer.text, "the file is not for whoever comes by later")
        self.login(uid=self.user.id)
        # and for a while nobody is asked again
        second = self.make_export()
        self.check_done(
            self.call('healthcare.export', 'action_export', second.ids)['result'], second
        )

    @mute_logger('odoo.http')
    def test_the_dialog_closes_when_a_file_comes(self):
        self.login()
        export = self.make_export()
        self.show(self.ask(export), PASSWORD)
        self.login()
        dialog = self.call('healthcare.export', 'action_download', export.ids)['result']
        check = self.env['res.users.identitycheck'].browse(dialog['res_id'])
        answer = self.show(check, PASSWORD)['result']
        self.assertEqual(answer['type'], 'ir.actions.act_url')
        self.assertTrue(answer['close'])

    def test_ten_minutes(self):
        self.login(at=time.time() - KEPT_FOR + 30)
        export = self.make_export()
        answer = self.call('healthcare.export', 'action_export', export.ids)
        self.check_done(answer['result'], export)
        for at in (time.time() - KEPT_FOR - 1, time.time() + 60):
            with self.subTest(at=at):
                self.login(at=at)
                self.ask()

    @mute_logger('odoo.http', 'odoo.addons.base.models.res_users')
    def test_wrong_password(self):
        self.login()
        export = self.make_export()
        check = self.ask(export)
        for wrong in ('wrong', '', None, 0, [PASSWORD], {'a': 1}):
            with self.subTest(shown=wrong):
                self.assertIn('error', self.show(check, wrong))
        self.assertEqual(export.state, 'draft')

    def enable_app(self):
        self.env.flush_all()
        self.user.sudo().totp_secret = SECRET
        self.env.flush_all()

    @mute_logger('odoo.http', 'odoo.addons.auth_totp.models.res_users')
    def test_who_has_an_app_shows_its_code(self):
        self.enable_app()
        self.login()
        export = self.make_export()
        check = self.ask(export)
        self.assertEqual(check.auth_method, 'totp')
        self.call('res.users.identitycheck', 'write', check.ids, {'auth_method': 'password'})
        answer = self.show(check, PASSWORD)
        self.assertIn('authenticator', answer['error']['data']['message'])
        self.call('res.users.identitycheck', 'write', check.ids, {'auth_method': 'totp'})
        for wrong in ('000000x', '', '１２３４５６', str(code_at(time.time() - 3600)).zfill(6)):
            with self.subTest(shown=wrong):
                self.assertIn('error', self.show(check, wrong))
        self.assertEqual(export.state, 'draft')
        self.env['healthcare.login.throttle']._succeed('identity', self.user.login)
        code = str(code_at(time.time())).zfill(6)
        self.check_done(self.show(check, code)['result'], export)

    @mute_logger('odoo.http', 'odoo.addons.auth_totp.models.res_users')
    def test_a_code_counts_once(self):
        self.enable_app()
        self.login()
        code = str(code_at(time.time())).zfill(6)
        self.assertIn('result', self.show(self.ask(), code))
        self.login()
        answer = self.show(self.ask(), code)
        self.assertIn('used already', answer['error']['data']['message'])

    # -- What does not ---------------------------------------------------------------------------

    @mute_logger('odoo.http')
    def test_unlocking_the_screen_is_not_enough(self):
        self.login()
        self.rpc('/auth-timeout/session/check-identity', {'type': 'password', 'password': PASSWORD})
        self.ask()

    @mute_logger('odoo.http', 'odoo.addons.rpc.controllers.jsonrpc')
    def test_api_key(self):
        """A key is no identity that was shown, also beside a session that has shown one."""
        key = (
            self.env['res.users.apikeys'].with_user(self.user).sudo()._generate('rpc', 'test', None)
        )
        export = self.make_export()
        self.env.flush_all()
        headers = {'Authorization': f'Bearer {key}'}
        for with_session in (False, True):
            with self.subTest(session=with_session):
                if with_session:
                    self.login(uid=self.user.id)
                response = self.url_open(
                    '/json/2/healthcare.export/action_export',
                    data=json.dumps({'ids': export.ids}),
                    headers={'Content-Type': 'application/json', **headers},
                )
                # beside a session, the person at the screen is asked: the key does not answer
                self.assertEqual(
                    response.json().get('res_model'),
                    'res.users.identitycheck' if with_session else None,
                )
                self.assertEqual(export.state, 'draft')
        answer = self.rpc(
            '/jsonrpc',
            {
                'service': 'object',
                'method': 'execute_kw',
                'args': [
                    self.env.cr.dbname,
                    self.user.id,
                    key,
                    'healthcare.export',
                    'action_export',
                    export.ids,
                ],
            },
        )
        self.assertIn('error', answer)
        self.assertEqual(export.state, 'draft')

    @mute_logger('odoo.http')
    def test_inner_methods_are_private(self):
        self.login()
        export = self.make_export()
        for method in (
            '_write_batch',
            'action_export.__wrapped__',
            '__wrapped__',
            '_check_identity',
        ):
            with self.subTest(method=method):
                self.assertIn('error', self.call('healthcare.export', method, export.ids))
        self.assertEqual(export.state, 'draft')

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model')
    def test_the_dialog_cannot_be_forged(self):
        """What a dialog will call is not a user's to write, nor whose dialog it is."""
        self.login()
        export = self.make_export()
        forged = json.dumps([{}, 'res.users', self.user.ids, 'unlink', [], {}])
        check = self.ask(export)
        for vals in ({'request': forged}, {'purpose': False}, {'request': False}):
            with self.subTest(vals=vals):
                answer = self.call('res.users.identitycheck', 'write', check.ids, vals)
                self.assertIn('error', answer)
                answer = self.call('res.users.identitycheck', 'create', [vals])
                self.assertIn('error', answer)
        self.assertIn('error', self.call('res.users.identitycheck', 'read', check.ids, ['request']))
        other = new_test_user(self.env, 'step_up_other', groups='base.group_user')
        theirs = (
            self.env['res.users.identitycheck']
            .with_user(other)
            .sudo()
            .create({'request': forged, 'purpose': 'export'})
        )
        self.assertIn('error', self.show(theirs, PASSWORD))

    def test_another_user_in_the_session(self):
        other = new_test_user(self.env, 'step_up_second', groups='base.group_user')
        self.login(uid=other.id)
        self.ask()

    # -- Where it is asked -----------------------------------------------------------------------

    @mute_logger('odoo.http', 'odoo.addons.web.controllers.export')
    def test_odoos_export_of_a_list(self):
        data = json.dumps(
            {
                'model': 'res.partner',
                'fields': [{'name': 'name', 'label': 'Name', 'type': 'char'}],
                'ids': self.patient.ids,
                'domain': [],
                'import_compat': False,
                'context': {},
            }
        )
        for shown in (False, True):
            self.login(**({'uid': self.user.id} if shown else {}))
            for file_format in ('csv', 'xlsx'):
                with self.subTest(shown=shown, file_format=file_format):
                    response = self.url_open(
                        f'/web/export/{file_format}',
                        data={'data': data, 'csrf_token': self.csrf_token()},
                    )
                    self.assertEqual(response.status_code, 200 if shown else 500)
                    self.assertEqual('StepUpNeeded' in response.text, not shown)
            answer = self.call('res.partner', 'export_data', self.patient.ids, ['name'])
            self.assertEqual('result' in answer, shown)

    def csrf_token(self):
        return http.Request.csrf_token(self)

    def test_the_browser_asks_first(self):
        self.login()
        for model, asked in (('res.partner', True), ('res.country', False), ({}, False)):
            with self.subTest(model=model):
                answer = self.call('healthcare.step.up', 'confirm_export', model)['result']
                self.assertEqual(bool(answer), asked)
        dialog = self.call('healthcare.step.up', 'confirm')['result']
        check = self.env['res.users.identitycheck'].browse(dialog['res_id'])
        self.assertTrue(self.show(check, PASSWORD)['result']['infos']['confirmed'])
        answer = self.call('healthcare.step.up', 'confirm_export', 'res.partner')['result']
        self.assertEqual(answer['type'], 'ir.actions.act_window_close')

    @mute_logger('odoo.http')
    def test_merging(self):
        twin = self.patient.copy({'name': "Step Up"})
        link = (
            self.env['res.partner'].with_user(self.user)._link_by_hand(self.patient, twin, 'manual')
        )
        self.login()
        answer = self.call('healthcare.patient.link', 'review_decide', link.id, 'merge')
        self.assertIn('StepUpNeeded', answer['error']['data']['name'])
        wizard = (
            self.env['base.partner.merge.automatic.wizard']
            .with_user(self.user)
            .with_context(active_model='res.partner', active_ids=(self.patient | twin).ids)
            .create({})
        )
        answer = self.call('base.partner.merge.automatic.wizard', 'action_merge', wizard.ids)
        self.assertEqual(answer['result']['res_model'], 'res.users.identitycheck')
        self.assertFalse((self.patient | twin).merged_into_id)
        self.login(uid=self.user.id)
        answer = self.call('healthcare.patient.link', 'review_decide', link.id, 'merge')
        merge = self.env['healthcare.patient.merge'].browse(answer['result']['merge_id'])
        self.assertTrue(merge)
        self.login()
        answer = self.call('healthcare.patient.merge', 'action_undo', merge.ids)
        self.assertEqual(answer['result']['res_model'], 'res.users.identitycheck')
        self.assertFalse(merge.undone_at)
