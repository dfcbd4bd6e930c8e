"""Daily counters per version and step, ``healthcare.workflow.stat``, kept as the engine runs."""

from odoo.tools import SQL

from .. import sql


def add(env, counts, today):
    """Add to the counters of the day ``today``.

    :param counts: {(version_id, step_key, outcome): how many}
    """
    if not counts:
        return
    # a fixed order of rows, so that two workers never wait for each other in a circle
    rows = [
        (version, key, outcome, today, counts[version, key, outcome])
        for version, key, outcome in sorted(counts)
    ]
    env.execute_query(
        SQL(
            """
            INSERT INTO healthcare_workflow_stat AS stat
                   (version_id, step_key, outcome, date, total)
            VALUES %s
            ON CONFLICT (version_id, step_key, outcome, date)
            DO UPDATE SET total = stat.total + EXCLUDED.total
            RETURNING id
            """,
            sql.values_list(rows),
        )
    )
