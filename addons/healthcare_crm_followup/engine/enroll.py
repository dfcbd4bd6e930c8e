"""Who is in a workflow: enrolling, following dates, reaching the goal, leaving. All by sets."""

from collections import Counter
from uuid import uuid4

from odoo.fields import Domain
from odoo.tools import SQL

from . import sql
from .effects import Communication, counters, log, tokens, write_all
from .facts import Row, Scene, with_people
from .gates import Verdict
from .graph import compile_graph
from .subjects import appointment_sql

#: Reasons that take away what a workflow is about, as opposed to leaving it.
SUBJECT_GONE = ('subject_cancelled', 'subject_deleted', 'subject_moved', 'patient_changed')


def scene_of(env, version, now):
    """Return the :class:`~.facts.Scene` of a published version at ``now``."""
    return Scene(env, compile_graph(version.graph), now, version.workflow_id.id)


def reconcile(env, version, now, subject_ids=None, restarted_ids=(), enrolling=True):
    """Make the enrollments of a published workflow agree with its subjects as they are now.

    Whoever no longer belongs leaves with a reason, waits follow dates that moved, and those who
    belong and whose moment is still to come are enrolled. Running it twice changes nothing.

    :param version: a ``healthcare.workflow.version``, the current one of its workflow
    :param subject_ids: only these subjects; ``None`` means all, as when a workflow is published
    :param restarted_ids: subjects just booked or moved: they are enrolled even when the moment
        before their date has passed already, so that the steps' late policy decides, and the
        ledger tells
    :param enrolling: whether anybody new comes in; those under way are looked at in any case
    :return: how many were enrolled
    """
    scene = scene_of(env, version, now)
    if subject_ids:
        leave_gone(scene, version, subject_ids)
        # a goal that is reached may take away the date as well: the supply that ran out is renewed
        leave_by_rule(scene, version, subject_ids)
        for running in running_versions(env, version.workflow_id, scene.graph.subject, subject_ids):
            follow(scene_of(env, running, now), running, subject_ids)
    return enroll_scheduled(scene, version, subject_ids, restarted_ids) if enrolling else 0


# ---------------------------------------------------------------- coming in


def eligible_sql(scene, subject_ids=None):
    """Return the SQL of the ids of the subjects that meet the workflow's entry conditions."""
    workflow = scene.env['healthcare.workflow'].browse(scene.workflow_id)
    domain = scene.subject.base_domain() & scene.condition(scene.graph.entry)
    domain &= workflow._get_audience(scene.subject)
    if subject_ids is not None:
        domain &= Domain('id', 'in', list(subject_ids))
    return scene.env[scene.graph.subject]._search(domain).subselect()


def standing_sql(scene):
    """Return the SQL condition on ``candidate`` that its subject is not cancelled, or put away.

    A workflow whose own conditions speak of that means what they say, as one for cancelled
    appointments does.
    """
    subject = scene.subject
    named = {leaf[0] for leaf in scene.graph.entry if isinstance(leaf, tuple)}
    if named & set(subject.gone_fields):
        return SQL('TRUE')
    return SQL(
        'NOT EXISTS (SELECT FROM %s AS subject WHERE subject.id = candidate.subject_id AND (%s))',
        SQL.identifier(subject.table),
        SQL(subject.is_gone),
    )


def occurrence_sql(anchor):
    """Return the SQL of the occurrence an enrollment on the date ``anchor`` is for."""
    return SQL("""to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS')""", anchor)


def entering_sql(scene, trigger, restarted_ids=()):
    """Return the SQL condition on ``candidate`` for being enrolled now: never on history."""
    condition = SQL('candidate.moment > %s', scene.now)
    if trigger.horizon is not None:
        condition = SQL('(%s AND candidate.moment <= %s)', condition, scene.now + trigger.horizon)
    if restarted_ids and trigger.is_before:
        condition = SQL(
            '(%s OR (candidate.anchor > %s AND candidate.subject_id IN %s))',
            condition,
            scene.now,
            tuple(restarted_ids),
        )
    return condition


