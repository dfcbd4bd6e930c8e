# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Keys, envelope and blind index: no database."""

import base64
import json
import os
import stat
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.crypto import envelope, keyring

KEYS = {'old': bytes(range(32)), 'new': bytes(range(1, 33))}
MAC = bytes(range(2, 34))
CONTEXT = 'healthcare.condition|note|7'


def ring(active='new', ids=('old', 'new')):
    return keyring.KeyRing(active, {id_: KEYS[id_] for id_ in ids}, MAC)


def told(**changes):
    spelled = {id_: base64.b64encode(key).decode() for id_, key in KEYS.items()}
    return {'active': 'new', 'keys': spelled, 'mac': base64.b64encode(MAC).decode(), **changes}


@given(st.binary(max_size=200), st.text(max_size=40))
def test_what_was_sealed_is_read_in_its_context(plain, context):
    assert ring().unseal(ring().seal(plain, context), context) == plain
    assert ring().unseal_file(ring().seal_file(plain, context), context) == plain


@given(st.binary(min_size=8, max_size=100))
def test_the_sealed_value_shows_nothing_and_never_repeats(plain):
    token = ring().seal(plain, CONTEXT)
    assert plain not in envelope.to_bytes(token.split('.')[2])
    assert plain not in ring().seal_file(plain, CONTEXT)
    assert token != ring().seal(plain, CONTEXT)


@given(st.binary(max_size=40), st.data())
def test_any_flipped_bit_is_found(plain, data):
    sealed = ring().seal_file(plain, CONTEXT)
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    altered = bytearray(sealed)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(keyring.Unreadable):
        ring().unseal_file(bytes(altered), CONTEXT)


@given(st.binary(max_size=40), st.data())
def test_any_other_character_is_found(plain, data):
    token = ring().seal(plain, CONTEXT)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[place]))
    with pytest.raises(keyring.Unreadable):
        ring().unseal(token[:place] + other + token[place + 1 :], CONTEXT)


@given(st.binary(max_size=40), st.data())
def test_a_shortened_or_lengthened_value_is_found(plain, data):
    token = ring().seal(plain, CONTEXT)
    cut = token[: data.draw(st.integers(0, len(token) - 1))]
    for wrong in (cut, token + data.draw(st.text(min_size=1, max_size=3))):
        with pytest.raises(keyring.Unreadable):
            ring().unseal(wrong, CONTEXT)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_value_moved_elsewhere_is_not_read(context, other):
    token = ring().seal(b'A123456789', context)
    if context != other:
        with pytest.raises(keyring.Unreadable):
            ring().unseal(token, other)


def test_another_key_under_the_same_id_reads_nothing():
    token = ring().seal(b'A123456789', CONTEXT)
    stranger = keyring.KeyRing('new', {'new': bytes(range(9, 41))}, MAC)
    with pytest.raises(keyring.Unreadable):
        stranger.unseal(token, CONTEXT)


def test_a_key_that_is_gone_is_named():
    token = ring('old').seal(b'A123456789', CONTEXT)
    assert ring().key_id(token) == 'old'
    with pytest.raises(keyring.Unreadable, match='“old”') as caught:
        ring(ids=('new',)).unseal(token, CONTEXT)
    assert caught.value.key_id == 'old'


@given(st.text(max_size=60))
def test_a_text_that_was_never_sealed_is_no_sealed_value(text):
    with pytest.raises(keyring.Unreadable):
        ring().unseal(text, CONTEXT)
    with pytest.raises(keyring.Unreadable):
        ring().unseal_file(text.encode(), CONTEXT)


def test_the_active_key_seals_and_the_others_still_read():
    token = ring('old').seal(b'A123456789', CONTEXT)
    assert ring('new').unseal(token, CONTEXT) == b'A123456789'
    assert ring('new').key_id(ring('new').seal(b'', CONTEXT)) == 'new'


@given(st.text(max_size=20), st.text(max_size=20))
def test_equal_numbers_have_equal_indexes_and_others_have_not(first, second):
    indexes = [ring().index(value, 'a|value') for value in (first, second)]
    assert (indexes[0] == indexes[1]) == (first == second)
    assert ring().index(first, 'b|value') != indexes[0]


def test_a_number_is_found_under_every_key_while_keys_change():
    number = 'A123456789'
    assert ring('old').index(number, 'a|value') in ring('new').indexes(number, 'a|value')
    assert ring('new').indexes(number, 'a|value')[0] == ring('new').index(number, 'a|value')
    assert number not in ring().index(number, 'a|value')


@given(st.text(max_size=20), st.binary(max_size=20), st.text(max_size=20), st.binary(max_size=20))
def test_a_signature_is_for_one_purpose_and_one_content(purpose, data, other, changed):
    same = ring().mac(purpose, data) == ring('old').mac(other, changed)
    assert same == ((purpose, data) == (other, changed))


