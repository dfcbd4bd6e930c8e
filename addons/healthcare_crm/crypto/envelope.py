"""One value under one key: AES-256-GCM, HMAC-SHA256, and keys derived for one use each."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = 'v1'
KEY_BYTES = 32
NONCE_BYTES = 12


class Broken(Exception):
    """A sealed value that this key and this context do not open, or that was altered."""


def derive(key: bytes, use: str) -> bytes:
    """Return the key for one use; from it neither ``key`` nor that of another use follows."""
    hkdf = HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f'healthcare_crm {use}'.encode())
    return hkdf.derive(key)


def digest(key: bytes, context: str, data: bytes) -> bytes:
    """Return a keyed digest; the length of the context keeps it apart from the data."""
    spelled = context.encode()
    return hmac.digest(key, len(spelled).to_bytes(4, 'big') + spelled + data, hashlib.sha256)


class Envelope:
    """Seals and opens under one key."""

    def __init__(self, key: bytes):
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """
        :raise Broken: another key, another context, or another content than was sealed
        """
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise Broken from error


def to_text(data: bytes) -> str:
    """Spell bytes in letters that a column, an address and a dump take as they are."""
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode('ascii')


def to_bytes(text: str) -> bytes:
    """Read what :func:`to_text` wrote, and nothing else: one content has one spelling.

    :raise Broken: it was not written by it
    """
    try:
        data = base64.b64decode(text + '=' * (-len(text) % 4), altchars=b'-_', validate=True)
    except (binascii.Error, ValueError) as error:
        raise Broken from error
    if to_text(data) != text:
        raise Broken
    return data
