"""The keys of an installation: where they are, and what is done with them.

They come from a file, named by ``HEALTHCARE_KEYS_FILE`` or by ``healthcare_keys_file`` of
odoo.conf, or from ``HEALTHCARE_KEYS`` itself; never from the database, whose dump would then be
readable. The content is JSON::

    {"active": "2026a", "keys": {"2026a": "<32 bytes in base64>"}, "mac": "<32 bytes in base64>"}

What is sealed names the key it was sealed with. ``active`` seals what is written from now on, the
others open what they sealed, and the index of numbers has a key derived from each of them.

``mac`` signs the audit trail and certificates. What it signed is there for years, so a key that no
longer signs stays to verify, but only what is not later than the moment it was replaced::

    "mac": {"active": "2027a", "keys": {"mac": "<32 bytes>", "2027a": "<32 bytes>"},
            "until": {"mac": "2027-01-04T09:00:00"}}
"""

import base64
import binascii
import hmac
import json
import os
import re
import stat
import threading
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .envelope import KEY_BYTES, VERSION, Broken, Envelope, derive, digest, to_bytes, to_text

FILE_VARIABLE = 'HEALTHCARE_KEYS_FILE'
FILE_OPTION = 'healthcare_keys_file'
CONTENT_VARIABLE = 'HEALTHCARE_KEYS'
#: id of a key to sign with that has none
MAC = 'mac'
#: bytes of a signature
MAC_BYTES = 32
#: servers read a changed file at once, but not in the same instant
SETTLING = timedelta(hours=1)
KEY_ID = re.compile(r'[A-Za-z0-9_-]{1,32}')
HELP = "docs/administrator/keys.md says how keys are made and kept."


class KeysMissing(Exception):
    """There are no keys to work with; the message says why, and what to do."""


class Unreadable(Exception):
    """A sealed value cannot be opened: its key is not in the ring, or it was altered.

    :ivar key_id: the key that sealed it, or ``''`` where the value is no sealed one at all
    """

    def __init__(self, key_id):
        super().__init__(
            f"What was encrypted with the key “{key_id}” cannot be read: the key is missing, or "
            "the data was altered."
        )
        self.key_id = key_id