def test_keys_for_different_uses_have_nothing_in_common():
    derived = {envelope.derive(KEYS['new'], use) for use in ('seal', 'index', 'check')}
    assert len(derived) == 3
    assert KEYS['new'] not in derived


def test_checks_tell_keys_apart_without_telling_them():
    assert set(ring().checks) == {'old', 'new', 'mac'}
    other = keyring.KeyRing('new', {'new': KEYS['old']}, MAC)
    assert other.checks['new'] != ring().checks['new']
    assert other.checks['mac'] == ring().checks['mac']


@pytest.mark.parametrize(
    'content, word',
    [
        ('', 'not JSON'),
        ('{"active": "new"', 'not JSON'),
        ('[]', 'no “keys”'),
        (json.dumps(told(keys={})), 'no “keys”'),
        (json.dumps(told(active='newer')), '“active”'),
        (json.dumps(told(active=None)), '“active”'),
        (json.dumps(told(active=['new'])), '“active”'),
        (json.dumps(told(mac=None)), '“mac”'),
        (json.dumps(told(keys={'new': 'short'})), 'the key “new”'),
        (json.dumps(told(keys={'new': 7})), 'the key “new”'),
        (json.dumps(told(keys={'new': base64.b64encode(bytes(32)).decode()})), 'random bytes'),
        (json.dumps(told(keys={'a.b': told()['keys']['new']}, active='a.b')), 'no id of a key'),
        (json.dumps(told(keys={'mac': told()['keys']['new']}, active='mac')), 'no id of a key'),
    ],
)
def test_a_broken_file_is_said_to_be_broken(content, word):
    with pytest.raises(keyring.KeysMissing, match=word) as caught:
        keyring.parse(content, 'The key file x')
    assert 'The key file x' in str(caught.value)
    assert told()['keys']['new'] not in str(caught.value)


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    path = tmp_path / 'keys.json'
    path.write_text(json.dumps(told()), encoding='utf-8')
    path.chmod(0o600)
    monkeypatch.setenv(keyring.FILE_VARIABLE, str(path))
    monkeypatch.delenv(keyring.CONTENT_VARIABLE, raising=False)
    with patch.dict(keyring._read, clear=True):
        yield path


def test_the_ring_is_read_once_and_again_when_the_file_changes(key_file):
    first = keyring.get()
    assert keyring.get() is first
    key_file.write_text(json.dumps(told(active='old')), encoding='utf-8')
    os.utime(key_file, ns=(1, 1))
    assert keyring.get().active == 'old'


@pytest.mark.parametrize('mode', [0o604, 0o606, 0o644, 0o620, 0o601])
def test_a_file_open_to_others_is_refused(key_file, mode):
    assert keyring.get()
    key_file.chmod(mode)
    with pytest.raises(keyring.KeysMissing, match='chmod 600'):
        keyring.get()


@pytest.mark.parametrize('mode', [0o400, 0o600, 0o440, 0o640])
def test_a_file_for_odoo_alone_is_read(key_file, mode):
    key_file.chmod(mode)
    assert stat.S_IMODE(key_file.stat().st_mode) == mode
    assert keyring.get().active == 'new'


def test_a_file_that_is_gone_or_a_folder_or_no_text_is_said_to_be(key_file):
    key_file.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(keyring.KeysMissing, match='not a text'):
        keyring.get()
    key_file.unlink()
    with pytest.raises(keyring.KeysMissing, match='No such file'):
        keyring.get()
    key_file.mkdir(0o700)
    with pytest.raises(keyring.KeysMissing, match='Is a directory'):
        keyring.get()


def test_an_unreadable_file_is_said_to_be(key_file):
    with (
        patch('pathlib.Path.read_text', side_effect=PermissionError(13, 'Permission denied')),
        pytest.raises(keyring.KeysMissing, match='Permission denied'),
    ):
        keyring.get()


def test_keys_may_be_in_the_environment(key_file, monkeypatch):
    monkeypatch.delenv(keyring.FILE_VARIABLE)
    monkeypatch.setenv(keyring.CONTENT_VARIABLE, json.dumps(told(active='old')))
    assert keyring.get().active == 'old'
    monkeypatch.setenv(keyring.CONTENT_VARIABLE, '{}')
    with pytest.raises(keyring.KeysMissing, match=keyring.CONTENT_VARIABLE):
        keyring.get()


def test_without_keys_the_names_of_the_settings_are_said(key_file, monkeypatch):
    monkeypatch.delenv(keyring.FILE_VARIABLE)
    with pytest.raises(keyring.KeysMissing, match=f'{keyring.FILE_VARIABLE}.*keys_file'):
        keyring.get()


