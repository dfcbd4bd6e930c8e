from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import pytest

from odoo.tests import TransactionCase, tagged
from odoo.tools import hash_sign

from odoo.addons.healthcare_crm import links
from odoo.addons.healthcare_crm.crypto import keyring


class Database:
    """What is asked of a database: until when old links count."""

    def __init__(self, until=None):
        self.until = until

    def __getitem__(self, _model):
        return self

    def get_param(self, _name):
        return self.until


@pytest.mark.parametrize('ends', [{}, {'expiration': datetime(2999, 1, 1)}])
def test_a_link_says_what_was_signed(ends):
    token = links.sign('scope', [1, 'ü'], **ends)
    assert links.read(Database(), 'scope', token) == [1, 'ü']
    assert links.read(Database(), 'other', token) is None


@pytest.mark.parametrize('place', range(0, 60, 3))
def test_a_changed_link_says_nothing(place):
    token = links.sign('scope', [1, 2])
    changed = token[:place] + ('A' if token[place] != 'A' else 'B') + token[place + 1 :]
    assert links.read(Database(), 'scope', changed) is None


@pytest.mark.parametrize(
    'token', [None, '', 'x', '\x00', 'é', 'A' * 9999, 'Ag', 'AgAA' * 10, '....', '%00']
)
def test_what_is_no_link_says_nothing(token):
    assert links.read(Database(str(2**40)), 'scope', token) is None


def test_a_link_ends():
    token = links.sign('scope', [1], expiration=datetime.fromtimestamp(1000))
    assert links.read(Database(), 'scope', token) is None
    assert links.read(Database(), 'scope', links.sign('scope', [1], expiration_hours=-1)) is None


@tagged('post_install', '-at_install')
class TestOldLinks(TransactionCase):
    def old(self, hours=1):
        return hash_sign(self.env(su=True), 'scope', [7], expiration_hours=hours)

    def test_signed_by_the_database_they_count_no_more(self):
        """Whoever holds a copy of the database has its secret."""
        self.assertIsNone(links.read(self.env, 'scope', self.old()))

    def test_after_an_update_they_count_until_they_end(self):
        old = self.old()
        set_param = self.env['ir.config_parameter'].set_param
        now = datetime.now()
        set_param(links.OLD_UNTIL, str(int((now + timedelta(days=1)).timestamp())))
        self.assertEqual(links.read(self.env, 'scope', old), [7])
        self.assertIsNone(links.read(self.env, 'other', old))
        self.assertIsNone(links.read(self.env, 'scope', self.old(-1)))
        self.assertIsNone(links.read(self.env, 'scope', old[:-3]))
        set_param(links.OLD_UNTIL, str(int((now - timedelta(days=1)).timestamp())))
        self.assertIsNone(links.read(self.env, 'scope', old))

    def test_the_database_alone_forges_none(self):
        token = links.sign('scope', [7])
        with self.signing(active='other', keys={'other': bytes(range(32))}):
            self.assertIsNone(links.read(self.env, 'scope', token))

    def signing(self, **keys):
        """Work with other keys that sign."""
        ring = keyring.KeyRing('a', {'a': bytes(range(32))}, keyring.Signing(**keys))
        return patch.object(keyring, 'get', return_value=ring)

    def test_another_key_signs(self):
        former, both = {'mac': bytes(range(1, 33))}, {'mac': bytes(range(1, 33))}
        both['later'] = bytes(range(2, 34))
        with self.signing(active='mac', keys=former):
            token = links.sign('scope', [7])
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        for days, said in ((29, [7]), (31, None)):
            until = {'mac': now - timedelta(days=days)}
            with self.signing(active='later', keys=both, until=until):
                self.assertEqual(links.read(self.env, 'scope', token), said)
                self.assertEqual(links.read(self.env, 'scope', links.sign('scope', [8])), [8])

    def test_another_key_file_forges_none(self):
        other = keyring.parse(keyring.make('other'), "a test")
        with patch.object(keyring, 'get', lambda: other):
            token = links.sign('scope', [7])
            self.assertEqual(links.read(self.env, 'scope', token), [7])
        self.assertIsNone(links.read(self.env, 'scope', token))
