# Part of Healthcare CRM for Odoo. License LGPL-3.
"""A server without the right keys does not start, and says why. In processes of their own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import config, mute_logger

from ..crypto import keyring
from ..hooks import pre_init_hook


@tagged('post_install', '-at_install')
class TestKeyStart(TransactionCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def _write(self, content, mode=0o600):
        path = self.folder / 'keys.json'
        path.write_text(content, encoding='utf-8')
        path.chmod(mode)
        return str(path)

    def _start(self, path):
        """Start a server that stops once it is up; return ``(exit code, what it said)``."""
        env = {
            name: value for name, value in os.environ.items() if not name.startswith('HEALTHCARE')
        }
        if path:
            env[keyring.FILE_VARIABLE] = path
        command = [sys.executable, '-m', 'odoo', '-d', self.env.cr.dbname]
        command += ['--no-http', '--max-cron-threads=0', '--stop-after-init']
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=240, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def test_it_starts_with_the_right_keys(self):
        code, said = self._start(os.environ[keyring.FILE_VARIABLE])
        self.assertEqual(code, 0, said)
        self.assertNotIn('does not start', said)

    def _assert_refused(self, path, *words):
        code, said = self._start(path)
        self.assertNotEqual(code, 0, said)
        self.assertIn("Healthcare CRM does not start", said)
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn('Traceback', said)

    def test_it_does_not_start_without_keys(self):
        self._assert_refused(None, keyring.FILE_VARIABLE, keyring.FILE_OPTION)

    def test_it_does_not_start_with_a_file_open_to_others(self):
        content = Path(os.environ[keyring.FILE_VARIABLE]).read_text(encoding='utf-8')
        self._assert_refused(self._write(content, 0o644), 'chmod 600')

    def test_it_does_not_start_with_other_keys(self):
        own = keyring.get().active
        path = self._write(keyring.make(own))
        self._assert_refused(path, self.env.cr.dbname, f'“{own}” is another key')

    def test_keys_are_compared(self):
        key = self.env['healthcare.key']
        own = keyring.get()
        stranger = keyring.parse(keyring.make('stranger'), 'it')
        with (
            patch.object(keyring, 'get', return_value=stranger),
            self.assertRaisesRegex(keyring.KeysMissing, f'“{own.active}” is missing'),
        ):
            key._meet_keys()
        # a retired key may leave the file
        key.search([('name', '=', own.active)]).retired_at = '2026-01-01'
        self.env.flush_all()
        kept = keyring.KeyRing('next', {'next': bytes(range(32))}, own._signing)
        with patch.object(keyring, 'get', return_value=kept):
            key._meet_keys()
            self.assertTrue(key.search([('name', '=', 'next')]))

    def test_a_server_that_runs_refuses_the_database_alone(self):
        key = self.env['healthcare.key']
        missing = keyring.KeysMissing("There are no keys")
        log = 'odoo.addons.healthcare_crm.models.healthcare_key'
        with (
            patch.object(keyring, 'get', side_effect=missing),
            patch.dict(config._runtime_options, {'db_name': []}),
            mute_logger(log),
            self.assertRaises(keyring.KeysMissing),
        ):
            key._register_hook()

    def test_it_is_not_installed_without_keys(self):
        missing = keyring.KeysMissing("There are no keys")
        with (
            patch.object(keyring, 'get', side_effect=missing),
            self.assertRaisesRegex(UserError, "needs keys.*There are no keys"),
        ):
            pre_init_hook(self.env)
        pre_init_hook(self.env)
