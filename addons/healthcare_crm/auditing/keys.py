"""The keys with which audit rows, blocks and the journal are signed: never in the database."""

from ..crypto import keyring


def mac(purpose, data):
    """Return the MAC of ``data``: ``audit`` for rows, ``audit.block``, ``audit.journal``."""
    return keyring.get().mac(purpose, data)


def verify(purpose, data, mac, at=None):
    """Tell whether ``data`` was signed, at a moment in UTC, with a key that did so then."""
    return keyring.get().verify(purpose, data, mac, at)
