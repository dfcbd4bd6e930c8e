"""Codes of coupons: easy to read out and to type, impossible to guess, with a check character."""

import os

#: Letters and digits that nobody takes for another one. As many as a prime number, which is why
#: the check character finds every single slip, and any two characters that were exchanged.
ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
#: characters of a code, with the check character: of 31**11 codes nobody guesses one that is valid
LENGTH = 12
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
#: Below it each character is as likely as any other.
_FAIR = 256 // len(ALPHABET) * len(ALPHABET)


def make(count):
    """Return as many new codes.

    :rtype: list[str]
    """
    characters = _draw(count * (LENGTH - 1))
    parts = (characters[at : at + LENGTH - 1] for at in range(0, len(characters), LENGTH - 1))
    return [part + check_character(part) for part in parts]


def check_character(text):
    """Return the last character of a code.

    >>> check_character('23456789ABC')
    '3'
    """
    total = sum((index + 2) * _VALUES[character] for index, character in enumerate(text))
    return ALPHABET[-total % len(ALPHABET)]


def read(text):
    """Return a code as it is stored, from what was typed or scanned.

    >>> read(' abcd-efgh jkmn ')
    'ABCDEFGHJKMN'
    """
    return ''.join((text or '').upper().replace('-', ' ').split())


def is_code(text):
    """Return whether this is a code of ours, without a slip.

    >>> is_code('23456789ABC3'), is_code('23456789ABC4'), is_code('32456789ABC3'), is_code('3')
    (True, False, False, False)
    """
    return (
        len(text) == LENGTH
        and not set(text) - _VALUES.keys()
        and text[-1] == check_character(text[:-1])
    )


def spell(code):
    """Return a code in groups of four, as it is printed; one the clinic made up as it is.

    >>> spell('23456789ABC3'), spell('FLU2026')
    ('2345-6789-ABC3', 'FLU2026')
    """
    if len(code) != LENGTH:
        return code
    return '-'.join(code[at : at + 4] for at in range(0, LENGTH, 4))


def _draw(count):
    """Return random characters, each as likely as any other."""
    drawn = ''
    while len(drawn) < count:
        drawn += ''.join(
            ALPHABET[byte % len(ALPHABET)] for byte in os.urandom(count + 64) if byte < _FAIR
        )
    return drawn[:count]
