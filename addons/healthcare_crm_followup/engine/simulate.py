"""What a workflow would do, played by the engine's own triggers and steps on real patients, with a
clock of its own. Effects are collected, never applied: nothing is written, nothing is sent."""

import heapq
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

from odoo.tools import SQL

from . import enroll
from .facts import Row, Scene, with_people
from .graph import compile_graph

HORIZON = timedelta(days=30)
#: More than these are not played: the rest is told as a number.
MAX_PLAYED = 2000
#: A play follows no path further than this many steps.
MAX_STEPS = 200


@dataclass(frozen=True)
class Line:
    """One thing that would happen: ``row`` would leave or wait at a step at ``moment``."""

    moment: object
    row: object
    result: object


def preview(env, definition, now, workflow_id=None):
    """Return what publishing ``definition`` at ``now`` would mean.

    :param workflow_id: whose draft it is; who is in that workflow already is not enrolled again
    :return: {"entering": how many would be enrolled at once, "reached": how many come to their
        first step within :data:`HORIZON`, "moments": when each of them does, "expected": how often
        what it waits for happened in the :data:`HORIZON` before now, "played": how many were led
        through the steps, "steps": Counter of (step key, outcome, channel or reason)}
    """
    scene = Scene(env, compile_graph(definition), now, workflow_id)
    rows, entering = coming(scene, now + HORIZON)
    played = first_of(rows, MAX_PLAYED)
    lines = play(scene, played, now + HORIZON, answers=None)
    return {
        'entering': entering,
        'reached': len(rows),
        'moments': [row.due_at for row in rows],
        'expected': expected(scene),
        'played': len(played),
        'steps': Counter(
            (
                line.row.step_key,
                'waiting' if line.result.is_parked else line.result.outcome,
                line.result.reason,
            )
            for line in lines
        ),
    }


@dataclass(frozen=True)
class Rehearsal:
    """What a simulation came to.

    :ivar lines: the :class:`Line` of everything that would happen, in order
    :ivar total: how many patients it might have been played for
    :ivar joins: {key of a join: the keys of the steps before it that it waits for}
    """

    lines: list
    total: int
    joins: dict


def simulate(env, definition, now, until, subject_ids=None, answers=None):
    """Return the :class:`Line` of everything that would happen, see :func:`rehearse`."""
    return rehearse(env, definition, now, until, subject_ids, answers).lines


def rehearse(env, definition, now, until, subject_ids=None, answers=None, most=None):
    """Return the :class:`Rehearsal` of a definition from ``now`` to ``until``.

    :param subject_ids: play these at once, as if enrolled by hand; ``None``: those whose date comes
    :param answers: what is assumed of people and providers, {step key: outcome}; a step that is not
        named gets no answer, and goes on when its time is over
    :param most: play no more than so many, those whose turn comes first
    """
    scene = Scene(env, compile_graph(definition), now)
    if subject_ids is None:
        rows, _entering = coming(scene, until)
    else:
        rows = given(scene, subject_ids)
    lines = play(scene, first_of(rows, most), until, answers or {})
    return Rehearsal(lines, len(rows), scene.graph.joins)


def first_of(rows, most):
    """Return the ``most`` rows whose turn comes first, all of them for ``None``."""
    return rows if most is None else sorted(rows, key=lambda row: row.due_at)[:most]


def coming(scene, until):
    """Return the rows of whom the scheduled triggers would bring to the first step by ``until``,
    and how many would be enrolled at once."""
    env, graph, now = scene.env, scene.graph, scene.now
    env.flush_all()
    numbers, rows, entering = count(1), {}, set()
    for key, trigger in graph.triggers.items():
        if not trigger.is_scheduled:
            continue
        found = env.execute_query(
            SQL(
                """
                SELECT candidate.subject_id, candidate.patient_id, candidate.company_id,
                       candidate.anchor, candidate.moment, %s AND %s
                  FROM (%s) AS candidate
                 WHERE candidate.subject_id IN (%s) AND %s AND candidate.moment > %s
                 ORDER BY candidate.moment, candidate.subject_id
                """,
                enroll.entering_sql(scene, trigger),
                enroll.newcomer_sql(scene),
                trigger.candidates(scene),
                enroll.eligible_sql(scene),
                enroll.standing_sql(scene),
                now,
            )
        )
        entering.update(row[0] for row in found if row[5])
        for subject_id, patient_id, company_id, anchor, moment, _enters in found:
            if moment <= until and subject_id not in rows:
                rows[subject_id] = _row(
                    scene, next(numbers), subject_id, patient_id, company_id, moment, key, anchor
                )
    return list(rows.values()), len(entering)


def given(scene, subject_ids):
    """Return the rows of chosen subjects, due now."""
    subject = scene.subject
    found = scene.env.execute_query(
        SQL(
            'SELECT subject.id, subject.%s, %s FROM %s AS subject WHERE subject.id IN (%s)',
            SQL.identifier(subject.patient),
            subject.company_sql(),
            SQL.identifier(subject.table),
            enroll.eligible_sql(scene, subject_ids),
        )
    )
    return [
        _row(scene, number, subject_id, patient_id, company_id, scene.now, None, None)
        for number, (subject_id, patient_id, company_id) in enumerate(sorted(found), start=1)
    ]


