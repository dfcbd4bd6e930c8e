"""How messages leave: one file per channel, each adding its adapter to :data:`CHANNEL_ADAPTERS`."""

from .registry import CHANNEL_ADAPTERS, Adapter, Answer, Message, adapter
from . import email, sms, call, letter

__all__ = [
    'CHANNEL_ADAPTERS',
    'Adapter',
    'Answer',
    'Message',
    'adapter',
    'call',
    'email',
    'letter',
    'sms',
]
