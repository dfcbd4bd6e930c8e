"""The keys with which audit rows, blocks and the journal are signed: never in the database."""

from ..crypto import keyring


def mac(purpose, data):
    """Return the MAC of ``data``: ``audit`` for rows, ``audit.block``, ``audit.journal``."""
    return keyring.get().mac(purpose, data)