class KeyRing:
    """The keys, by id.

    :param str active: id of the key that seals
    :param dict keys: ``{id: 32 bytes}``
    :param mac: what signatures are made with: 32 bytes, or a :class:`Signing`
    """

    def __init__(self, active, keys, mac):
        self.active = active
        self._signing = mac if isinstance(mac, Signing) else Signing(MAC, {MAC: mac})
        self._envelopes = {id_: Envelope(derive(key, 'seal')) for id_, key in keys.items()}
        self._index_keys = {id_: derive(key, 'index') for id_, key in keys.items()}
        self._checks = {
            **{id_: digest(derive(key, 'check'), id_, b'').hex() for id_, key in keys.items()},
            **{
                _signer(id_): digest(derive(key, 'check'), 'mac', b'').hex()
                for id_, key in self._signing.keys.items()
            },
        }
        self._backup_keys = {id_: derive(key, 'backup') for id_, key in keys.items()}
        self._mac_keys = {}

    @property
    def key_ids(self):
        """The ids of all keys, the active one first."""
        return sorted(self._envelopes, key=lambda id_: (id_ != self.active, id_))

    @property
    def signer(self):
        """What the key that signs is called in :attr:`checks`."""
        return _signer(self._signing.active)

    @property
    def signers(self):
        """What all keys are called that sign, or signed."""
        return [_signer(id_) for id_ in self._signing.keys]

    @property
    def checks(self):
        """``{id: digest}``, by which a database tells its keys without knowing them."""
        return dict(self._checks)

    def seal(self, plain: bytes, context: str) -> str:
        """Encrypt ``plain``, to be opened in the same context only.

        :param context: where it is kept: ``model|field|id``
        :return: ``v1.<key id>.<nonce and content>``
        """
        sealed = self._envelopes[self.active].seal(plain, context)
        return f'{VERSION}.{self.active}.{to_text(sealed)}'

    def unseal(self, token: str, context: str) -> bytes:
        """
        :raise Unreadable: the key is not in the ring, the context is another one, or the value
            was altered
        """
        key_id, body = self._split(token)
        try:
            return self._envelopes[key_id].unseal(to_bytes(body), context)
        except (KeyError, Broken) as error:
            raise Unreadable(key_id) from error

    def seal_file(self, plain: bytes, context: str) -> bytes:
        """Encrypt the content of a file, without the third that text would add to it."""
        sealed = self._envelopes[self.active].seal(plain, context)
        return f'{VERSION}.{self.active}.'.encode('ascii') + sealed

    def unseal_file(self, sealed: bytes, context: str) -> bytes:
        """
        :raise Unreadable: see :meth:`unseal`
        """
        key_id = self.file_key_id(sealed)
        start = len(VERSION) + len(key_id) + 2
        try:
            return self._envelopes[key_id].unseal(sealed[start:], context)
        except (KeyError, Broken) as error:
            raise Unreadable(key_id) from error

    def key_id(self, token: str) -> str:
        """Return the id of the key that sealed a value."""
        return self._split(token)[0]

    def file_key_id(self, sealed: bytes) -> str:
        """Return the id of the key that sealed a file."""
        head = sealed[: len(VERSION) + 34].decode('ascii', 'replace')
        return self._split(head)[0]

    def index(self, value: str, context: str) -> str:
        """Return the blind index of a value: equal for equal values, and nothing else is told.

        :param context: ``model|field``
        """
        return self._index(self.active, value, context)

    def indexes(self, value: str, context: str) -> list[str]:
        """Return the index under each key, the active one first: all are in use while keys are
        rotated.
        """
        return [self._index(key_id, value, context) for key_id in self.key_ids]

    def mac(self, purpose: str, data: bytes) -> bytes:
        """Sign ``data``; a signature for one purpose is none for another."""
        return self._mac(self._signing.active, purpose, data)

    def verify(
        self,
        purpose: str,
        data: bytes,
        mac: bytes,
        at: datetime | None = None,
        size: int = MAC_BYTES,
    ) -> bool:
        """Tell whether ``data`` was signed, by the active key or by one that was it before.

        :param at: when ``data`` says that it was signed, in UTC; a key signs nothing after it was
            replaced
        :param size: bytes of the signature, where only its beginning is kept; one of another
            length is none
        """
        return len(mac) == size and any(
            hmac.compare_digest(self._mac(id_, purpose, data)[:size], mac)
            for id_ in self._signing.find(at)
        )

    def verify_hex(self, purpose: str, data: bytes, digits: str | None) -> bool:
        """Like :meth:`verify`, of a signature in hexadecimal digits, or of what somebody put in its
        place.
        """
        try:
            mac = bytes.fromhex(digits)
        except (TypeError, ValueError):
            return False
        return self.verify(purpose, data, mac)

    def tag(self, purpose: str, data: bytes) -> bytes:
        """Return what stands for ``data`` where it is compared: equal for equal data, whichever key
        signs.
        """
        return self._mac(next(iter(self._signing.keys)), purpose, data)

    def _mac(self, id_, purpose, data):
        key = self._mac_keys.get((id_, purpose))
        if key is None:
            key = derive(self._signing.keys[id_], f'mac {purpose}')
            self._mac_keys[id_, purpose] = key
        return digest(key, purpose, data)

    def backup_key(self, key_id: str) -> bytes:
        """Return the key of backups made while ``key_id`` was the active key.

        Whoever keeps a key for what it sealed can open the backups of its time as well.

        :raise Unreadable: the key is not in the ring
        """
        try:
            return self._backup_keys[key_id]
        except KeyError as error:
            raise Unreadable(key_id) from error

    def _index(self, key_id, value, context):
        return f'{key_id}.' + to_text(digest(self._index_keys[key_id], context, value.encode()))

    @staticmethod
    def _split(token):
        version, _dot, rest = token.partition('.')
        key_id, dot, body = rest.partition('.')
        if version != VERSION or not dot or not KEY_ID.fullmatch(key_id):
            raise Unreadable('')
        return key_id, body


def _signer(id_):
    # no key that seals has a name with a blank
    return MAC if id_ == MAC else f'{MAC} {id_}'


class Signing:
    """The keys that sign, by id, the oldest first.

    :param str active: id of the one that signs
    :param dict keys: ``{id: 32 bytes}``
    :param dict until: ``{id: when it was replaced}``, in UTC
    """

    def __init__(self, active, keys, until=None):
        self.active = active
        self.keys = keys
        self._until = until or {}

    def find(self, at=None):
        """Return the ids of the keys that may have signed at a moment, the active one first."""
        others = [
            id_
            for id_ in self.keys
            if id_ != self.active
            and (at is None or id_ not in self._until or at <= self._until[id_] + SETTLING)
        ]
        return [self.active, *others]