def newcomer_sql(scene):
    """Return the SQL condition on ``candidate`` for not being in the workflow already."""
    return SQL(
        """
        NOT EXISTS (SELECT FROM healthcare_workflow_enrollment AS earlier
                     WHERE earlier.workflow_id = %s AND earlier.patient_id = candidate.patient_id
                       AND earlier.subject_model = %s AND earlier.subject_id = candidate.subject_id
                       AND earlier.occurrence = %s)
        """,
        scene.workflow_id,
        scene.graph.subject,
        occurrence_sql(SQL('candidate.anchor')),
    )


def enroll_scheduled(scene, version, subject_ids=None, restarted_ids=()):
    """Enroll whom the scheduled triggers concern; return how many."""
    count = 0
    for key, trigger in scene.graph.triggers.items():
        if not trigger.is_scheduled:
            continue
        source = SQL(
            """
            SELECT candidate.subject_id, candidate.patient_id, candidate.company_id,
                   %s AS occurrence, candidate.anchor, candidate.moment AS due_at
              FROM (%s) AS candidate
             WHERE candidate.subject_id IN (%s) AND %s AND %s
            """,
            occurrence_sql(SQL('candidate.anchor')),
            trigger.candidates(scene),
            eligible_sql(scene, subject_ids),
            standing_sql(scene),
            entering_sql(scene, trigger, restarted_ids),
        )
        count += len(insert(scene, version, key, source))
    return count


def enroll_happened(scene, version, key, happened):
    """Enroll the subjects something happened to that the trigger ``key`` waits for.

    :param happened: {subject id: id of the happening}; the same happening never enrolls twice
    :return: how many were enrolled
    """
    trigger = scene.graph.triggers[key]
    return len(
        insert_given(
            scene,
            version,
            key,
            {subject_id: f'event:{event_id}' for subject_id, event_id in happened.items()},
            trigger.delayed(scene.now, scene),
        )
    )


def by_hand(env, workflow, subject_ids, now, key=None, parents=None):
    """Enroll subjects because somebody says so: a person, a server action, another workflow.

    Entry conditions and the re-entry rule hold; nothing is enrolled in a workflow that does not
    run.

    :param subject_ids: ids of the workflow's subject model
    :param key: what makes calling it again harmless; ``None``: every call is a new occasion
    :param parents: for a sub-workflow: {subject id: (enrollment id, step key, visit, depth)}
    :return: {subject id: enrollment id} of those who were enrolled
    """
    runs = workflow.active and workflow.state == 'published' and workflow.version_id
    if not subject_ids or not runs:
        return {}
    scene = scene_of(env, workflow.version_id, now)
    occasion = f'hand:{key or uuid4().hex}'
    given = dict.fromkeys(subject_ids, occasion)
    for subject_id, (enrollment_id, step_key, visit, _depth) in (parents or {}).items():
        given[subject_id] = f'step:{enrollment_id}:{step_key}:{visit}'
    return insert_given(scene, workflow.version_id, None, given, now, parents)


def insert_given(scene, version, key, occurrences, due_at, parents=None):
    """Enroll the eligible ones among given subjects.

    :param occurrences: {subject id: what this enrollment is for}
    """
    if not occurrences:
        return {}
    subject = scene.subject
    source = SQL(
        """
        SELECT subject.id AS subject_id, subject.%s AS patient_id, %s AS company_id,
               given.occurrence, NULL::timestamp AS anchor, %s::timestamp AS due_at
          FROM (VALUES %s) AS given (id, occurrence)
          JOIN %s AS subject ON subject.id = given.id
         WHERE subject.id IN (%s)
        """,
        SQL.identifier(subject.patient),
        subject.company_sql(),
        due_at,
        sql.values_list(sorted(occurrences.items())),
        SQL.identifier(subject.table),
        eligible_sql(scene, occurrences),
    )
    return insert(scene, version, key, source, parents)


def slot_sql(graph, workflow_id):
    """Return the SQL of the key that keeps a second enrollment of ``source`` out."""
    per = graph.reentry.per
    if per == 'any':
        return SQL('NULL')
    if per == 'episode':
        return SQL("%s || source.subject_id", f'{workflow_id}:{graph.subject}:')
    prefix = 'once:' if per == 'once' else ''
    return SQL("%s || source.patient_id", f'{prefix}{workflow_id}:patient:')


