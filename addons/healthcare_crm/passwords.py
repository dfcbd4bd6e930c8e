"""Which passwords are too easy to guess, without the ORM."""

import re
import unicodedata

#: So long at least, whatever a clinic sets.
SHORTEST = 12

# What people choose when twelve characters are asked for. A rule that finds the pattern finds
# thousands of them: a common word, with digits or signs around it, or a run along the keyboard.
_WORDS = (
    'password passwort passw0rd p@ssw0rd p@ssword matkhau mậtkhẩu mima welcome letmein admin '
    'administrator administrateur iloveyou iloveu princess dragon monkey football baseball '
    'superman batman trustno sunshine master shadow michael jennifer charlie secret default '
    'changeme changeit qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm abc abcd abcdef abcdefgh '
    'test tester testing guest user login access system hello whatever freedom starwars '
    'hospital clinic doctor nurse patient health healthcare medical medicine pharmacy '
    'taiwan taipei vietnam hanoi saigon hcmc odoo company server database summer winter spring '
    'autumn january february march april june july august september october november december'
).split()
_RUNS = (
    '01234567890123456789',
    'abcdefghijklmnopqrstuvwxyz',
    'qwertyuiopasdfghjklzxcvbnm',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
    'q1w2e3r4t5y6u7i8o9p0',
    'zaq12wsxcde34rfvbgt56yhnmju78ik',
)
_LEET = str.maketrans('@4301!5$7', 'aaeoiisst')


def _plain(text):
    """Return letters and digits alone, as they are said: no case, no accents, no width."""
    text = unicodedata.normalize('NFKD', text or '').casefold()
    return ''.join(char for char in text if char.isalnum())


def find_weakness(password, names=()):
    """Return why a password is too easy: ``short``, ``name``, ``common``; None when it is not.

    :param names: the login, the name and the address of whose it is
    """
    if len(password) < SHORTEST:
        return 'short'
    plain = _plain(password)
    letters = _plain(password.translate(_LEET))
    for name in names:
        for part in {_plain(name), *map(_plain, re.split(r'[\s@._-]+', name or ''))}:
            # what is left beside somebody's name has to be a password of its own
            if len(part) > 3 and part in plain and len(plain.replace(part, '')) < SHORTEST - 4:
                return 'name'
    if len(set(plain)) < 5 or _is_common(plain) or _is_common(letters):
        return 'common'
    return None


def _is_common(plain):
    """Return whether little is left of a password without common words and runs of keys."""
    rest = plain
    for word in sorted(map(_plain, _WORDS), key=len, reverse=True):
        rest = rest.replace(word, ' ')
    rest = _without_runs(rest)
    return sum(not char.isdigit() for char in rest.replace(' ', '')) < 4 and (
        len(rest.replace(' ', '')) < 8
    )


def _without_runs(text):
    """Return a text without four and more neighbouring keys, in either direction, or repeated."""
    text = re.sub(r'(.{1,4}?)\1{2,}', ' ', text)
    kept, at = [], 0
    while at < len(text):
        longest = 0
        for run in _RUNS:
            for line in (run, run[::-1]):
                size = 4
                while at + size <= len(text) and text[at : at + size] in line:
                    longest = max(longest, size)
                    size += 1
        kept.append(' ' if longest else text[at])
        at += longest or 1
    return ''.join(kept)
