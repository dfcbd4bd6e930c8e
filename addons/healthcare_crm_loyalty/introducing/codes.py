"""Codes that people say, type and scan: who introduced somebody.

Eight characters without those that look alike. The last one is a check character, so that a slip
is noticed at once, and does not count for somebody else.
"""

import re
import secrets
import unicodedata

#: as many as a prime number: the check character finds every slip of one character then
ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXY'
LENGTH = 8
#: what people write for a character that is in no code
_LOOKALIKES = str.maketrans('OILZ', '0112')
_BETWEEN = re.compile(r'[\s\-_.–—]+')


def new():
    """Return a new code.

    >>> len(new())
    8
    """
    text = ''.join(secrets.choice(ALPHABET) for _place in range(LENGTH - 1))
    return text + _check(text)


def read(text):
    """Return the code that somebody typed, ``None`` where it cannot be one.

    >>> read(' 0000-0000 ') == read('oooo oooo') == '00000000'
    True
    >>> read('0000-0010') is None
    True
    """
    if not isinstance(text, str) or len(text) > 8 * LENGTH:
        return None
    plain = _BETWEEN.sub('', unicodedata.normalize('NFKC', text)).upper().translate(_LOOKALIKES)
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return plain if _check(plain[:-1]) == plain[-1] else None


def show(code):
    """Return a code as it is printed.

    >>> show('00000000')
    '0000-0000'
    """
    return f'{code[:4]}-{code[4:]}'


def _check(text):
    """Return the check character: one wrong one, or two that changed places, change it."""
    total = sum(weight * ALPHABET.index(char) for weight, char in enumerate(text, 2))
    return ALPHABET[total % len(ALPHABET)]
