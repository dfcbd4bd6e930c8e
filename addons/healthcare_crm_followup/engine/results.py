"""What came of a workflow: rates with their uncertainty, and whether one way beats another.

The first half is arithmetic over counts; the second reads the counts, which the engine keeps as it
runs, so that a million patients cost as much as ten.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from odoo.tools import SQL

from .effects.tokens import LIVE
from .steps.registry import next_of

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


# ---------------------------------------------------------------- funnel

#: Counters that say nothing about how a step was left; the goal's is of no step.
ENROLLED, ENTERED, GOAL = 'enrolled', 'entered', 'goal'
#: Before the slash of a counter "exited/…": left the workflow early while at that step.
EXITED = 'exited'
HOLDOUT = 'holdout'


@dataclass(frozen=True)
class Arm:
    """One way of a split: who took it, and how many of them reached the goal.

    ``rate`` is ``None`` while nobody took it; ``difference`` to the arm it is compared with is
    ``None`` for that arm itself and while either has nobody.
    """

    outcome: str
    name: str
    total: int
    goals: int
    rate: Interval | None
    difference: Interval | None
    verdict: str | None


@dataclass(frozen=True)
class StepResults:
    """What happened at one step.

    :ivar entered: how many visits it had
    :ivar waiting: how many are there now; ``incidents`` of them wait for a person
    :ivar outcomes: {outcome: how many left it so}
    :ivar reasons: {(outcome, reason): how many}, where an outcome has reasons; ``exited`` are those
        who left the workflow from here
    :ivar arms: the ways of a split, the one that is compared with first
    :ivar names: {outcome: what the administrator called that way}
    """

    key: str
    name: str
    kind: str
    entered: int
    waiting: int
    incidents: int
    outcomes: dict
    reasons: dict
    arms: tuple
    names: dict


@dataclass(frozen=True)
class Results:
    """What came of one or more versions of a workflow.

    :ivar goal: the share of the enrolled who reached the goal, ``None`` while nobody is enrolled
    :ivar exits: {reason: how many left early for it}
    """

    enrolled: int
    goals: int
    goal: Interval | None
    exits: dict
    steps: tuple


def funnel(env, versions):
    """Return the :class:`Results` of ``versions`` of one workflow, added up.

    Steps are in the order of the newest version; those only older ones have come last.
    """
    env.flush_all()
    counts = {}
    for key, outcome, total in env.execute_query(
        SQL(
            """
            SELECT step_key, outcome, sum(total) FROM healthcare_workflow_stat
             WHERE version_id = ANY(%s) GROUP BY step_key, outcome
            """,
            versions.ids,
        )
    ):
        counts.setdefault(key, {})[outcome] = int(total)
    standing = {
        (key, is_incident): number
        for key, is_incident, number in env.execute_query(
            SQL(
                """
                SELECT step_key, state = 'incident', count(*) FROM healthcare_workflow_token
                 WHERE version_id = ANY(%s) AND state IN %s GROUP BY 1, 2
                """,
                versions.ids,
                LIVE,
            )
        )
    }
    steps = {}
    for version in versions.sorted('number', reverse=True):
        for key in in_order(version.graph):
            steps.setdefault(key, version.graph['steps'][key])
    found = tuple(
        _step_results(key, step, counts.get(key, {}), standing) for key, step in steps.items()
    )
    enrolled = sum(of_step.get(ENROLLED, 0) for of_step in counts.values())
    goals = counts.get('', {}).get(GOAL, 0)
    exits = {}
    for one in found:
        for (outcome, reason), number in one.reasons.items():
            if outcome == EXITED:
                exits[reason] = exits.get(reason, 0) + number
    return Results(enrolled, goals, _rate(goals, enrolled), exits, found)


def _rate(goals, total):
    """Return the interval of a goal rate.

    A patient who was moved here from another version may reach the goal without ever having been
    counted among those who began here.
    """
    return rate(min(goals, total), total)


def in_order(definition):
    """Return the keys of a definition's steps as they follow one another from the start."""
    steps = definition['steps']
    order = [definition['start']]
    for key in order:  # it grows while it is walked
        for targets in next_of(steps[key]).values():
            order += [target for target in targets if target not in order]
    return [*order, *(key for key in steps if key not in order)]


def _step_results(key, step, counts, standing):
    """Return the :class:`StepResults` of one step from its counters."""
    plain = {code: number for code, number in counts.items() if '/' not in code}
    entered = plain.pop(ENTERED, 0)
    plain.pop(ENROLLED, None)
    arms = _arms(step, counts) if step['kind'] == 'split' else ()
    reasons = {
        tuple(code.split('/', 1)): number
        for code, number in counts.items()
        if '/' in code and not (arms and code.endswith(f'/{GOAL}'))
    }
    incidents = standing.get((key, True), 0)
    return StepResults(
        key=key,
        name=step.get('name') or key,
        kind=step['kind'],
        entered=entered,
        waiting=standing.get((key, False), 0) + incidents,
        incidents=incidents,
        outcomes=plain,
        reasons=reasons,
        arms=arms,
        names=_names(step),
    )


def _names(step):
    """Return the names of a step's own ways: of a branch, a split, answers, outcomes of a task."""
    ways = [way for part in ('ways', 'replies', 'outcomes') for way in step.get(part) or ()]
    return {way['outcome']: way['name'] for way in ways if way.get('name')}


def _arms(step, counts):
    """Return the :class:`Arm` of every way of a split, compared with the hold-out, else with the
    first."""
    ways = [(way['outcome'], way.get('name') or way['outcome']) for way in step.get('ways') or ()]
    if step.get('holdout'):
        ways.insert(0, (HOLDOUT, ''))
    numbers = {}
    for outcome, _name in ways:
        total = counts.get(outcome, 0)
        numbers[outcome] = (min(counts.get(f'{outcome}/{GOAL}', 0), total), total)
    z = quantile(comparisons=max(len(ways) - 1, 1))
    arms = []
    for outcome, name in ways:
        goals, total = numbers[outcome]
        is_base = outcome == ways[0][0]
        apart = None if is_base else difference(numbers[outcome], numbers[ways[0][0]], z)
        arms.append(
            Arm(
                outcome,
                name,
                total,
                goals,
                _rate(goals, total),
                apart,
                None if is_base else verdict(apart),
            )
        )
    return tuple(arms)