def _row(scene, number, subject_id, patient_id, company_id, moment, key, anchor):
    return Row(
        token_id=number,
        enrollment_id=number,
        version_id=None,
        step_key=scene.graph.start,
        visit=1,
        attempt=0,
        due_at=moment,
        woken=None,
        patient_id=patient_id,
        subject_model=scene.graph.subject,
        subject_id=subject_id,
        company_id=company_id,
        trigger=key,
        anchor_at=anchor,
        appointment_id=subject_id if scene.subject.is_appointment else None,
    )


def expected(scene):
    """Return how often what the workflow waits for happened lately: a guess at what will."""
    codes = {code for trigger in scene.graph.triggers.values() for code in trigger.events}
    if not codes:
        return 0
    return scene.env['healthcare.workflow.event'].search_count(
        [('kind', 'in', sorted(codes)), ('date', '>', scene.now - HORIZON)]
    )


class Play:
    """Tokens in memory, and the moments they wait for."""

    def __init__(self, scene, rows):
        self.scene = scene
        self.order = count()
        self.numbers = count(len(rows) + 1)
        self.queue = []
        #: enrollment id -> {token id: row}, those under way
        self.live = {}
        for row in rows:
            self.put(row, row.due_at)

    def put(self, row, moment):
        """Let ``row`` come (back) to its step at ``moment``; never, if that is ``None``."""
        self.live.setdefault(row.enrollment_id, {})[row.token_id] = row
        if moment is not None:
            heapq.heappush(self.queue, (moment, next(self.order), row))

    def take(self, until):
        """Return the next moment that is not after ``until``, and the rows that are due then."""
        due, moment = [], None
        while self.queue and self.queue[0][0] <= (until if moment is None else moment):
            moment, _order, row = heapq.heappop(self.queue)
            # a token that was stopped, or woken before, left an entry behind
            if self.live.get(row.enrollment_id, {}).get(row.token_id) is row:
                due.append(replace(row, live=len(self.live[row.enrollment_id])))
        return moment, due

    def is_live(self, row):
        """Say whether no other path stopped this one."""
        return row.token_id in self.live.get(row.enrollment_id, {})

    def advance(self, moment, result, answer):
        """Move the token of ``result`` on, as :func:`.tick.advance` does in the database."""
        row, graph = result.row, self.scene.graph
        step = graph.steps[row.step_key]
        if result.loops is not None:
            row = replace(row, loops=result.loops)
        if result.is_parked:
            if answer and result.awaits != 'join':
                self.put(replace(row, woken=answer), moment)
            else:
                self.put(replace(row, woken='due'), result.until)
        elif step.kind == 'end' and result.outcome != 'neutral':
            self.live.pop(row.enrollment_id)
        else:
            self.live[row.enrollment_id].pop(row.token_id)
            for number, key in enumerate(graph.next_keys(row.step_key, result.outcome)):
                self.put(
                    replace(
                        row,
                        token_id=next(self.numbers) if number else row.token_id,
                        step_key=key,
                        visit=row.visit + 1,
                        due_at=moment,
                        woken=None,
                    ),
                    moment,
                )
        self.settle_joins(row.enrollment_id, moment)

    def settle_joins(self, enrollment_id, moment):
        """Let the enrollment through the joins that wait for nobody any more."""
        paths = self.live.get(enrollment_id, {})
        for key, upstream in self.scene.graph.joins.items():
            here = [row for row in paths.values() if row.step_key == key and row.woken == 'due']
            is_first = self.scene.graph.steps[key].mode == 'first'
            if not here or (
                not is_first and any(row.step_key in upstream for row in paths.values())
            ):
                continue
            winner = min(here, key=lambda row: row.token_id)
            for row in list(paths.values()):
                if row.step_key == key or row.step_key in upstream:
                    paths.pop(row.token_id)
            self.put(replace(winner, woken='joined'), moment)


def play(scene, rows, until, answers):
    """Lead ``rows`` through the graph up to ``until``; return the :class:`Line` of each decision.

    :param answers: as in :func:`simulate`; ``None``: a path ends where people or providers answer
    """
    lines, stage = [], Play(scene, rows)
    while True:
        moment, due = stage.take(until)
        if not due:
            if moment is None:
                return lines
            continue
        now = replace(scene, now=moment)
        for key, group in _by_step(due).items():
            step = scene.graph.steps[key]
            group = [row for row in group if stage.is_live(row)]
            if step.needs_people:
                group = with_people(scene.env, group, moment)
            for result in step.run(group, now):
                lines.append(Line(moment, result.row, result))
                if not stage.is_live(result.row):
                    continue
                stops = answers is None and result.is_parked and not _is_clockwork(step, result)
                if stops or result.row.visit >= MAX_STEPS:
                    stage.live[result.row.enrollment_id].pop(result.row.token_id)
                    continue
                stage.advance(moment, result, (answers or {}).get(key))


def _is_clockwork(step, result):
    """Say whether a parked row goes on by the clock alone."""
    return step.is_join or (result.until is not None and step.kind == 'wait')


def _by_step(rows):
    groups = {}
    for row in rows:
        groups.setdefault(row.step_key, []).append(row)
    return groups
