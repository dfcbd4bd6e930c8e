# Part of Healthcare CRM for Odoo. License LGPL-3.
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import config

from odoo.addons.healthcare_crm.backup import record
from odoo.addons.healthcare_crm.crypto import keyring
from odoo.addons.healthcare_crm.models import healthcare_security_check as checks


class Asked:
    """A request as it came in."""

    def __init__(self, scheme='https', host='crm.example', **headers):
        self.httprequest = self
        self.scheme, self.host, self.headers = scheme, host, headers


@tagged('post_install', '-at_install')
class TestSecurityCheck(TransactionCase):
    """Each thing that can be unsafe is said to be, when it is, and not when it is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.check = cls.env['healthcare.security.check'].sudo()
        cls.set_param = cls.env['ir.config_parameter'].set_param

    def assert_status(self, name, status):
        finding = getattr(self.check, f'_find_{name}')()
        self.assertEqual(finding.status, status, finding)
        self.assertTrue(finding.title and finding.text)
        self.assertEqual(bool(finding.advice), status != 'success', finding)

    def configured(self, **options):
        return patch.dict(config.options, options)

    def asked(self, *args, **kwargs):
        return patch.object(checks, 'request', Asked(*args, **kwargs))

    def test_who_sees_it(self):
        for role, allowed in (
            ('clinic_administrator', True),
            ('privacy_officer', True),
            ('nurse', False),
            ('marketing', False),
        ):
            user = new_test_user(self.env, f'check_{role}', groups=f'healthcare_crm.group_{role}')
            mine = self.env['healthcare.security.check'].with_user(user)
            with self.subTest(role=role):
                if allowed:
                    found = mine.get_findings()
                    order = [checks.STATUSES.index(finding['status']) for finding in found]
                    self.assertEqual(order, sorted(order))
                    self.assertEqual(len({finding['code'] for finding in found}), len(found))
                else:
                    with self.assertRaises(AccessError):
                        mine.get_findings()

    def test_demo_data(self):
        modules = self.env['ir.module.module'].search([('name', '=like', 'healthcare_crm%')])
        demo = self.env['ir.model.data'].search(
            [('model', '=', 'res.partner'), ('module', '=like', 'healthcare_crm%')]
        )
        patients = self.env['res.partner'].search([('is_patient', '=', True)])
        patients.filtered(lambda patient: patient.id not in demo.mapped('res_id')).write(
            {'is_patient': False}
        )
        modules.demo = True
        self.assert_status('demo_data', 'warning')
        self.env['res.partner'].create({'name': "Real", 'is_patient': True})
        self.assert_status('demo_data', 'danger')
        modules.demo = False
        self.assert_status('demo_data', 'success')

    def test_known_passwords(self):
        users = self.env['res.users'].search([('login', 'in', checks.KNOWN_LOGINS)])
        for user in users:
            user.password = 'a rather long one'
        self.env.flush_all()
        self.assert_status('known_passwords', 'success')
        user = users[:1] or new_test_user(self.env, 'demo')
        user.password = user.login
        self.env.flush_all()
        self.assert_status('known_passwords', 'danger')

    def test_keys(self):
        with patch.object(keyring, 'get', side_effect=keyring.KeysMissing("none")):
            self.assert_status('keys', 'danger')
        with patch.object(keyring, 'get'):
            self.assert_status('keys', 'success')

    def recorded(self, **days):
        """Let things have been done so many days ago; those that failed are negative."""
        now = datetime.now(timezone.utc)
        told = [
            {
                'kind': kind,
                'at': now - timedelta(days=abs(ago)),
                'error': '' if ago > 0 else "broken",
            }
            for kind, agos in days.items()
            for ago in agos
        ]
        return patch.object(record, 'read', lambda _dbname: told)

    def test_backup(self):
        for days, status in (
            ([], 'danger'),
            ([0.9], 'success'),
            ([30, 0.9], 'success'),
            ([1.1], 'danger'),
            ([-0.9], 'danger'),
            ([0.9, -0.5], 'danger'),
        ):
            with self.subTest(days=days), self.recorded(backup=days, test=[0.1]):
                self.assert_status('backup', status)
        with self.recorded(backup=[0.9, -0.5]):
            self.assertIn("broken", self.check._find_backup().text)
        with self.recorded(test=[0.1], restore=[0.1]):
            self.assert_status('backup', 'danger')
        with self.recorded(backup=[1.9]):
            self.set_param('healthcare_crm.backup_days', '2')
            self.assert_status('backup', 'success')
            self.set_param('healthcare_crm.backup_days', 'two')
            self.assert_status('backup', 'danger')

    def test_backup_with_files_missing(self):
        with self.recorded(backup=[0.5]):
            record.read('')[0]['unwell'] = 3
            self.assert_status('backup', 'danger')
            self.assertIn("3", self.check._find_backup().text)

    def test_restore_test(self):
        for days, status in (
            ([], 'danger'),
            ([29], 'success'),
            ([31], 'danger'),
            ([-29], 'danger'),
            ([29, -28], 'danger'),
            ([31, 29], 'success'),
        ):
            for kind in ('test', 'restore'):
                with self.subTest(days=days, kind=kind), self.recorded(**{kind: days}):
                    self.assert_status('restore_test', status)
        with self.recorded(backup=[0.1]):
            self.assert_status('restore_test', 'danger')
        with self.recorded(test=[40]):
            self.set_param('healthcare_crm.restore_test_days', '60')
            self.assert_status('restore_test', 'success')

    def test_two_factor(self):
        self.set_param('healthcare_crm.two_factor', 'off')
        self.assert_status('two_factor', 'danger')
        self.set_param('healthcare_crm.two_factor', False)
        self.assert_status('two_factor', 'success')
        self.env.ref('healthcare_crm.group_clinical').two_factor_required = False
        self.assert_status('two_factor', 'danger')

    def test_screen_lock(self):
        group = self.env.ref('healthcare_crm.group_healthcare_user')
        self.assert_status('screen_lock', 'success')
        group.lock_timeout_inactivity = 60
        self.assert_status('screen_lock', 'warning')
        group.lock_timeout_inactivity = 0
        self.assert_status('screen_lock', 'danger')

    def test_database_manager(self):
        with patch.object(type(config), 'verify_admin_password', lambda self, word: True):
            self.assert_status('database_manager', 'danger')
        with patch.object(type(config), 'verify_admin_password', lambda self, word: False):
            for list_db, status in ((True, 'danger'), (False, 'success')):
                with self.configured(list_db=list_db):
                    self.assert_status('database_manager', status)

    def test_transport(self):
        self.set_param('web.base.url', 'https://crm.example')
        for scheme, host, status in (
            ('https', 'crm.example', 'success'),
            ('http', 'crm.example', 'danger'),
            ('http', 'localhost:8069', 'warning'),
            ('http', '127.0.0.1', 'warning'),
        ):
            with self.subTest(host=host), self.asked(scheme, host):
                self.assert_status('transport', status)
        self.set_param('web.base.url', 'http://crm.example')
        with self.asked():
            self.assert_status('transport', 'warning')

    def test_proxy(self):
        forwarded = {'X-Forwarded-For': '203.0.113.1'}
        for proxy_mode, headers, status in (
            (True, {}, 'danger'),
            (True, forwarded, 'success'),
            (False, forwarded, 'warning'),
            (False, {}, 'success'),
        ):
            with self.configured(proxy_mode=proxy_mode), self.asked(**headers):
                self.assert_status('proxy', status)

    def test_workers(self):
        for workers, dev_mode, status in (
            (4, [], 'success'),
            (0, [], 'warning'),
            (4, ['all'], 'danger'),
        ):
            with self.configured(workers=workers, dev_mode=dev_mode):
                self.assert_status('workers', status)

    def test_logging(self):
        for level, handler, log_db, status in (
            ('info', [':INFO'], '', 'success'),
            ('debug', [':INFO'], '', 'danger'),
            ('debug_sql', [':INFO'], '', 'danger'),
            ('info', ['odoo.sql_db:DEBUG'], '', 'danger'),
            ('info', [':INFO'], 'log', 'danger'),
        ):
            with self.configured(log_level=level, log_handler=handler, log_db=log_db):
                self.assert_status('logging', status)

    def test_mail_servers(self):
        servers = self.env['ir.mail_server']
        servers.search([]).active = False
        with self.configured(smtp_server='mail.example', smtp_ssl=False):
            self.assert_status('mail_servers', 'warning')
        with self.configured(smtp_server='mail.example', smtp_ssl=True):
            self.assert_status('mail_servers', 'success')
        server = servers.create(
            {'name': "Mail", 'smtp_host': 'mail.example', 'smtp_encryption': 'starttls'}
        )
        self.assert_status('mail_servers', 'success')
        server.smtp_encryption = 'none'
        self.assert_status('mail_servers', 'warning')

    def test_powerful_users(self):
        system = self.env.ref('base.group_system')
        self.assert_status('powerful_users', 'success')
        writer = new_test_user(
            self.env, 'check_writer', groups='base.group_user,mail.group_mail_template_editor'
        )
        self.assert_status('powerful_users', 'danger')
        writer.active = False
        for number in range(checks.MOST_ADMINISTRATORS):
            new_test_user(self.env, f'check_system_{number}', groups='base.group_system')
        self.assertGreater(len(system.all_user_ids), checks.MOST_ADMINISTRATORS)
        self.assert_status('powerful_users', 'warning')

    def test_blocked_logins(self):
        throttle = self.env['healthcare.login.throttle'].sudo()
        throttle.search([]).unlink()
        self.assert_status('blocked_logins', 'success')
        throttle.create(
            {
                'key': 'x',
                'failures': 9,
                'last_at': '2030-01-01',
                'blocked_until': '2999-01-01',
            }
        )
        self.assert_status('blocked_logins', 'warning')

    def test_outgoing(self):
        self.set_param('healthcare_crm.outgoing_allowed', False)
        self.assert_status('outgoing', 'success')
        self.set_param('healthcare_crm.outgoing_allowed', '10.0.0.5')
        self.assert_status('outgoing', 'warning')
