"""The latest few rows of each kind, however many there are."""

from odoo.tools import SQL


def latest_of_each(model, domain, by, date, count, kinds):
    """Return the latest ``count`` records of each of the ``kinds`` kinds seen last.

    The database picks them, so a thousand rows of a patient cost no more than those that are
    shown. The rules of the reader apply.

    :param model: the model, empty recordset
    :param domain: which records, for example those of a patient
    :param SQL by: what makes records of one kind, over the table's columns
    :param SQL date: the column that says when
    :rtype: dict
    :return: records newest first by kind, the kind seen last first
    """
    query = model._search(domain)
    if query.is_empty():
        return {}
    identifier = SQL.identifier(query.table, 'id')
    kind_rows = query.select(
        identifier,
        SQL('%s AS kind', by),
        SQL('%s AS seen', date),
        SQL(
            'row_number() OVER (PARTITION BY %s ORDER BY %s DESC, %s DESC) AS nth',
            by,
            date,
            identifier,
        ),
        SQL('max(%s) OVER (PARTITION BY %s) AS latest', date, by),
    )
    rows = model.env.execute_query(
        SQL(
            """
            SELECT id, kind
              FROM (SELECT *, dense_rank() OVER (ORDER BY latest DESC, kind) AS place
                      FROM (%s) AS every) AS ranked
             WHERE nth <= %s AND place <= %s
             ORDER BY place, seen DESC, id DESC
            """,
            kind_rows,
            count,
            kinds,
        )
    )
    found = {}
    for record_id, kind in rows:
        found.setdefault(kind, []).append(record_id)
    # one prefetch for all of them
    records = model.browse(record_id for record_id, _kind in rows)
    return {kind: model.browse(ids).with_prefetch(records.ids) for kind, ids in found.items()}
