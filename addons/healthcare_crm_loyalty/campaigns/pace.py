"""Whether a goal will be met: what there is so far, carried on to the end."""

from typing import NamedTuple


class Pace(NamedTuple):
    """
    :param forecast: what there will be at the end
    :param word: ``met``, ``on_course``, ``behind`` or ``missed``
    """

    forecast: float
    word: str


def pace(reached, target, start, end, today):
    """Return how far a goal is; ``None`` without one, or before the first day.

    :param start, end: the first and the last day, both included

    >>> from datetime import date
    >>> pace(30, 100, date(2026, 3, 1), date(2026, 3, 10), date(2026, 3, 5))
    Pace(forecast=60.0, word='behind')
    """
    if not target or not (start and end) or today < start:
        return None
    days = (end - start).days + 1
    passed = min((today - start).days + 1, days)
    forecast = reached / passed * days
    if reached >= target:
        word = 'met'
    elif today > end:
        word = 'missed'
    else:
        word = 'on_course' if forecast >= target else 'behind'
    return Pace(forecast, word)