def parse(content, source):
    """Return the key ring that a JSON text describes.

    :param str source: where the text is from, for the message
    :raise KeysMissing: it describes none
    """
    try:
        told = json.loads(content)
    except ValueError as error:
        raise KeysMissing(f"{source} is not JSON ({error}). {HELP}") from error
    if not isinstance(told, dict) or not isinstance(told.get('keys'), dict) or not told['keys']:
        raise KeysMissing(f"{source} has no “keys”. {HELP}")
    keys = {}
    for id_, text in told['keys'].items():
        if not KEY_ID.fullmatch(id_) or id_ == 'mac':
            raise KeysMissing(
                f"{source}: “{id_}” is no id of a key: up to 32 letters, digits, - and _. {HELP}"
            )
        keys[id_] = _secret(text, f"{source}: the key “{id_}”")
    if not isinstance(told.get('active'), str) or told['active'] not in keys:
        raise KeysMissing(f"{source}: “active” must name one of the keys. {HELP}")
    return KeyRing(told['active'], keys, _parse_signing(told.get('mac'), source))


def _parse_signing(told, source):
    if not isinstance(told, dict):
        return _secret(told, f"{source}: “mac”")
    with suppress(KeyError, AttributeError, TypeError, ValueError):
        keys = {
            id_: _secret(text, f"{source}: the key “{id_}” of “mac”")
            for id_, text in told['keys'].items()
            if KEY_ID.fullmatch(id_)
        }
        until = {
            id_: datetime.fromisoformat(moment) for id_, moment in told.get('until', {}).items()
        }
        if len(keys) == len(told['keys']) and told['active'] in keys:
            return Signing(told['active'], keys, until)
    raise KeysMissing(f"{source}: “mac” must name its keys, and one of them as active. {HELP}")


def _secret(text, what):
    try:
        secret = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        secret = b''
    if len(secret) != KEY_BYTES or len(set(secret)) == 1:
        raise KeysMissing(f"{what} must be {KEY_BYTES} random bytes in base64. {HELP}")
    return secret


def read(path):
    """Return the key ring of a file.

    :raise KeysMissing: it cannot be read, or others than its owner and group can
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if mode & stat.S_IRWXO or mode & stat.S_IWGRP:
            raise KeysMissing(
                f"The key file {path} can be read or changed by others on this machine "
                f"({stat.filemode(mode)}). Run: chmod 600 {path}"
            )
        content = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, 'strerror', None) or "not a text"
        raise KeysMissing(f"The key file {path} cannot be read ({reason}). {HELP}") from error
    return parse(content, f"The key file {path}")


def make(key_id, told=None):
    """Return the JSON of a new key, or of ``told`` with one key more, which becomes the active
    one.
    """
    told = told or {'mac': _random()}
    if key_id in told.get('keys', {}):
        raise ValueError(f"there is a key “{key_id}” already")
    keys = {**told.get('keys', {}), key_id: _random()}
    return json.dumps({**told, 'active': key_id, 'keys': keys}, indent=4) + '\n'


def make_signing(key_id, told, now=None):
    """Return the JSON of ``told`` with one more key to sign with, which signs from now on."""
    now = (now or datetime.now(timezone.utc)).replace(tzinfo=None, microsecond=0)
    mac = told['mac']
    if not isinstance(mac, dict):
        mac = {'active': MAC, 'keys': {MAC: mac}}
    if key_id in mac['keys']:
        raise ValueError(f"there is a key “{key_id}” already")
    mac = {
        'active': key_id,
        'keys': {**mac['keys'], key_id: _random()},
        'until': {**mac.get('until', {}), mac['active']: now.isoformat()},
    }
    return json.dumps({**told, 'mac': mac}, indent=4) + '\n'


def _random():
    return base64.b64encode(os.urandom(KEY_BYTES)).decode('ascii')


_lock = threading.Lock()
_read = {}  # the ring and what it was read from, so that a changed file is read again


def get():
    """Return the key ring of this installation, read again when its file changes.

    :rtype: KeyRing
    :raise KeysMissing: there is none
    """
    path = _configured_file()
    try:
        status = os.stat(path) if path else None
        source = (path, status and (status.st_mtime_ns, status.st_ino, status.st_mode))
    except OSError:
        source = (path, None)
    if not path:
        source = (None, os.environ.get(CONTENT_VARIABLE))
    if _read.get('source') == source:
        return _read['ring']
    with _lock:
        if path:
            ring = read(path)
        elif source[1]:
            ring = parse(source[1], CONTENT_VARIABLE)
        else:
            raise KeysMissing(
                "There are no keys to encrypt patients' data with: name the key file in the "
                f"environment as {FILE_VARIABLE} or in odoo.conf as {FILE_OPTION}. {HELP}"
            )
        _read.update(ring=ring, source=source)
    return ring


def _configured_file():
    path = os.environ.get(FILE_VARIABLE)
    if not path:
        # not at the top: the ring works without Odoo
        from odoo.tools import config  # noqa: PLC0415

        path = config.get(FILE_OPTION)
    return path or None