def insert(scene, version, key, source, parents=None):
    """Enroll the rows of the SQL ``source``; return {subject id: enrollment id}.

    One enrollment per subject, patient and occurrence; the slots keep out whom the re-entry rule
    or a sibling workflow does not let in. All by unique keys, so that two workers agree.

    :param source: SQL of rows (subject_id, patient_id, company_id, occurrence, anchor, due_at)
    """
    env, graph, now = scene.env, scene.graph, scene.now
    env.flush_all()
    rested = SQL('TRUE')
    if graph.reentry.days:
        rested = SQL(
            """NOT EXISTS (SELECT FROM healthcare_workflow_enrollment AS earlier
                            WHERE earlier.workflow_id = %s
                              AND earlier.patient_id = source.patient_id
                              AND earlier.date_start > %s - %s::interval)""",
            version.workflow_id.id,
            now,
            f'{graph.reentry.days} days',
        )
        source = SQL(
            """SELECT DISTINCT ON (patient_id) * FROM (%s) AS source
                ORDER BY patient_id, due_at, subject_id""",
            source,
        )
    slot = slot_sql(graph, version.workflow_id.id)
    source = SQL(
        """
        SELECT source.* FROM (%(source)s) AS source
         WHERE %(rested)s
           -- the conflict alone would do, but each one takes a number of the sequence
           AND NOT EXISTS (
               SELECT FROM healthcare_workflow_enrollment AS earlier
                WHERE earlier.workflow_id = %(workflow)s
                  AND earlier.patient_id = source.patient_id
                  AND earlier.subject_model = %(model)s
                  AND earlier.subject_id = source.subject_id
                  AND earlier.occurrence = source.occurrence)
           AND NOT EXISTS (
               SELECT FROM healthcare_workflow_enrollment AS other WHERE other.slot = %(slot)s)
        """,
        source=source,
        rested=rested,
        workflow=version.workflow_id.id,
        model=graph.subject,
        slot=slot,
    )
    sibling = SQL('NULL')
    if graph.siblings:
        make_room(scene, version, source)
        sibling = SQL("%s || source.patient_id", f'{graph.siblings}:')
    until = SQL('NULL::timestamp')
    if graph.goal:
        until = SQL('%s + %s::interval', now, f'{graph.goal.days} days')
    enrolled = env.execute_query(
        SQL(
            """
            WITH source AS (%(source)s), enrolled AS (
                INSERT INTO healthcare_workflow_enrollment (
                    workflow_id, version_id, patient_id, subject_model, subject_id, occurrence,
                    company_id, trigger, anchor_at, slot, sibling_slot, goal_until, live, spawned,
                    depth, began_gone, state, date_start)
                SELECT %(workflow)s, %(version)s, source.patient_id, %(model)s, source.subject_id,
                       source.occurrence, source.company_id, %(trigger)s, source.anchor, %(slot)s,
                       %(sibling)s, %(until)s, 1, 1, 0, (%(is_gone)s), 'active', %(now)s
                  FROM source JOIN %(table)s AS subject ON subject.id = source.subject_id
                 WHERE NOT EXISTS (
                       SELECT FROM healthcare_workflow_enrollment AS other
                        WHERE other.sibling_slot = %(sibling)s)
                 ORDER BY source.due_at, source.subject_id
                    ON CONFLICT DO NOTHING
             RETURNING id, patient_id, subject_id
            ), placed AS (
                INSERT INTO healthcare_workflow_token (
                    enrollment_id, version_id, step_key, visit, state, due_at, attempt, shard,
                    held)
                SELECT enrolled.id, %(version)s, %(start)s, 1, 'scheduled', source.due_at, 0,
                       enrolled.patient_id %% %(shards)s, FALSE
                  FROM enrolled JOIN source USING (subject_id, patient_id)
            ), logged AS (
                INSERT INTO healthcare_workflow_log (enrollment_id, visit, kind, date)
                SELECT id, 0, 'enrolled', %(now)s FROM enrolled
            )
            SELECT subject_id, id FROM enrolled
            """,
            source=source,
            workflow=version.workflow_id.id,
            version=version.id,
            model=graph.subject,
            trigger=key,
            is_gone=SQL(scene.subject.is_gone),
            table=SQL.identifier(scene.subject.table),
            slot=slot,
            sibling=sibling,
            until=until,
            now=now,
            start=graph.start,
            shards=sql.SHARDS,
        )
    )
    if enrolled:
        counters.add(env, {(version.id, graph.start, 'enrolled'): len(enrolled)}, now.date())
    if parents and enrolled:
        adopt(env, dict(enrolled), parents)
    return dict(enrolled)


