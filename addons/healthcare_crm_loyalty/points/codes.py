"""Codes that people read aloud, type and scan: one mistyped character is always found out."""

import os
import secrets
import unicodedata

#: Digits and letters that nobody takes for one another. Their number is prime: see ``_check``.
ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
_BASE = len(ALPHABET)
#: Bytes below it make each character as likely as any other.
_FAIR = 256 // _BASE * _BASE


def make(prefix, length=8):
    """Return a new code: the prefix, as many random characters, and one that checks them all.

    :param str prefix: one letter that says what the code is for
    :param int length: how many characters are random, less than 29
    """
    body = ''.join(secrets.choice(ALPHABET) for _one in range(length))
    return prefix + body + _check(prefix + body)


def make_many(prefix, count, length=10):
    """Return as many new codes, made together: a hundred thousand in a second.

    :rtype: list[str]
    """
    drawn = ''
    while len(drawn) < count * length:
        drawn += ''.join(ALPHABET[one % _BASE] for one in os.urandom(count * length) if one < _FAIR)
    bodies = (prefix + drawn[at : at + length] for at in range(0, count * length, length))
    return [body + _check(body) for body in bodies]


def read(text):
    """Return a code as it is stored, or ``None`` if it was mistyped.

    >>> read('r234-5678-9a')
    >>> read(' r234-5678-9d ')
    'R23456789D'
    """
    code = clean(text)
    written = len(code) > 2 and all(one in ALPHABET for one in code[1:])
    return code if written and code[-1] == _check(code[:-1]) else None


def clean(text):
    """Return what was typed or scanned without spaces and hyphens, in capitals."""
    # whoever writes Chinese may type wide characters
    plain = unicodedata.normalize('NFKC', text).upper()
    return ''.join(one for one in plain if one.isalnum())


def show(code):
    """Return a code in groups of four.

    >>> show('R23456789D')
    'R234-5678-9D'
    """
    return '-'.join(code[at : at + 4] for at in range(0, len(code), 4))


def looks_like(text, prefix, length=8):
    """Return whether somebody may have meant a code of this kind, mistyped or not."""
    code = clean(text)
    return (
        code.startswith(prefix)
        and len(code) == length + 2
        and all(one in ALPHABET for one in code[1:])
        and any(one.isdigit() for one in code)
    )


def _check(text):
    """Return the character that makes the weighted sum divisible.

    The base is prime and no weight a multiple of it, so any wrong character, and any two that
    changed places, change the sum.
    """
    total = sum(at * _value(one) for at, one in enumerate(text, 2))
    return ALPHABET[-total % _BASE]


def _value(character):
    at = ALPHABET.find(character)
    return at if at >= 0 else ord(character) % _BASE
