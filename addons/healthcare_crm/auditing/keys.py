"""The keys with which audit rows, blocks and the journal are signed: never in the database."""

from ..crypto import keyring
from ..crypto.keyring import MAC_BYTES


def mac(purpose, data):
    """Return the MAC of ``data``: ``audit`` for rows, ``audit.block``, ``audit.journal``."""
    return keyring.get().mac(purpose, data)


def verify(purpose, data, mac, at=None, size=MAC_BYTES):
    """Tell whether ``data`` was signed, at a moment in UTC, with a key that did so then.

    :param size: bytes of the signature, where only its beginning is kept
    """
    return keyring.get().verify(purpose, data, mac, at, size)


def verify_hex(purpose, data, digits):
    """Tell the same of a signature in hexadecimal digits."""
    return keyring.get().verify_hex(purpose, data, digits)
