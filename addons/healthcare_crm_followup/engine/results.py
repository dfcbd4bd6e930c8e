"""What came of a workflow: rates with their uncertainty, and whether one way beats another.

The first half is arithmetic over counts; the second reads the counts, which the engine keeps as it
runs, so that a million patients cost as much as ten.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

#: How sure an interval is to hold the truth.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A rate or a difference of rates, as a share of one, with the bounds around it."""

    estimate: float
    low: float
    high: float


def quantile(confidence=CONFIDENCE, comparisons=1):
    """Return how many standard errors a two-sided interval reaches: 1.96 for 95 %.

    Where several arms are compared with one, each gets a wider interval (Bonferroni), so that all
    of them together hold the truth with ``confidence``; else of twenty useless arms one would
    shine.
    """
    return NormalDist().inv_cdf(1 - (1 - confidence) / (2 * comparisons))


def rate(successes, total, z=None):
    """Return the :class:`Interval` of ``successes`` among ``total``; ``None`` where there is
    nobody.

    Wilson's score interval, which unlike the textbook's "plus or minus" holds for few patients
    and for rates near 0 and 1: E. B. Wilson, *Probable inference, the law of succession, and
    statistical inference*, J. Am. Stat. Assoc. 22 (1927) 209-212; recommended by L. D. Brown,
    T. T. Cai and A. DasGupta, *Interval estimation for a binomial proportion*, Statist. Sci. 16
    (2001) 101-133.

    :raise ValueError: more successes than patients, or fewer than none
    """
    if not 0 <= successes <= total:
        raise ValueError(f'{successes} of {total}')
    if not total:
        return None
    z = quantile() if z is None else z
    share = successes / total
    middle = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # nobody and everybody are bounds by nature; rounding must not step over them
    low = 0.0 if not successes else (middle - spread) / scale
    high = 1.0 if successes == total else (middle + spread) / scale
    return Interval(share, low, high)


def difference(arm, other, z=None):
    """Return the :class:`Interval` of the rate of ``arm`` minus that of ``other``.

    Newcombe's hybrid score interval, built of the two Wilson intervals: R. G. Newcombe, *Interval
    estimation for the difference between independent proportions: comparison of eleven methods*,
    Statist. Med. 17 (1998) 873-890, method 10.

    :param arm: (successes, total), as ``other``
    :return: ``None`` while one of the two has nobody
    """
    one, two = rate(*arm, z), rate(*other, z)
    if one is None or two is None:
        return None
    estimate = one.estimate - two.estimate
    down = sqrt((one.estimate - one.low) ** 2 + (two.high - two.estimate) ** 2)
    up = sqrt((one.high - one.estimate) ** 2 + (two.estimate - two.low) ** 2)
    return Interval(estimate, max(estimate - down, -1.0), min(estimate + up, 1.0))


def verdict(interval):
    """Return ``better``, ``worse`` or, while the interval of the difference holds 0,
    ``undecided``."""
    if interval is None or interval.low <= 0 <= interval.high:
        return 'undecided'
    return 'better' if interval.low > 0 else 'worse'
