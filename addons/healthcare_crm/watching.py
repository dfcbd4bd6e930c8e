"""Tables that PostgreSQL watches, whoever writes and in whatever way."""

from odoo.tools import SQL

#: event -> what its trigger sees of the rows
_ROWS = {
    'insert': 'NEW TABLE AS arrived',
    'update': 'OLD TABLE AS gone NEW TABLE AS arrived',
    'delete': 'OLD TABLE AS gone',
}


def watch(cr, table, function, body):
    """Have a function called once by each statement that changes a table.

    Odoo does not know triggers: ``uninstall_hook`` drops the function.

    :param body: of the function in PL/pgSQL; rows are in ``arrived`` and ``gone``
    :return: whether nobody, or another function, has watched until now
    :rtype: bool
    """
    cr.execute(
        """
        SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
         WHERE tgrelid = %s::regclass AND proname = %s AND prosrc = %s
        """,
        (table, function, body),
    )
    if cr.fetchone()[0] == len(_ROWS):
        return False
    names = {'table': SQL.identifier(table), 'function': SQL.identifier(function)}
    cr.execute(
        SQL(
            'CREATE OR REPLACE FUNCTION %(function)s() RETURNS trigger LANGUAGE plpgsql '
            'AS %(body)s',
            **names,
            body=body,
        )
    )
    for event, rows in _ROWS.items():
        cr.execute(
            SQL(
                """
                DROP TRIGGER IF EXISTS %(trigger)s ON %(table)s;
                CREATE TRIGGER %(trigger)s AFTER %(event)s ON %(table)s
                REFERENCING %(rows)s FOR EACH STATEMENT EXECUTE FUNCTION %(function)s()
                """,
                **names,
                trigger=SQL.identifier(f'{function}_{event}'),
                event=SQL(event),
                rows=SQL(rows),
            )
        )
    return True
