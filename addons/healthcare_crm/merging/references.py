# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Everything in the database that points at a record of one model, found from the registry."""

from typing import NamedTuple

from odoo.tools import SQL

TARGET = 'res.partner'


class Reference(NamedTuple):
    """One column that points at the model.

    :param kind: ``column`` (a foreign key), ``number`` (an id beside the name of a model),
        ``text`` (``model,id``), ``pairs`` (one side of a many2many table), ``companies`` (a value
        per company) or ``properties`` (added by users: whatever their definitions say)
    :param beside: of a ``number`` the column with the name of the model, empty where none is
        stored; of ``pairs`` the other column
    """

    kind: str
    table: str
    column: str
    model: str = ''
    field: str = ''
    beside: str = ''


def find_references(env, target=TARGET):
    """Return every :class:`Reference` to the model ``target``, each column once.

    Foreign keys that no model of the registry knows, left behind by an add-on that is not
    installed any more, are among them.
    """
    tables = _get_tables(env.cr)
    found = {}

    def add(reference):
        if reference.column in tables.get(reference.table, ()):
            found.setdefault((reference.table, reference.column), reference)

    relations = []
    for name, model in sorted(env.registry.items()):
        if model._abstract:
            continue
        for field in model._fields.values():
            if not field.store:
                continue
            if field.type == 'many2many':
                relations.append((name, field))
            elif field.column_type:
                if reference := _get_reference(model, field, target):
                    add(reference)
    for key in _get_foreign_keys(env.cr, target.replace('.', '_')):
        if 'id' in tables.get(key[0], ()):
            add(Reference('column', *key))
    # after the models: the table of a many2many may have a model of its own
    for name, field in relations:
        sides = (field.column1, field.column2)
        if name == target:
            add(Reference('pairs', field.relation, sides[0], name, field.name, sides[1]))
        if field.comodel_name == target:
            add(Reference('pairs', field.relation, sides[1], name, field.name, sides[0]))
    return list(found.values())


def _get_reference(model, field, target):
    where = (model._table, field.name, model._name, field.name)
    if field.type == 'many2one' and field.comodel_name == target:
        return Reference('companies' if field.company_dependent else 'column', *where)
    if field.type == 'reference':
        return Reference('text', *where)
    if field.type == 'properties':
        return Reference('properties', *where)
    if field.type == 'many2one_reference':
        beside = model._fields.get(field.model_field)
        stored = beside is not None and beside.store and beside.column_type
        return Reference('number', *where, field.model_field if stored else '')
    return None


def _get_tables(cr):
    """Return the columns of every table; views have no rows of their own."""
    cr.execute(
        """
        SELECT class.relname, array_agg(attribute.attname::text)
          FROM pg_class AS class
          JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
         WHERE class.relkind IN ('r', 'p') AND class.relnamespace = current_schema::regnamespace
           AND attribute.attnum > 0 AND NOT attribute.attisdropped
      GROUP BY class.relname
        """
    )
    return {table: frozenset(columns) for table, columns in cr.fetchall()}


def _get_foreign_keys(cr, table):
    cr.execute(
        SQL(
            """
            SELECT source.relname, attribute.attname
              FROM pg_constraint AS con
              JOIN pg_class AS source ON source.oid = con.conrelid
              JOIN pg_class AS target ON target.oid = con.confrelid
              JOIN pg_attribute AS attribute
                ON attribute.attrelid = con.conrelid AND attribute.attnum = con.conkey[1]
             WHERE con.contype = 'f' AND target.relname = %s
               AND target.relnamespace = current_schema::regnamespace
               AND source.relnamespace = current_schema::regnamespace
          ORDER BY 1, 2
            """,
            table,
        )
    )
    return cr.fetchall()