def adopt(env, enrolled, parents):
    """Tell the enrollments of a sub-workflow which step waits for them."""
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_enrollment AS child
               SET parent_id = parent.enrollment_id, parent_step = parent.step_key,
                   parent_visit = parent.visit, depth = parent.depth + 1
              FROM (VALUES %s) AS parent (child_id, enrollment_id, step_key, visit, depth)
             WHERE child.id = parent.child_id RETURNING child.id
            """,
            sql.values_list([(enrolled[one], *parents[one]) for one in sorted(enrolled)]),
        )
    )


def make_room(scene, version, source):
    """End what patients of ``source`` are under way in, in less important sibling workflows."""
    outdone = scene.env.execute_query(
        SQL(
            """
            SELECT other.id FROM healthcare_workflow_enrollment AS other
              JOIN healthcare_workflow_version AS running ON running.id = other.version_id
             WHERE other.sibling_slot IN (
                       SELECT %(group)s || source.patient_id FROM (%(source)s) AS source)
               AND other.workflow_id != %(workflow)s
               AND COALESCE((running.graph->'guards'->>'priority')::int, 1) < %(priority)s
            """,
            group=f'{scene.graph.siblings}:',
            source=source,
            workflow=version.workflow_id.id,
            priority=scene.graph.priority,
        )
    )
    leave(scene.env, {one: 'sibling' for (one,) in outdone}, scene.now)


# ---------------------------------------------------------------- following


def leave_gone(scene, version, subject_ids):
    """End the enrollments whose subject was cancelled, deleted, or given to another patient."""
    subject = scene.subject
    gone = scene.env.execute_query(
        SQL(
            """
            SELECT enrollment.id,
                   CASE WHEN subject.id IS NULL THEN 'subject_deleted'
                        WHEN %(is_gone)s THEN 'subject_cancelled'
                        ELSE 'patient_changed' END
              FROM healthcare_workflow_enrollment AS enrollment
              LEFT JOIN %(table)s AS subject ON subject.id = enrollment.subject_id
             WHERE enrollment.workflow_id = %(workflow)s AND enrollment.state = 'active'
               AND enrollment.subject_model = %(model)s AND enrollment.subject_id IN %(ids)s
               AND (subject.id IS NULL OR (%(is_gone)s) AND NOT enrollment.began_gone
                    OR subject.%(patient)s IS DISTINCT FROM enrollment.patient_id)
            """,
            is_gone=SQL(subject.is_gone),
            table=SQL.identifier(subject.table),
            workflow=version.workflow_id.id,
            model=scene.graph.subject,
            ids=tuple(subject_ids),
            patient=SQL.identifier(subject.patient),
        )
    )
    leave(scene.env, dict(gone), scene.now)


def running_versions(env, workflow, model, subject_ids):
    """Return the versions of ``workflow`` that these subjects are under way in."""
    found = env.execute_query(
        SQL(
            """
            SELECT DISTINCT version_id FROM healthcare_workflow_enrollment
             WHERE workflow_id = %s AND subject_model = %s AND subject_id IN %s
               AND state = 'active'
            """,
            workflow.id,
            model,
            tuple(subject_ids),
        )
    )
    return env['healthcare.workflow.version'].browse(sorted(one for (one,) in found))


def follow(scene, version, subject_ids):
    """Move what waits in a version along with its dates; who was past the first step starts
    again."""
    follow_waits(scene, version, subject_ids)
    for key, trigger in scene.graph.triggers.items():
        if trigger.follows:
            follow_trigger(scene, version, key, trigger, subject_ids)


def follow_waits(scene, version, subject_ids):
    """Re-date the waits of a version that hang on a date of their subject."""
    env = scene.env
    waiting = env.execute_query(
        SQL(
            """
            SELECT DISTINCT token.anchor_field, token.anchor_amount, token.anchor_unit
              FROM healthcare_workflow_token AS token
              JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = token.enrollment_id
             WHERE enrollment.version_id = %s AND enrollment.subject_model = %s
               AND enrollment.subject_id IN %s
               AND enrollment.state = 'active' AND token.anchor_field IS NOT NULL
            """,
            version.id,
            scene.graph.subject,
            tuple(subject_ids),
        )
    )
    for field, amount, unit in waiting:
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_token AS token
                   SET due_at = %(moment)s
                  FROM healthcare_workflow_enrollment AS enrollment, %(table)s AS subject
                 WHERE enrollment.id = token.enrollment_id AND subject.id = enrollment.subject_id
                   AND enrollment.version_id = %(version)s
                   AND enrollment.subject_model = %(model)s
                   AND enrollment.subject_id IN %(ids)s AND enrollment.state = 'active'
                   AND token.anchor_field = %(field)s AND token.anchor_amount = %(amount)s
                   AND token.anchor_unit = %(unit)s AND token.due_at IS DISTINCT FROM %(moment)s
             RETURNING token.id
                """,
                moment=scene.moment_sql(scene.anchor_sql(field), amount, unit),
                table=SQL.identifier(scene.subject.table),
                version=version.id,
                model=scene.graph.subject,
                ids=tuple(subject_ids),
                field=field,
                amount=amount,
                unit=unit,
            )
        )


