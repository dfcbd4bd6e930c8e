"""Calls from outside, checked: who signed them, when, and whether they say what they must.

A call is a JSON object, signed with the secret of the workflow's hook::

    X-Healthcare-Signature: t=1767225600,v1=<hex of HMAC-SHA256(secret, "1767225600." + body)>

    {"key": "visit-4711", "patient": {"system": "his", "value": "0042"}, "data": {"score": 7}}
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import timedelta

HEADER = 'X-Healthcare-Signature'
PATH = '/healthcare/hook/%s'
#: A larger body is not read.
MAX_BODY = 32 * 1024
MAX_TEXT = 200
#: How far the caller's clock may be off, and how long a call can be repeated at all.
TOLERANCE = timedelta(minutes=5)

_SIGNATURE = re.compile(r't=(?P<at>\d{1,12}),v1=(?P<digest>[0-9a-f]{64})')

#: As JSON says it; the database keeps none.
_NUL = re.compile(r'(?<!\\)(?:\\\\)*\\u0000')


class Refused(Exception):
    """A call that is not accepted.

    :param status: of HTTP
    :param code: names the reason for programs
    :param detail: a sentence for whoever builds the caller; English, as the rest of the protocol
    """

    def __init__(self, status, code, detail):
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Call:
    """What a signed call asks for.

    :param key: what makes repeating it harmless; the signature where the caller gave none
    :param patient: {"number": …} or {"system": …, "value": …}
    :param subject_id: of the record it is about; ``None``: the patient
    """

    key: str
    patient: dict
    subject_model: str | None
    subject_id: int | None
    data: dict


def sign(secret, body, at):
    """Return the header's value for ``body`` (bytes) at the Unix time ``at``."""
    return f't={at},v1={_digest(secret, body, at)}'


def verify(secret, body, header, now):
    """Return the digest of a call whose signature is right and new.

    :param secret: ``None`` where there is no such hook: refused as a wrong signature is
    :param now: Unix time
    :raise Refused: the same way whatever is wrong with it, so that nothing can be learnt by trying
    """
    found = _SIGNATURE.fullmatch(header or '')
    at, digest = (int(found['at']), found['digest']) if found else (0, '')
    is_right = hmac.compare_digest(_digest(secret or 'none', body, at), digest)
    is_new = abs(now - at) <= TOLERANCE.total_seconds()
    if not (secret and is_right and is_new):
        raise Refused(
            401, 'bad_signature', f'{HEADER} is missing, wrong, or more than 5 minutes off.'
        )
    return digest


def _digest(secret, body, at):
    return hmac.new(secret.encode(), b'%d.' % at + body, hashlib.sha256).hexdigest()


def parse(body, digest):
    """Return the :class:`Call` in ``body``.

    :raise Refused: it is no JSON object, or says what it must not
    """
    try:
        asked = json.loads(body.decode(), parse_constant=_no_constant)
        # half a character can be said in JSON, and kept nowhere
        json.dumps(asked, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused(400, 'bad_json', 'The body is not valid JSON in UTF-8.') from None
    if not isinstance(asked, dict):
        raise _bad('', 'must be an object')
    _only(asked, '', {'key', 'patient', 'subject', 'data'})
    key = asked.get('key')
    if key is not None:
        _text(key, 'key')
    data = asked.get('data') or {}
    if not isinstance(data, dict):
        raise _bad('data', 'must be an object')
    if _NUL.search(json.dumps(data)):
        raise _bad('data', 'must not have the character NUL')
    model, subject_id = _subject(asked.get('subject'))
    return Call(
        key=f'key:{key}' if key else f'signature:{digest}',
        patient=_patient(asked.get('patient')),
        subject_model=model,
        subject_id=subject_id,
        data=data,
    )


def _patient(asked):
    if not isinstance(asked, dict):
        raise _bad('patient', 'must be an object')
    names = {'number'} if 'number' in asked else {'system', 'value'}
    _only(asked, 'patient', names)
    for name in sorted(names):
        _text(asked.get(name), f'patient/{name}')
    return asked


def _subject(asked):
    if asked is None:
        return None, None
    if not isinstance(asked, dict):
        raise _bad('subject', 'must be an object')
    _only(asked, 'subject', {'model', 'id'})
    _text(asked.get('model'), 'subject/model')
    subject_id = asked.get('id')
    # true is 1 in Python, and no id
    if type(subject_id) is not int or not 0 < subject_id < 2**31:
        raise _bad('subject/id', 'must be the id of a record')
    return asked['model'], subject_id


def _text(value, path):
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or '\0' in value:
        raise _bad(path, f'must be a text of 1 to {MAX_TEXT} characters')


def _only(asked, path, names):
    for name in asked:
        if name not in names:
            raise _bad(f'{path}/{name[:MAX_TEXT]}'.strip('/'), 'is not known')


def _bad(path, problem):
    return Refused(400, 'bad_request', f'{path or "The body"} {problem}.')


def _no_constant(name):
    raise ValueError(name)
