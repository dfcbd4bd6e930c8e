"""Which keys a database needs, and whether those at hand open what it holds. SQL, no registry."""

from psycopg2.sql import SQL, Identifier

from ..crypto import keyring
from ..crypto.keyring import Unreadable
from ..sealing import SUFFIX

#: the latest value under each key
_SAMPLE = SQL("""
    SELECT DISTINCT ON (split_part({name}, '.', 2)) id, {name} FROM {table}
     WHERE {name} IS NOT NULL ORDER BY split_part({name}, '.', 2), id DESC
""")


def get_checks(cr):
    """Return ``{id: check value}`` of the keys that this database was encrypted with."""
    cr.execute("SELECT name, check_value FROM healthcare_key WHERE retired_at IS NULL")
    return dict(cr.fetchall())


def compare(checks, ring):
    """Return sentences that say which keys are not at hand.

    :param dict checks: ``{id: check value}`` that are needed
    :param KeyRing ring: the keys at hand
    """
    problems = []
    for name, check in checks.items():
        if name not in ring.checks:
            problems.append(f"the key “{name}” is missing")
        elif ring.checks[name] != check:
            problems.append(f"“{name}” is another key")
    return problems


def open_samples(cr, read_file):
    """Open one value of every sealed field under every key that sealed some of it.

    :param read_file: returns the content of a file of the filestore
    :return: ``(how many were opened, sentences about those that were not)``
    """
    ring, opened, problems = keyring.get(), 0, []
    for model, name, is_file in _get_fields(cr):
        samples = _sample_files(cr, model, name, read_file) if is_file else _sample(cr, model, name)
        for id_, sealed in samples:
            context = f'{model}|{name.removesuffix(SUFFIX)}|{id_}'
            try:
                (ring.unseal_file if is_file else ring.unseal)(sealed, context)
                opened += 1
            except Unreadable as error:
                problems.append(f"{model} {id_}, {name.removesuffix(SUFFIX)}: {error}")
    return opened, problems


def _get_fields(cr):
    cr.execute(
        """
        SELECT kept.model, kept.name, kept.ttype = 'binary'
          FROM ir_model_fields AS kept
          JOIN ir_model_fields AS field
            ON field.model = kept.model AND field.name || %s = kept.name
         WHERE kept.store AND kept.ttype IN ('text', 'binary') ORDER BY 1, 2
        """,
        [SUFFIX],
    )
    return cr.fetchall()


def _sample(cr, model, name):
    table = model.replace('.', '_')
    cr.execute(
        "SELECT FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
        [table, name],
    )
    if not cr.rowcount:
        return []
    cr.execute(_SAMPLE.format(name=Identifier(name), table=Identifier(table)))
    return cr.fetchall()


def _sample_files(cr, model, name, read_file):
    """Yield the latest and the first file: keys come one after the other."""
    cr.execute(
        """
        SELECT res_id, store_fname, db_datas FROM ir_attachment
         WHERE id IN (SELECT unnest(ARRAY[min(id), max(id)]) FROM ir_attachment
                       WHERE res_model = %s AND res_field = %s)
        """,
        [model, name],
    )
    for id_, fname, content in cr.fetchall():
        yield id_, read_file(fname) if fname else bytes(content or b'')
