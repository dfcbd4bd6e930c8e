"""What a campaign changed: those who were addressed, beside those who were kept out."""

from math import sqrt
from typing import NamedTuple

#: of the normal distribution: nineteen times out of twenty, the truth lies inside
Z = 1.959964


class Lift(NamedTuple):
    """
    :param rate: of those who were addressed, how many did what the campaign wants
    :param base: of those who were kept out
    :param low, high: between which the difference lies, nineteen times out of twenty
    """

    rate: float
    base: float
    difference: float
    low: float
    high: float


def wilson(count, total):
    """Return between which a share lies: ``count`` of ``total`` were seen.

    >>> low, high = wilson(10, 100)
    >>> round(low, 4), round(high, 4)
    (0.0552, 0.1744)
    """
    share, square = count / total, Z * Z
    middle = share + square / (2 * total)
    width = Z * sqrt(share * (1 - share) / total + square / (4 * total * total))
    scale = 1 + square / total
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def compare(count, total, held_count, held_total):
    """Return the :class:`Lift`, by Newcombe's interval; ``None`` where there is nobody to compare.

    It holds for small groups and for shares near none or all, where the textbook's does not.

    >>> compare(56, 70, 48, 80).low > 0
    True
    >>> compare(5, 50, 0, 0)
    """
    if not (total and held_total):
        return None
    rate, base = count / total, held_count / held_total
    (low, high), (base_low, base_high) = wilson(count, total), wilson(held_count, held_total)
    difference = rate - base
    return Lift(
        rate,
        base,
        difference,
        difference - sqrt((rate - low) ** 2 + (base_high - base) ** 2),
        difference + sqrt((high - rate) ** 2 + (base - base_low) ** 2),
    )


def added(value, total, held_value, held_total):
    """Return how much of a sum would not have come anyway; all of it where nobody was kept out.

    >>> added(1000, 90, 50, 10)
    550.0
    >>> added(1000, 90, 0, 0)
    1000
    """
    return value - held_value / held_total * total if held_total else value
