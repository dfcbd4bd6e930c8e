"""Points lie in lots: what one movement gave, until it expires. The oldest are spent first."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Lot(NamedTuple):
    """What is left of points that came in together.

    :param id: of the movement that gave them
    :param remaining: points, more than none
    :param expires_on: the last day on which they can be spent; None for ever
    """

    id: int
    remaining: Decimal
    expires_on: date | None


def exact(points):
    """Return points as they are counted: with two decimals.

    >>> exact(0.1 + 0.2)
    Decimal('0.30')
    """
    return round(Decimal(str(points or 0)), 2)


def take(lots, points):
    """Return ``[(lot id, points)]``: from which lots points are spent.

    :param lots: all lots of a card that have not expired
    :param Decimal points: no more than the lots hold
    :raise ValueError: the lots do not hold that many

    >>> take([Lot(1, Decimal(5), None), Lot(2, Decimal(3), date(2027, 1, 1))], Decimal(4))
    [(2, Decimal('3')), (1, Decimal('1'))]
    """
    taken = []
    for lot in sorted(lots, key=_age):
        if points <= 0:
            break
        part = min(lot.remaining, points)
        taken.append((lot.id, part))
        points -= part
    if points > 0:
        raise ValueError(f"{points} points too few")
    return taken


def put_back(allocations, today):
    """Return what a refund puts back into lots, and how many points need a new one.

    :param allocations: ``[(lot id, its last day or None, points)]`` of what was spent
    :return: ``([(lot id, points)], points)``

    >>> put_back([(1, None, Decimal(2)), (2, date(2026, 1, 1), Decimal(3))], date(2026, 6, 1))
    ([(1, Decimal('2'))], Decimal('3'))
    """
    alive = [(id_, points) for id_, until, points in allocations if not until or until >= today]
    lost = [points for _id, until, points in allocations if until and until < today]
    return alive, sum(lost, Decimal(0))


def _age(lot):
    return lot.expires_on is None, lot.expires_on or date.max, lot.id
