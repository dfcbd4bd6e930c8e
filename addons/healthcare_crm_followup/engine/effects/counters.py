"""Daily counters per version and step, ``healthcare.workflow.stat``, kept as the engine runs.

Every batch adds rows of its own, so that workers never meet over a counter; whoever reads, sums.
:func:`fold` makes one row of those of a day that is over.
"""

from odoo.tools import SQL

from .. import sql


def add(env, counts, today):
    """Add to the counters of the day ``today``.

    :param counts: {(version_id, step_key, outcome): how many}
    """
    sql.insert_rows(
        env,
        'healthcare_workflow_stat',
        ['version_id', 'step_key', 'outcome', 'date', 'total'],
        [(*place, today, total) for place, total in sorted(counts.items())],
    )


def fold(env, today):
    """Make one row of each counter of the days before ``today``."""
    env.execute_query(
        SQL(
            """
            WITH several AS (
                SELECT version_id, step_key, outcome, date, min(id) AS id, sum(total) AS total
                  FROM healthcare_workflow_stat WHERE date < %(today)s
                 GROUP BY version_id, step_key, outcome, date HAVING count(*) > 1
            ), folded AS (
                UPDATE healthcare_workflow_stat AS stat SET total = several.total
                  FROM several WHERE stat.id = several.id
            )
            DELETE FROM healthcare_workflow_stat AS stat USING several
             WHERE stat.version_id = several.version_id AND stat.step_key = several.step_key
               AND stat.outcome = several.outcome AND stat.date = several.date
               AND stat.id != several.id
         RETURNING stat.id
            """,
            today=today,
        )
    )
