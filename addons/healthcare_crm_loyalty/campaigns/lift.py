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


def compare(count, total, held_count, held_total, slack=0):
    """Return the :class:`Lift`, by Newcombe's interval; ``None`` where there is nobody to compare.

    It holds for small groups and for shares near none or all, where the textbook's does not.

    :param int slack: by how much each of the numbers may be wrong, either way

    >>> compare(56, 70, 48, 80).low > 0
    True
    >>> compare(56, 70, 48, 80, slack=9).low > 0
    False
    >>> compare(5, 50, 0, 0)
    """
    if not (total and held_total):
        return None
    if slack:
        few, many = _shift(count, total, -slack), _shift(count, total, slack)
        held_few, held_many = (
            _shift(held_count, held_total, -slack),
            _shift(held_count, held_total, slack),
        )
        return compare(count, total, held_count, held_total)._replace(
            low=compare(*few, *held_many).low, high=compare(*many, *held_few).high
        )
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


def _shift(count, total, by):
    """Return the share's parts where it is as small, or as large, as it can be.

    >>> _shift(50, 200, 9), _shift(50, 200, -9), _shift(0, 20, 9), _shift(0, 20, -9)
    ((59, 191), (41, 209), (9, 11), (0, 29))
    """
    total = max(total - by, 1)
    return min(max(count + by, 0), total), total


def added(value, total, held_value, held_total):
    """Return how much of a sum would not have come anyway; all of it where nobody was kept out.

    >>> added(1000, 90, 50, 10)
    550.0
    >>> added(1000, 90, 0, 0)
    1000
    """
    return value - held_value / held_total * total if held_total else value
