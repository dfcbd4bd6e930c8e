"""Which reference range is a patient's, and what a value means beside it."""

from typing import NamedTuple


class Range(NamedTuple):
    """Where a value usually lies for patients of a sex and an age. 0: there is no such limit.

    :param gender: ``male``, ``female`` or ``any``
    :param age_from: in years, the first age it is for
    :param age_to: in years, the first age it is not for any more
    """

    gender: str = 'any'
    age_from: float = 0
    age_to: float = 0
    low: float = 0
    high: float = 0
    critical_low: float = 0
    critical_high: float = 0


def choose(ranges, gender, age):
    """Return the one of ``ranges`` that fits a patient best, or ``None``.

    One for the patient's sex comes before one for any, and among those the narrower in age.

    :param gender: ``male``, ``female``; any other tells nothing about the sex
    :param age: in years, ``None``: not known
    """
    fitting = [one for one in ranges if one.gender in ('any', gender) and _fits(one, age)]
    return min(fitting, key=lambda one: (one.gender == 'any', _width(one)), default=None)


def _fits(one, age):
    if age is None:
        return not one.age_from and not one.age_to
    return one.age_from <= age and (not one.age_to or age < one.age_to)


def _width(one):
    return (one.age_to or 200) - one.age_from


def interpret(value, low=0, high=0, critical_low=0, critical_high=0):
    """Return the code of HL7's ObservationInterpretation: N, L, H, LL or HH; ``None`` without a
    limit.

    >>> interpret(7.2, 4, 5.6), interpret(5, 4, 5.6), interpret(5)
    ('H', 'N', None)
    """
    if critical_low and value < critical_low:
        return 'LL'
    if critical_high and value > critical_high:
        return 'HH'
    if low and value < low:
        return 'L'
    if high and value > high:
        return 'H'
    return 'N' if low or high or critical_low or critical_high else None
