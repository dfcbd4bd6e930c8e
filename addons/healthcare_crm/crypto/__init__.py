"""Sealing what patients' records hold: keys, envelope, blind index. Plain Python, no ORM."""

from . import envelope, keyring, mask
