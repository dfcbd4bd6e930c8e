"""What a database holds, told so briefly that it can be compared with its copy."""

from psycopg2.sql import SQL, Identifier

#: rows of one table: how many, and a digest that does not depend on their order
_ROWS = SQL("""
    SELECT count(*),
           coalesce(sum(('x' || left(digest, 15))::bit(60)::bigint), 0)::text,
           coalesce(sum(('x' || right(digest, 15))::bit(60)::bigint), 0)::text
      FROM (SELECT encode(sha256(convert_to((copied_row_.*)::text, 'UTF8')), 'hex') AS digest
              FROM ONLY {} AS copied_row_) AS rows
""")
_OURS = """
    nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\\_%%'
    AND NOT EXISTS (SELECT FROM pg_depend
                     WHERE objid = {oid} AND classid = '{catalog}'::regclass AND deptype = 'e')
"""
_TABLES = f"""
    SELECT nspname, relname
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND {_OURS.format(oid='pg_class.oid', catalog='pg_class')}
  ORDER BY 1, 2
"""
#: what else there is, by name: how it is spelled may differ between versions of PostgreSQL
_OBJECTS = f"""
    SELECT 'relation ' || relkind::text || ' ' || nspname || '.' || relname
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind IN ('i', 'I', 'v', 'm', 'S')
       AND {_OURS.format(oid='pg_class.oid', catalog='pg_class')}
       AND nspname != 'pg_toast'
 UNION ALL
    SELECT 'constraint ' || contype::text || ' ' || nspname || '.' || relname || '.' || conname
      FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE contype != 'n' AND {_OURS.format(oid='pg_class.oid', catalog='pg_class')}
 UNION ALL
    SELECT 'trigger ' || nspname || '.' || relname || '.' || tgname
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE NOT tgisinternal AND {_OURS.format(oid='pg_class.oid', catalog='pg_class')}
 UNION ALL
    SELECT 'function ' || nspname || '.' || proname || '/' || pronargs
      FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
     WHERE {_OURS.format(oid='pg_proc.oid', catalog='pg_proc')}
 UNION ALL
    SELECT 'extension ' || extname FROM pg_extension
  ORDER BY 1
"""
_SEQUENCES = """
    SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename), coalesce(last_value, 0)
      FROM pg_sequences ORDER BY 1
"""
#: rows are spelled alike in every session
_SPELLING = """
    SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD';
    SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 1;
    SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL search_path = pg_catalog
"""


def describe(cr):
    """Return what the database of a cursor holds, for :func:`compare`.

    :return: ``{'tables': {name: [rows, digest]}, 'sequences': {name: value}, 'objects': [name]}``
    """
    # so that what is set holds no longer than here
    cr.execute('SAVEPOINT describing')
    cr.execute(_SPELLING)
    cr.execute(_SEQUENCES)
    sequences = dict(cr.fetchall())
    cr.execute(_OBJECTS)
    objects = [name for (name,) in cr.fetchall()]
    cr.execute(_TABLES)
    tables = {}
    for schema, table in cr.fetchall():
        cr.execute(_ROWS.format(Identifier(schema, table)))
        count, first, second = cr.fetchone()
        tables[f'{schema}.{table}'] = [count, f'{first}.{second}']
    cr.execute('ROLLBACK TO SAVEPOINT describing')
    return {'tables': tables, 'sequences': sequences, 'objects': objects}


def compare(told, found):
    """Return sentences that say in what a copy differs from what was told of the original.

    :param dict told: what :func:`describe` said of the original
    :param dict found: what it says of the copy
    """
    differences = []
    for table, (rows, digest) in told['tables'].items():
        if table not in found['tables']:
            differences.append(f"The table {table} is missing.")
            continue
        found_rows, found_digest = found['tables'][table]
        if rows != found_rows:
            differences.append(f"The table {table} has {found_rows} rows instead of {rows}.")
        elif digest != found_digest:
            differences.append(f"Rows of the table {table} are not what they were.")
    differences += [
        f"The table {table} is new." for table in found['tables'] if table not in told['tables']
    ]
    for name, value in told['sequences'].items():
        # numbers are taken while a dump is made, none is given back
        if found['sequences'].get(name, -1) < value:
            differences.append(f"The sequence {name} is not at {value}.")
    objects, found_objects = set(told['objects']), set(found['objects'])
    differences += [f"Missing: {name}." for name in sorted(objects - found_objects)]
    differences += [f"New: {name}." for name in sorted(found_objects - objects)]
    return differences
