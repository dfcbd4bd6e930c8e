"""Who is in a workflow: enrolling, following moved dates, leaving. All by sets."""

from odoo.fields import Domain
from odoo.tools import SQL

from . import sql
from .effects import Communication, counters, log, tokens, write_all
from .facts import Row, read_people
from .gates import Verdict
from .graph import compile_graph
from .subjects import SUBJECTS, moment_sql

#: Virtual shards: tokens spread over them by patient, workers may share them out.
SHARDS = 16


def reconcile(env, version, now, subject_ids=None, restarted_ids=()):
    """Make the enrollments of a published workflow agree with its subjects as they are now.

    Whoever no longer belongs leaves with a reason, waits follow dates that moved, and those who
    belong and whose moment is still to come are enrolled. Running it twice changes nothing.

    :param version: a ``healthcare.workflow.version``, the current one of its workflow
    :param subject_ids: only these subjects; ``None`` means all, as when a workflow is published
    :param restarted_ids: subjects just booked or moved: they are enrolled even when the moment
        before their date has passed already, so that the steps' late policy decides, and the
        ledger tells
    :return: how many were enrolled
    """
    graph = compile_graph(version.graph)
    if subject_ids:
        leave_gone(env, version, graph, subject_ids, now)
        for running in running_versions(env, version.workflow_id, subject_ids):
            follow_dates(env, running, compile_graph(running.graph), subject_ids, now)
    return enroll(env, version, graph, now, subject_ids, restarted_ids)


def eligible_query(env, graph, subject_ids=None):
    """Return the ORM query over the subjects that meet the workflow's entry conditions."""
    domain = SUBJECTS[graph.subject].base_domain() & Domain(list(graph.entry))
    if subject_ids is not None:
        domain &= Domain('id', 'in', list(subject_ids))
    return env[graph.subject]._search(domain)


def trigger_sql(graph):
    """Return the SQL of the trigger's date and of its moment, both over ``subject``."""
    trigger = graph.trigger
    anchor = SUBJECTS[graph.subject].anchor_sql(trigger.field, graph.tz)
    return anchor, moment_sql(anchor, trigger.amount, trigger.unit, graph.tz)


def occurrence_sql(anchor):
    """Return the SQL of the occurrence an enrollment on the date ``anchor`` is for."""
    return SQL("""to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS')""", anchor)


def entering_sql(graph, now, restarted_ids=()):
    """Return the SQL condition on ``subject`` for being enrolled at ``now``: never on history."""
    anchor, moment = trigger_sql(graph)
    condition = SQL('%s > %s', moment, now)
    if restarted_ids and graph.trigger.is_before:
        condition = SQL(
            '(%s OR (%s > %s AND subject.id IN %s))', condition, anchor, now, tuple(restarted_ids)
        )
    return condition