def follow_trigger(scene, version, key, trigger, subject_ids):
    """Re-date the enrollments a trigger made; who was past the first step leaves, to start
    again."""
    env = scene.env
    moved = env.execute_query(
        SQL(
            """
            SELECT enrollment.id, %(occurrence)s, candidate.anchor, candidate.moment,
                   EXISTS (SELECT FROM healthcare_workflow_token AS token
                            WHERE token.enrollment_id = enrollment.id
                              AND token.state = 'scheduled' AND token.visit = 1),
                   EXISTS (SELECT FROM healthcare_workflow_enrollment AS earlier
                            WHERE earlier.workflow_id = enrollment.workflow_id
                              AND earlier.patient_id = enrollment.patient_id
                              AND earlier.subject_model = enrollment.subject_model
                              AND earlier.subject_id = enrollment.subject_id
                              AND earlier.occurrence = %(occurrence)s)
              FROM healthcare_workflow_enrollment AS enrollment
              LEFT JOIN (%(candidates)s) AS candidate
                ON candidate.subject_id = enrollment.subject_id
             WHERE enrollment.version_id = %(version)s AND enrollment.subject_model = %(model)s
               AND enrollment.subject_id IN %(ids)s AND enrollment.state = 'active'
               AND enrollment.trigger = %(trigger)s
               AND enrollment.occurrence IS DISTINCT FROM %(occurrence)s
            """,
            occurrence=occurrence_sql(SQL('candidate.anchor')),
            candidates=trigger.candidates(scene),
            version=version.id,
            model=scene.graph.subject,
            ids=tuple(subject_ids),
            trigger=key,
        )
    )
    renamed = [
        (one, occurrence, anchor, moment)
        for one, occurrence, anchor, moment, at_start, taken in moved
        if at_start and not taken and anchor
    ]
    if renamed:
        env.execute_query(
            SQL(
                """
                WITH moved AS (
                    SELECT * FROM (VALUES %s) AS moved (id, occurrence, anchor, moment)
                ), renamed AS (
                    UPDATE healthcare_workflow_enrollment AS enrollment
                       SET occurrence = moved.occurrence, anchor_at = moved.anchor
                      FROM moved WHERE enrollment.id = moved.id
                )
                UPDATE healthcare_workflow_token AS token SET due_at = moved.moment
                  FROM moved
                 WHERE token.enrollment_id = moved.id AND token.state = 'scheduled'
                   AND token.visit = 1
             RETURNING token.id
                """,
                sql.values_list(renamed),
            )
        )
        log.write(
            env,
            [
                log.LogEntry(one, None, 0, 'moved', detail={'to': occurrence})
                for one, occurrence, _anchor, _moment in renamed
            ],
            scene.now,
        )
    stay = {one for one, *_rest in renamed}
    leave(env, {row[0]: 'subject_moved' for row in moved if row[0] not in stay}, scene.now)


