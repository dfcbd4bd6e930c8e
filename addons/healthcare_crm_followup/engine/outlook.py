"""What enrolling chosen subjects would come to. Nothing is written."""

from odoo.tools import SQL

from . import enroll

#: What can become of a subject, in the order in which it is asked.
ENTERS, CONDITION, ACTIVE, RECENT, SIBLING = 'enters', 'condition', 'active', 'recent', 'sibling'


def of(scene, subject_ids):
    """Return {what would become of them: how many}, for subjects enrolled by hand at this moment.

    ``condition``: they do not meet the entry conditions; ``active``: they are in it already, or
    were, and the re-entry rule allows no other time; ``recent``: they were in it too short a time
    ago; ``sibling``: they are in another workflow of its group that matters as much.
    """
    if not subject_ids:
        return {}
    graph, subject = scene.graph, scene.subject
    slot = enroll.slot_sql(graph, scene.workflow_id)
    recent = sibling = SQL('FALSE')
    # of two subjects that want one place, one enters
    place = SQL('COALESCE(%s, source.subject_id::text)', slot)
    if graph.reentry.days:
        place = SQL('source.patient_id::text')
        recent = SQL(
            """EXISTS (SELECT FROM healthcare_workflow_enrollment AS earlier
                        WHERE earlier.workflow_id = %s
                          AND earlier.patient_id = source.patient_id
                          AND earlier.date_start > %s - %s::interval)""",
            scene.workflow_id,
            scene.now,
            f'{graph.reentry.days} days',
        )
    if graph.siblings:
        sibling = SQL(
            """EXISTS (SELECT FROM healthcare_workflow_enrollment AS other
                         JOIN healthcare_workflow_version AS running
                           ON running.id = other.version_id
                        WHERE other.sibling_slot = %s || source.patient_id
                          AND (other.workflow_id = %s
                            OR COALESCE((running.graph->'guards'->>'priority')::int, 1) >= %s))""",
            f'{graph.siblings}:',
            scene.workflow_id,
            graph.priority,
        )
    scene.env.flush_all()
    return dict(
        scene.env.execute_query(
            SQL(
                """
                WITH source AS (
                    SELECT subject.id AS subject_id, subject.%(patient)s AS patient_id
                      FROM %(table)s AS subject WHERE subject.id = ANY(%(ids)s)
                ), judged AS (
                    SELECT CASE WHEN source.subject_id NOT IN (%(eligible)s) THEN %(condition)s
                                WHEN EXISTS (
                                    SELECT FROM healthcare_workflow_enrollment AS other
                                     WHERE other.slot = %(slot)s) THEN %(active)s
                                WHEN %(recent)s THEN %(is_recent)s
                                WHEN %(sibling)s THEN %(is_sibling)s
                                ELSE %(enters)s END AS verdict,
                           %(place)s AS place
                      FROM source
                ), placed AS (
                    SELECT verdict, row_number() OVER (PARTITION BY verdict, place) AS number
                      FROM judged
                )
                SELECT CASE WHEN verdict = %(enters)s AND number > 1 THEN %(active)s
                            ELSE verdict END, count(*)
                  FROM placed GROUP BY 1
                """,
                patient=SQL.identifier(subject.patient),
                table=SQL.identifier(subject.table),
                ids=list(subject_ids),
                eligible=enroll.eligible_sql(scene, subject_ids),
                slot=slot,
                recent=recent,
                sibling=sibling,
                place=place,
                condition=CONDITION,
                active=ACTIVE,
                is_recent=RECENT,
                is_sibling=SIBLING,
                enters=ENTERS,
            )
        )
    )
