"""Links for people without a login, signed with a key that no dump of the database holds.

Odoo's own signatures are made with a secret of the database: whoever has a copy of it opens any
patient's page. Links that were sent before this are read until the day the update set for them.
"""

import base64
import json
import time
from datetime import datetime, timedelta, timezone

from odoo.tools import verify_hash_signed

from .crypto import keyring

VERSION = b'\x02'
#: until when Odoo's own signatures count as well, in seconds since 1970
OLD_UNTIL = 'healthcare_crm.old_links_until'
#: how long what a replaced key signed is read
FORMER = timedelta(days=30)
_HEAD = 9
_MAC = 32


def sign(scope, values, expiration=None, expiration_hours=None):
    """Return a token for an address.

    :param str scope: what the link opens; a token for one thing opens no other
    :param list values: what it says, readable by whoever has it
    :param datetime expiration: when it ends, in UTC if no zone is said; never, if nothing is
    :param int expiration_hours: instead, how many hours it lasts
    """
    ends = 0
    if expiration_hours:
        ends = int(time.time() + expiration_hours * 3600)
    elif expiration:
        zoned = expiration if expiration.tzinfo else expiration.replace(tzinfo=timezone.utc)
        ends = int(zoned.timestamp())
    told = VERSION + ends.to_bytes(8, 'little')
    body = json.dumps(values).encode()
    return base64.urlsafe_b64encode(told + _mac(scope, told, body) + body).decode().rstrip('=')


def read(env, scope, token):
    """Return what a token says; ``None`` for one that is forged, over or for something else.

    :param env: of the superuser: until when old links count is a system parameter
    """
    token = token or ''
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b'===')
    except ValueError:
        return None
    if raw[:1] != VERSION:
        return _read_old(env, scope, token, raw)
    told, mac, body = raw[:_HEAD], raw[_HEAD : _HEAD + _MAC], raw[_HEAD + _MAC :]
    if not _is_signed(scope, told, body, mac) or _is_over(told):
        return None
    return json.loads(body)


def _read_old(env, scope, token, raw):
    until = env['ir.config_parameter'].get_param(OLD_UNTIL)
    if not until or time.time() > float(until):
        return None
    try:
        return verify_hash_signed(env, scope, token)
    except ValueError:  # not a token at all: cut, lengthened or invented
        return None


def _is_over(told):
    ends = int.from_bytes(told[1:_HEAD], 'little')
    return bool(ends) and time.time() >= ends


def _mac(scope, told, body):
    return keyring.get().mac(f'link {scope}', told + body)


def _is_signed(scope, told, body, mac):
    # a link does not say when it was signed: it could say anything
    at = datetime.now(timezone.utc).replace(tzinfo=None) - FORMER
    return keyring.get().verify(f'link {scope}', told + body, mac, at)