# ---------------------------------------------------------------- goals and exits


def leave_by_rule(scene, version, subject_ids):
    """Let go those of whom the goal or an exit rule holds by now; count goals reached later."""
    if not subject_ids:
        return
    graph, env = scene.graph, scene.env
    domains = [rule for rule in graph.exits if rule.domain]
    if graph.goal and graph.goal.domain:
        reach_goal(
            scene,
            version,
            SQL(
                'subject_model = %s AND subject_id = ANY(%s)',
                graph.subject,
                list(meeting(scene, graph.goal, subject_ids)),
            ),
        )
    for rule in domains:
        ids = active_ids(env, version, scene.graph.subject, meeting(scene, rule, subject_ids))
        leave(env, dict.fromkeys(ids, ('rule', rule.name)), scene.now)


def alongside(scene, version, happened):
    """Return the ids of the subjects under way whose patient something happened to: a condition
    may look from the subject at the patient, and at other records of theirs.

    What becomes of a message changes nothing that conditions look at, and what happens to a patient
    who is the subject is noticed anyhow.

    :param happened: list of :class:`~.happenings.Happening`
    """
    graph = scene.graph
    patients = {
        one.patient_id
        for one in happened
        if one.patient_id and one.model != 'healthcare.communication'
    }
    if (
        graph.subject == 'res.partner'
        or not patients
        or not any(rule.domain for rule in (*graph.exits, graph.goal) if rule)
    ):
        return []
    found = scene.env.execute_query(
        SQL(
            """
            SELECT DISTINCT subject_id FROM healthcare_workflow_enrollment
             WHERE workflow_id = %s AND subject_model = %s AND patient_id = ANY(%s)
               AND state = 'active'
            """,
            version.workflow_id.id,
            graph.subject,
            list(patients),
        )
    )
    return [one for (one,) in found]


def meeting(scene, rule, subject_ids):
    """Return the ids of the subjects that meet the domain of a goal or an exit rule."""
    return scene.matching(subject_ids, list(rule.domain))


def active_ids(env, version, model, subject_ids):
    """Return the ids of the enrollments under way in the workflow of ``version``."""
    if not subject_ids:
        return []
    found = env.execute_query(
        SQL(
            """
            SELECT id FROM healthcare_workflow_enrollment
             WHERE workflow_id = %s AND subject_model = %s AND subject_id = ANY(%s)
               AND state = 'active'
            """,
            version.workflow_id.id,
            model,
            list(subject_ids),
        )
    )
    return [one for (one,) in found]


