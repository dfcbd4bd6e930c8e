"""Numbers of cards: digits alone, to be typed on any keyboard, the last of which finds a slip."""

import secrets

#: What Odoo's own barcodes of loyalty cards begin with.
PREFIX = '044'
#: Digits after it that say whose card it is: as many that nobody guesses one.
DIGITS = 12


def make():
    """Return a new number: nobody else has it, as far as chance goes."""
    body = PREFIX + str(secrets.randbelow(10**DIGITS)).zfill(DIGITS)
    return body + check_digit(body)


def check_digit(body):
    """Return the last digit of a number, by Luhn: it finds one wrong digit, and two exchanged.

    >>> check_digit('7992739871')
    '3'
    """
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (1 if index % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_number(text):
    """Return whether this is the number of a card, without a slip.

    >>> is_number('0440000000000000'[:15] + check_digit('0440000000000000'[:15]))
    True
    >>> is_number('0440000000000009')
    False
    """
    return looks_like(text) and text[-1] == check_digit(text[:-1])


def looks_like(text):
    """Return whether somebody may have meant the number of a card, mistyped or not.

    >>> looks_like('0440000000000009')
    True
    """
    return (
        len(text) == len(PREFIX) + DIGITS + 1
        and text.isascii()
        and text.isdigit()
        and text.startswith(PREFIX)
    )


def spell(number):
    """Return a number in groups of four, as it is read out.

    >>> spell('0441234567890128')
    '0441 2345 6789 0128'
    """
    return ' '.join(number[at : at + 4] for at in range(0, len(number), 4))