def enroll(env, version, graph, now, subject_ids=None, restarted_ids=()):
    """Enroll eligible subjects; return how many. One enrollment per subject, patient and date."""
    subject = SUBJECTS[graph.subject]
    anchor, moment = trigger_sql(graph)
    company = SQL.identifier('subject', subject.company) if subject.company else SQL('NULL')
    enrolled = env.execute_query(
        SQL(
            """
            WITH enrolled AS (
                INSERT INTO healthcare_workflow_enrollment (
                    workflow_id, version_id, patient_id, subject_model, subject_id,
                    occurrence, company_id, state, date_start)
                SELECT %(workflow)s, %(version)s, subject.%(patient)s, %(model)s, subject.id,
                       %(occurrence)s, %(company)s, 'active', %(now)s
                  FROM %(table)s AS subject
                 WHERE subject.id IN (%(eligible)s) AND %(entering)s
                   -- the conflict alone would do, but each one takes a number of the sequence
                   AND NOT EXISTS (
                       SELECT FROM healthcare_workflow_enrollment AS earlier
                        WHERE earlier.workflow_id = %(workflow)s
                          AND earlier.patient_id = subject.%(patient)s
                          AND earlier.subject_model = %(model)s
                          AND earlier.subject_id = subject.id
                          AND earlier.occurrence = %(occurrence)s)
                 ORDER BY subject.id
                    ON CONFLICT DO NOTHING
             RETURNING id, patient_id, subject_id
            ), placed AS (
                INSERT INTO healthcare_workflow_token (
                    enrollment_id, version_id, step_key, visit, state, due_at,
                    anchor_field, anchor_amount, anchor_unit, attempt, shard)
                SELECT enrolled.id, %(version)s, %(start)s, 1, 'scheduled', %(moment)s,
                       %(field)s, %(amount)s, %(unit)s, 0, enrolled.patient_id %% %(shards)s
                  FROM enrolled JOIN %(table)s AS subject ON subject.id = enrolled.subject_id
            ), logged AS (
                INSERT INTO healthcare_workflow_log (enrollment_id, visit, kind, date)
                SELECT id, 0, 'enrolled', %(now)s FROM enrolled
            )
            SELECT count(*) FROM enrolled
            """,
            workflow=version.workflow_id.id,
            version=version.id,
            patient=SQL.identifier(subject.patient),
            model=graph.subject,
            occurrence=occurrence_sql(anchor),
            moment=moment,
            company=company,
            now=now,
            table=SQL.identifier(subject.table),
            eligible=eligible_query(env, graph, subject_ids).subselect(),
            entering=entering_sql(graph, now, restarted_ids),
            start=graph.start,
            field=graph.trigger.field,
            amount=graph.trigger.amount,
            unit=graph.trigger.unit,
            shards=SHARDS,
        )
    )
    count = enrolled[0][0]
    if count:
        counters.add(env, {(version.id, graph.start, 'enrolled'): count}, now.date())
    return count