def reach_goal(scene, version, condition):
    """Note that enrollments of the workflow of ``version`` reached their goal, once, in time; those
    under way end.

    :param condition: SQL over ``healthcare_workflow_enrollment``
    """
    reached = scene.env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_enrollment SET goal_at = %(now)s
             WHERE workflow_id = %(workflow)s AND goal_at IS NULL AND goal_until >= %(now)s
               AND state IN ('active', 'done') AND %(condition)s
         RETURNING id, version_id, arms, state
            """,
            now=scene.now,
            workflow=version.workflow_id.id,
            condition=condition,
        )
    )
    count_goals(scene.env, [(row[1], row[2]) for row in reached], scene.now)
    leave(
        scene.env,
        {row[0]: 'goal' for row in reached if row[3] == 'active'},
        scene.now,
    )


def count_goals(env, reached, now):
    """Count goals for each version and each arm of its splits.

    :param reached: [(version id, arms)], one for each enrollment; arms as ``s12=way1;s40=way2``
    """
    counts = {}
    for version_id, arms in reached:
        keys = [('', 'goal')]
        for arm in filter(None, (arms or '').split(';')):
            step_key, _equals, way = arm.partition('=')
            keys.append((step_key, f'{way}/goal'))
        for step_key, outcome in keys:
            place = (version_id, step_key, outcome)
            counts[place] = counts.get(place, 0) + 1
    counters.add(env, counts, now.date())


# ---------------------------------------------------------------- leaving


def leave(env, reasons, now):
    """End active enrollments early; what they still had in the outgoing queue is cancelled.

    A patient whose first message was still to come gets a ledger row that says why it never went,
    so that the timeline answers the question.

    :param reasons: {enrollment id: exit reason, or (exit reason, its detail)}
    """
    if not reasons:
        return
    told = {
        one: reason if isinstance(reason, tuple) else (reason, None)
        for one, reason in reasons.items()
    }
    _ledger_what_will_not_go(env, told, now)
    _allow_to_come_back(env, told)
    stood = tokens.end(
        env,
        [
            (one, 'done' if reason == 'goal' else 'exited', reason, detail)
            for one, (reason, detail) in told.items()
        ],
        now,
    )
    counters.add(
        env,
        Counter(
            (*place, f'exited/{told[one][0]}')
            for one, place in stood.items()
            if told[one][0] != 'goal'
        ),
        now.date(),
    )
    log.write(
        env,
        [
            log.LogEntry(one, None, 0, 'exited', reason=reason, detail=detail and {'rule': detail})
            for one, (reason, detail) in told.items()
        ],
        now,
    )
    for ledger_reason, is_gone in (('subject_cancelled', True), ('workflow_left', False)):
        ids = [
            one for one, (reason, _detail) in told.items() if (reason in SUBJECT_GONE) == is_gone
        ]
        if ids:
            tokens.withdraw(env, SQL('enrollment_id = ANY(%s)', ids), ledger_reason, now)


def _allow_to_come_back(env, reasons):
    """Free the key of those whom no step has reached yet: booked again, they are enrolled again."""
    ids = [
        one
        for one, (reason, _detail) in reasons.items()
        if reason in ('subject_cancelled', 'patient_changed')
    ]
    if not ids:
        return
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_workflow_enrollment AS enrollment
               SET occurrence = enrollment.occurrence || '#' || enrollment.id
              FROM healthcare_workflow_token AS token
             WHERE enrollment.id = ANY(%s) AND token.enrollment_id = enrollment.id
               AND token.state = 'scheduled' AND token.visit = 1
         RETURNING enrollment.id
            """,
            ids,
        )
    )


def _ledger_what_will_not_go(env, reasons, now):
    """Write the ledger rows of first messages that a cancelled subject keeps from going out."""
    cancelled = [one for one, (reason, _detail) in reasons.items() if reason == 'subject_cancelled']
    if not cancelled:
        return
    rows = read_rows(env, SQL("enrollment.id = ANY(%s) AND token.state = 'scheduled'", cancelled))
    graphs = {}
    effects = []
    for row in with_people(env, rows, now):
        if row.version_id not in graphs:
            graphs[row.version_id] = compile_graph(
                env['healthcare.workflow.version'].browse(row.version_id).graph
            )
        step = graphs[row.version_id].steps[row.step_key]
        if step.kind != 'message':
            continue
        verdict = Verdict(step.first_channel(row), False, 'subject_cancelled')
        effects.append(Communication.of(row, step, verdict, status='cancelled', now=None))
    write_all(env, effects, now)


def read_rows(env, condition):
    """Return the :class:`~.facts.Row` of every token that meets the SQL ``condition``, in order of
    their moments, without their persons."""
    env.flush_all()
    found = env.execute_query(
        SQL(
            """
            SELECT token.id, enrollment.id, token.version_id, token.step_key, token.visit,
                   token.attempt, token.due_at,
                   CASE WHEN token.state = 'parked' THEN COALESCE(token.woken, 'due') END,
                   enrollment.patient_id, enrollment.subject_model, enrollment.subject_id,
                   enrollment.company_id, enrollment.trigger, enrollment.anchor_at,
                   enrollment.live, token.loops, enrollment.depth, %s
              FROM healthcare_workflow_token AS token
              JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = token.enrollment_id
             WHERE %s
             ORDER BY token.due_at, token.id
            """,
            appointment_sql(),
            condition,
        )
    )
    return [Row(*row) for row in found]