def test_odoo_conf_may_name_the_file(key_file, monkeypatch):
    from odoo.tools import config

    monkeypatch.delenv(keyring.FILE_VARIABLE)
    with patch.dict(config._runtime_options, {keyring.FILE_OPTION: str(key_file)}):
        assert keyring.get().active == 'new'


def test_a_new_key_becomes_the_active_one_and_the_old_ones_stay():
    first = keyring.make('2026a')
    second = keyring.make('2026b', json.loads(first))
    rings = [keyring.parse(content, 'it') for content in (first, second)]
    assert [ring.active for ring in rings] == ['2026a', '2026b']
    assert rings[1].unseal(rings[0].seal(b'x', 'c'), 'c') == b'x'
    assert rings[0].checks['mac'] == rings[1].checks['mac']
    with pytest.raises(ValueError, match='2026b'):
        keyring.make('2026b', json.loads(second))


# ------------------------------------------------------------ keys that sign


REPLACED = datetime(2027, 1, 4, 9)
LATER_MAC = bytes(range(5, 37))


def signing(active='2027a', until=REPLACED):
    keys = {'mac': MAC, '2027a': LATER_MAC}
    return keyring.KeyRing('new', KEYS, keyring.Signing(active, keys, until and {'mac': until}))


def test_another_key_signs_and_the_former_one_verifies():
    before, after = keyring.KeyRing('new', KEYS, MAC), signing()
    older, newer = before.mac('audit', b'look'), after.mac('audit', b'look')
    assert older != newer
    assert after.verify('audit', b'look', older) and after.verify('audit', b'look', newer)
    assert before.verify('audit', b'look', older) and not before.verify('audit', b'look', newer)
    assert not after.verify('audit', b'looks', older)
    assert not after.verify('audit.block', b'look', older)
    # what is compared stays equal
    assert before.tag('matching', b'A1') == after.tag('matching', b'A1') != after.mac('x', b'A1')


def test_what_is_not_the_whole_signature_is_none():
    mac = ring().mac('audit', b'look')
    assert ring().verify('audit', b'look', mac)
    for part in (b'', mac[:1], mac[:-1], mac + mac[:1], mac[:12]):
        assert not ring().verify('audit', b'look', part), part
    assert ring().verify('audit', b'look', mac[:12], size=12)
    assert not ring().verify('audit', b'look', b'', size=12)
    for digits in (None, False, '', 'z' * 64, mac.hex()[:62], mac.hex() + 'ab'):
        assert not ring().verify_hex('audit', b'look', digits), digits
    assert ring().verify_hex('audit', b'look', mac.hex())


def test_a_replaced_key_signs_nothing_any_more():
    leaked = keyring.KeyRing('new', KEYS, MAC).mac('audit', b'look')
    assert signing().verify('audit', b'look', leaked, REPLACED - timedelta(days=9))
    assert signing().verify('audit', b'look', leaked, REPLACED + timedelta(minutes=30))
    assert not signing().verify('audit', b'look', leaked, REPLACED + timedelta(hours=2))


def test_a_file_with_several_keys_that_sign():
    first = json.loads(keyring.make('2026a'))
    now = datetime(2027, 1, 4, 9, tzinfo=timezone.utc)
    second = keyring.make_signing('2027a', first, now)
    rings = [keyring.parse(json.dumps(first), 'x'), keyring.parse(second, 'x')]
    mac = rings[0].mac('audit', b'look')
    assert rings[1].verify('audit', b'look', mac, REPLACED)
    assert not rings[1].verify('audit', b'look', mac, REPLACED + timedelta(days=1))
    assert rings[0].signer == 'mac' and rings[1].signer == 'mac 2027a'
    assert rings[1].signers == ['mac', 'mac 2027a']
    assert rings[0].checks.items() < rings[1].checks.items()
    third = json.loads(keyring.make_signing('2028a', json.loads(second)))
    assert list(third['mac']['keys']) == ['mac', '2027a', '2028a']
    assert set(third['mac']['until']) == {'mac', '2027a'}
    with pytest.raises(ValueError, match='already'):
        keyring.make_signing('2027a', json.loads(second))


@pytest.mark.parametrize(
    'mac',
    [
        {},
        {'active': 'a', 'keys': {}},
        {'active': 'b', 'keys': {'a': base64.b64encode(MAC).decode()}},
        {'active': 'a b', 'keys': {'a b': base64.b64encode(MAC).decode()}},
        {'active': 'a', 'keys': {'a': 'short'}},
        {'active': 'a', 'keys': {'a': base64.b64encode(MAC).decode()}, 'until': {'a': 'soon'}},
        [],
        None,
    ],
)
def test_keys_that_sign_and_are_none(mac):
    with pytest.raises(keyring.KeysMissing):
        keyring.parse(json.dumps(told(mac=mac)), 'x')