def leave_gone(env, version, graph, subject_ids, now):
    """End the enrollments whose subject was cancelled, deleted, or given to another patient."""
    subject = SUBJECTS[graph.subject]
    gone = env.execute_query(
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
               AND (subject.id IS NULL OR %(is_gone)s
                    OR subject.%(patient)s IS DISTINCT FROM enrollment.patient_id)
            """,
            is_gone=SQL(subject.is_gone),
            table=SQL.identifier(subject.table),
            workflow=version.workflow_id.id,
            model=graph.subject,
            ids=tuple(subject_ids),
            patient=SQL.identifier(subject.patient),
        )
    )
    leave(env, dict(gone), now)


def running_versions(env, workflow, subject_ids):
    """Return the versions of ``workflow`` that these subjects are under way in."""
    found = env.execute_query(
        SQL(
            """
            SELECT DISTINCT version_id FROM healthcare_workflow_enrollment
             WHERE workflow_id = %s AND subject_model = %s AND subject_id IN %s
               AND state = 'active'
            """,
            workflow.id,
            workflow.subject_model,
            tuple(subject_ids),
        )
    )
    return env['healthcare.workflow.version'].browse(sorted(one for (one,) in found))


def follow_dates(env, version, graph, subject_ids, now):
    """Move the waits of a version along with their dates; who was past the first step starts
    again."""
    subject = SUBJECTS[graph.subject]
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
            graph.subject,
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
                moment=moment_sql(subject.anchor_sql(field, graph.tz), amount, unit, graph.tz),
                table=SQL.identifier(subject.table),
                version=version.id,
                model=graph.subject,
                ids=tuple(subject_ids),
                field=field,
                amount=amount,
                unit=unit,
            )
        )
    anchor, _moment = trigger_sql(graph)
    occurrence = occurrence_sql(anchor)
    moved = env.execute_query(
        SQL(
            """
            SELECT enrollment.id, %(occurrence)s, token.state = 'scheduled' AND token.visit = 1,
                   EXISTS (SELECT FROM healthcare_workflow_enrollment AS earlier
                            WHERE earlier.workflow_id = enrollment.workflow_id
                              AND earlier.patient_id = enrollment.patient_id
                              AND earlier.subject_model = enrollment.subject_model
                              AND earlier.subject_id = enrollment.subject_id
                              AND earlier.occurrence = %(occurrence)s)
              FROM healthcare_workflow_enrollment AS enrollment
              JOIN healthcare_workflow_token AS token ON token.enrollment_id = enrollment.id
              JOIN %(table)s AS subject ON subject.id = enrollment.subject_id
             WHERE enrollment.version_id = %(version)s AND enrollment.subject_model = %(model)s
               AND enrollment.subject_id IN %(ids)s AND enrollment.state = 'active'
               AND enrollment.occurrence IS DISTINCT FROM %(occurrence)s
            """,
            occurrence=occurrence,
            table=SQL.identifier(subject.table),
            version=version.id,
            model=graph.subject,
            ids=tuple(subject_ids),
        )
    )
    renamed = [(one, new) for one, new, at_start, taken in moved if at_start and not taken]
    if renamed:
        env.execute_query(
            SQL(
                """
                UPDATE healthcare_workflow_enrollment AS enrollment
                   SET occurrence = moved.occurrence
                  FROM (VALUES %s) AS moved (id, occurrence)
                 WHERE enrollment.id = moved.id RETURNING enrollment.id
                """,
                sql.values_list(renamed),
            )
        )
        log.write(
            env,
            [log.LogEntry(one, None, 0, 'moved', detail={'to': new}) for one, new in renamed],
            now,
        )
    leave(
        env,
        {one: 'subject_moved' for one, _new, at_start, taken in moved if taken or not at_start},
        now,
    )


def leave(env, reasons, now):
    """End active enrollments early; what they still had in the outgoing queue is cancelled.

    A patient whose first message was still to come gets a ledger row that says why it never went,
    so that the timeline answers the question.

    :param reasons: {enrollment id: exit reason}
    """
    if not reasons:
        return
    _ledger_what_will_not_go(env, reasons, now)
    _allow_to_come_back(env, reasons)
    tokens.end(env, [(one, 'exited', reason) for one, reason in reasons.items()], now)
    log.write(
        env,
        [log.LogEntry(one, None, 0, 'exited', reason=reason) for one, reason in reasons.items()],
        now,
    )
    ids = tuple(reasons)
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_communication SET status = 'cancelled', reason = 'subject_cancelled'
             WHERE enrollment_id IN %s AND status IN ('queued', 'held') RETURNING id
            """,
            ids,
        )
    )
    env.execute_query(
        SQL(
            """
            UPDATE healthcare_care_task SET state = 'cancelled'
             WHERE enrollment_id IN %s AND state IN ('requested', 'in-progress') RETURNING id
            """,
            ids,
        )
    )
    env['healthcare.communication'].invalidate_model()
    env['healthcare.care.task'].invalidate_model()


def _allow_to_come_back(env, reasons):
    """Free the key of those whom no step has reached yet: booked again, they are enrolled again."""
    ids = [
        one for one, reason in reasons.items() if reason in ('subject_cancelled', 'patient_changed')
    ]
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
    cancelled = [one for one, reason in reasons.items() if reason == 'subject_cancelled']
    rows = (
        read_rows(env, SQL("enrollment.id = ANY(%s) AND token.state = 'scheduled'", cancelled))
        if cancelled
        else []
    )
    graphs = {}
    effects = []
    for row in rows:
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


def read_rows(env, condition, now=None):
    """Return the :class:`~.facts.Row` of every token that meets the SQL ``condition``, persons
    filled in."""
    env.flush_all()
    found = env.execute_query(
        SQL(
            """
            SELECT token.id, enrollment.id, token.version_id, token.step_key, token.visit,
                   token.attempt, token.due_at,
                   CASE WHEN token.state = 'parked' THEN COALESCE(token.woken, 'due') END,
                   enrollment.patient_id, enrollment.subject_model, enrollment.subject_id,
                   enrollment.company_id
              FROM healthcare_workflow_token AS token
              JOIN healthcare_workflow_enrollment AS enrollment
                ON enrollment.id = token.enrollment_id
             WHERE %s
             ORDER BY token.due_at, token.id
            """,
            condition,
        )
    )
    people = read_people(env, {row[8] for row in found}, (now or env.cr.now()).date())
    return [Row(*row, person=people[row[8]]) for row in found]
