"""What a workflow would do, computed by the engine's own steps on real patients; nothing is
written."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from odoo.tools import SQL

from . import enroll
from .facts import Row, Scene, read_people
from .graph import compile_graph
from .subjects import SUBJECTS

HORIZON = timedelta(days=30)
#: A preview follows no patient further than this many steps.
MAX_STEPS = 20


def preview(env, definition, now, workflow_id=None, version_id=None):
    """Return what publishing ``definition`` at ``now`` would mean.

    :return: {"entering": how many would be enrolled at once, "reached": how many of them come to
        their first step within :data:`HORIZON`, "steps": Counter of (step key, outcome, channel or
        reason)}
    """
    graph = compile_graph(definition)
    subject = SUBJECTS[graph.subject]
    _anchor, moment = enroll.trigger_sql(graph)
    env.flush_all()
    found = env.execute_query(
        SQL(
            """
            SELECT subject.id, subject.%s, %s FROM %s AS subject
             WHERE subject.id IN (%s) AND %s
             ORDER BY subject.id
            """,
            SQL.identifier(subject.patient),
            moment,
            SQL.identifier(subject.table),
            enroll.eligible_query(env, graph).subselect(),
            enroll.entering_sql(graph, now),
        )
    )
    due = [row for row in found if row[2] <= now + HORIZON]
    people = read_people(env, {patient_id for _subject, patient_id, _moment in due}, now.date())
    rows = [
        Row(
            token_id=index,
            enrollment_id=index,
            version_id=version_id,
            step_key=graph.start,
            visit=1,
            attempt=0,
            due_at=now,
            woken=None,
            patient_id=patient_id,
            subject_model=graph.subject,
            subject_id=subject_id,
            company_id=None,
            person=people[patient_id],
        )
        for index, (subject_id, patient_id, _moment) in enumerate(due)
    ]
    return {'entering': len(found), 'reached': len(due), 'steps': walk(env, graph, rows, now)}


def walk(env, graph, rows, now):
    """Lead ``rows`` from the start through decisions and waits, up to where people or providers
    answer."""
    counts = Counter()
    at = {graph.start: rows}
    for _round in range(MAX_STEPS):
        following = {}
        for key, group in at.items():
            step = graph.steps[key]
            for result in step.run(group, Scene(env, graph, now)):
                parked = result.until is not None
                outcome = 'waiting' if parked else result.outcome
                counts[key, outcome, result.reason] += 1
                # a wait is over in no time here; what people or providers answer cannot be foreseen
                if parked and step.kind != 'wait':
                    continue
                target = graph.next_key(key, 'done' if parked else result.outcome)
                if target:
                    row = replace(result.row, step_key=target, visit=result.row.visit + 1)
                    following.setdefault(target, []).append(row)
        at = following
    return counts
