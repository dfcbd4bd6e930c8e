"""What is shown of a number to those who may know that it exists."""

COVER = '*'


def mask(value):
    """Cover most of a number.

    >>> mask('A123456789'), mask('12345678'), mask('12345'), mask('123'), mask(None)
    ('A12****789', '1*****78', '***45', '***', '')
    """
    value = value or ''
    length = len(value)
    head, tail = (
        (3, 3) if length >= 10 else (1, 2) if length >= 7 else (0, 2) if length >= 5 else (0, 0)
    )
    return value[:head] + COVER * (length - head - tail) + value[length - tail :]
