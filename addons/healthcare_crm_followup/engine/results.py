"""What came of a workflow: rates with their uncertainty, and whether one way beats another.

The first half is arithmetic over counts; the second reads the counts, which the engine keeps as it
runs, so that a million patients cost as much as ten.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import NormalDist

from odoo.tools import SQL

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

    @property
    def left(self):
        """{reason: how many left the workflow early from here}; reaching the goal is no dropping
        out."""
        return {
            reason: number
            for (outcome, reason), number in self.reasons.items()
            if outcome == EXITED and reason != GOAL
        }

    @property
    def went_on(self):
        """How many were through with the step, or had reached the goal by then."""
        return sum(self.outcomes.values()) + self.reasons.get((EXITED, GOAL), 0)


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


def funnel(env, versions, since=None):
    """Return the :class:`Results` of ``versions`` of one workflow, added up.

    Steps are in the order of the newest version; those only older ones have come last.

    :param since: count what happened from this day on; who waits is always counted as of now
    """
    env.flush_all()
    counts = {}
    for key, outcome, total in env.execute_query(
        SQL(
            """
            SELECT step_key, outcome, sum(total) FROM healthcare_workflow_stat
             WHERE version_id = ANY(%s) AND %s GROUP BY step_key, outcome
            """,
            versions.ids,
            _since_sql(since),
        )
    ):
        counts.setdefault(key, {})[outcome] = int(total)
    waiting, incidents = _standing(env, versions)
    steps = {}
    for version in versions.sorted('number', reverse=True):
        graph = version.graph
        for key in in_order(graph):
            steps.setdefault(key, graph['steps'][key])
    found = tuple(
        _step_results(key, step, counts.get(key, {}), waiting.get(key, 0), incidents.get(key, 0))
        for key, step in steps.items()
    )
    enrolled = sum(of_step.get(ENROLLED, 0) for of_step in counts.values())
    goals = counts.get('', {}).get(GOAL, 0)
    exits = {}
    for one in found:
        for reason, number in one.left.items():
            exits[reason] = exits.get(reason, 0) + number
    return Results(enrolled, goals, goal_rate(goals, enrolled), exits, found)


def _since_sql(since):
    return SQL('date >= %s', since) if since else SQL('TRUE')


def _standing(env, versions):
    """Return {step key: how many are there now}, and of these the incidents."""
    # two statements, since each is answered by an index alone
    everybody = env.execute_query(
        SQL(
            """
            SELECT step_key, count(*) FROM healthcare_workflow_token
             WHERE version_id = ANY(%s) AND state IN ('scheduled', 'parked', 'incident')
             GROUP BY step_key
            """,
            versions.ids,
        )
    )
    incidents = env.execute_query(
        SQL(
            """
            SELECT step_key, count(*) FROM healthcare_workflow_token
             WHERE version_id = ANY(%s) AND state = 'incident' GROUP BY step_key
            """,
            versions.ids,
        )
    )
    return dict(everybody), dict(incidents)


def under_way(env, version_ids):
    """Return {version id: how many patients are under way in it}."""
    return dict(
        env.execute_query(
            SQL(
                """
                SELECT version_id, count(*) FROM healthcare_workflow_enrollment
                 WHERE state = 'active' AND version_id = ANY(%s) GROUP BY version_id
                """,
                list(version_ids),
            )
        )
    )


# ---------------------------------------------------------------- trend

#: A trend by days is readable up to so many of them.
MOST_DAYS = 31
MOST_WEEKS = 60


@dataclass(frozen=True)
class Trend:
    """What happened in each day, week or month, without gaps.

    :ivar unit: ``day``, ``week`` (from Monday) or ``month``
    :ivar days: the first day of each
    """

    unit: str
    days: tuple
    entered: tuple
    goals: tuple
    left: tuple


def trends(env, workflow_ids, today, since=None, version_ids=None):
    """Return {workflow id: :class:`Trend`} of the workflows that have counters, all over the same
    days."""
    env.flush_all()
    rows = env.execute_query(
        SQL(
            """
            SELECT version.workflow_id, stat.date,
                   COALESCE(sum(stat.total) FILTER (WHERE stat.outcome = %(enrolled)s), 0),
                   COALESCE(sum(stat.total) FILTER (WHERE stat.outcome = %(goal)s
                                                      AND stat.step_key = ''), 0),
                   COALESCE(sum(stat.total) FILTER (WHERE stat.outcome LIKE %(exited)s
                                                      AND stat.outcome != %(at_goal)s), 0)
              FROM healthcare_workflow_stat AS stat
              JOIN healthcare_workflow_version AS version ON version.id = stat.version_id
             WHERE version.workflow_id = ANY(%(workflows)s) AND %(versions)s AND %(since)s
               AND (stat.outcome IN (%(enrolled)s, %(goal)s) OR stat.outcome LIKE %(exited)s)
             GROUP BY 1, 2
            """,
            enrolled=ENROLLED,
            goal=GOAL,
            exited=f'{EXITED}/%',
            at_goal=f'{EXITED}/{GOAL}',
            workflows=list(workflow_ids),
            versions=SQL('version.id = ANY(%s)', list(version_ids)) if version_ids else SQL('TRUE'),
            since=SQL('stat.date >= %s', since) if since else SQL('TRUE'),
        )
    )
    first = since or min([today, *(row[1] for row in rows)])
    unit = unit_of(first, today)
    days = tuple(periods(first, today, unit))
    places = {day: place for place, day in enumerate(days)}
    found = {}
    for workflow_id, day, *numbers in rows:
        series = found.setdefault(workflow_id, [[0] * len(days) for _name in range(3)])
        # a clock that went ahead counts for today
        place = places[begin(min(max(day, first), today), unit)]
        for one, number in zip(series, numbers, strict=True):
            one[place] += int(number)
    return {
        workflow_id: Trend(unit, days, *map(tuple, series)) for workflow_id, series in found.items()
    }


def unit_of(first, last):
    """Return by what the time from ``first`` to ``last`` is divided, so that it can be read."""
    length = (last - first).days
    if length <= MOST_DAYS:
        return 'day'
    return 'week' if length <= 7 * MOST_WEEKS else 'month'


def begin(day, unit):
    """Return the first day of the ``unit`` that ``day`` is in."""
    if unit == 'week':
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == 'month' else day


def periods(first, last, unit):
    """Yield the first day of every ``unit`` from ``first`` to ``last``."""
    day = begin(first, unit)
    while day <= last:
        yield day
        # 32 days after the first of a month is the next month
        day = begin(day + timedelta(days={'day': 1, 'week': 7, 'month': 32}[unit]), unit)


def goal_rate(goals, total):
    """Return the interval of a goal rate.

    A patient who was moved here from another version may reach the goal without ever having been
    counted among those who began here.
    """
    return rate(min(goals, total), total)


def in_order(definition):
    """Return the keys of a definition's steps as they follow one another from the start."""
    steps = definition['steps']
    # a drawing has no first step until somebody draws one
    order = [definition['start']] if definition.get('start') in steps else []
    for key in order:  # it grows while it is walked
        for targets in next_of(steps[key]).values():
            order += [target for target in targets if target not in order]
    return [*order, *(key for key in steps if key not in order)]


def _step_results(key, step, counts, waiting, incidents):
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
    return StepResults(
        key=key,
        name=step.get('name') or key,
        kind=step['kind'],
        entered=entered,
        waiting=waiting,
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
                goal_rate(goals, total),
                apart,
                None if is_base else verdict(apart),
            )
        )
    return tuple(arms)
