"""What is left of a patient: every text of every row of every table, and every file."""

from pathlib import Path
from typing import NamedTuple

from odoo.exceptions import UserError
from odoo.tools import SQL

from ..sealing import SUFFIX
from .markers import byte_forms, file_contains, like_patterns, pattern_of

#: rows of one reading
CHUNK = 2000
#: stands for the content of a column of bytes that quotes a marker
FOUND = '<bytes that quote a marker>'
PAGE = {'order': 'id', 'limit': CHUNK}


class Residue(NamedTuple):
    """
    :param table: or ``filestore``
    :param key: the id of the row, or the name of the file
    """

    table: str
    key: str


def find_rows(cr, markers, tables=None):
    """Yield ``(table, key, {column: text})`` of each row that quotes a marker.

    :param tables: these alone; all of the database when not told
    """
    if not markers:
        return
    patterns, wanted = like_patterns(markers), pattern_of(markers)
    signs = sorted(byte_forms(markers))
    for table, columns in _get_tables(cr).items():
        if tables is not None and table not in tables:
            continue
        texts = {
            name: _as_text(name, kind, signs) for name, kind in columns.items() if name != 'id'
        }
        if not texts:
            continue
        key = SQL('id::text') if 'id' in columns else SQL('ctid::text')
        together = SQL("concat_ws(' ', %s)", SQL(', ').join(texts.values()))
        cr.execute(
            SQL(
                'SELECT %s, %s FROM %s WHERE %s LIKE ANY(%s) OR lower(%s) LIKE ANY(%s)',
                key,
                SQL(', ').join(texts.values()),
                SQL.identifier(table),
                together,
                [*patterns, f'%{FOUND}%'],
                together,
                patterns,
            )
        )
        for row_key, *values in cr.fetchall():
            found = {
                name: value
                for name, value in zip(texts, values, strict=True)
                if value and (value == FOUND or wanted.search(value))
            }
            if found:
                yield table, row_key, found


def find_files(folder, markers):
    """Yield a :class:`Residue` for each file below a folder that quotes a marker."""
    folder = Path(folder)
    if not markers or not folder.is_dir():
        return
    for path in sorted(folder.rglob('*')):
        if path.is_file() and file_contains(path.read_bytes(), markers):
            yield Residue('filestore', str(path.relative_to(folder)))


def find_sealed(env, markers):
    """Yield ``(model, field, {id: text})`` of encrypted texts that quote a marker.

    :param env: may read everything
    """
    if not markers:
        return
    wanted = pattern_of(markers)
    for model, name in _get_sealed(env, 'text'):
        last = 0
        while True:
            records = model.search([('id', '>', last), (name + SUFFIX, '!=', False)], **PAGE)
            if not records:
                break
            last = records[-1].id
            known = records._unseal_known(name)
            if found := {id_: text for id_, text in known.items() if wanted.search(text)}:
                yield model._name, name, found
            env.invalidate_all()
    for name in env['healthcare.key.rotation']._get_sealable_models():
        yield from env[name]._find_words(wanted)


def find_sealed_files(env, markers):
    """Yield ``(model, field, id)`` of encrypted files that quote a marker."""
    if not markers:
        return
    for model, name in _get_sealed(env, 'binary'):
        attachments = env['ir.attachment'].search(
            [('res_model', '=', model._name), ('res_field', '=', name + SUFFIX)]
        )
        for record in model.browse(attachments.mapped('res_id')).exists():
            try:
                content = record._read_sealed_file(name) or b''
            except UserError:
                continue  # nobody can read it any more
            if file_contains(content, markers):
                yield model._name, name, record.id
    for file in env['ir.attachment'].search([('is_sealed', '=', True), ('id', '!=', False)]):
        try:
            if file_contains(file.raw or b'', markers):
                yield file._name, 'raw', file.id
        except UserError:
            continue
        finally:
            file.invalidate_recordset(['raw', 'datas'], flush=False)


def _get_sealed(env, kind):
    """Yield ``(model, field)`` of what is encrypted."""
    for name in sorted(env.registry.descendants(['healthcare.sealed'], '_inherit')):
        model = env[name].with_context(active_test=False)
        if model._abstract:
            continue
        for field in model._get_sealed_fields():
            if model._fields[field + SUFFIX].type == kind:
                yield model, field


def find_residue(cr, markers, folder=None, held=None):
    """Return what is left of a patient, as ``(residue, held)``.

    :param folder: of the files
    :param dict held: ``{table: ids}`` of the rows that the law keeps
    :rtype: tuple[list[Residue], list[Residue]]
    """
    held = {table: {str(id_) for id_ in ids} for table, ids in (held or {}).items()}
    left, kept = [], []
    for table, key, _found in find_rows(cr, markers):
        (kept if key in held.get(table, ()) else left).append(Residue(table, key))
    if folder:
        left += find_files(folder, markers)
    return left, kept


def _as_text(name, kind, signs):
    column = SQL.identifier(name)
    if kind == 'bytea':
        # not decoded: in which encoding it is, nobody knows
        quotes = [SQL('position(%s IN %s) > 0', sign, column) for sign in signs]
        return SQL('CASE WHEN %s THEN %s END', SQL(' OR ').join(quotes), FOUND)
    return SQL('%s::text', column)


def _get_tables(cr):
    """Return ``{table: {column: type}}`` of what can hold text."""
    cr.execute(
        """
        SELECT class.relname, attribute.attname, type.typname
          FROM pg_class AS class
          JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
          JOIN pg_type AS type ON type.oid = attribute.atttypid
         WHERE class.relkind IN ('r', 'm') AND class.relnamespace = current_schema::regnamespace
           AND attribute.attnum > 0 AND NOT attribute.attisdropped
           AND (attribute.attname = 'id' OR type.typcategory IN ('S', 'A', 'U', 'X', 'E'))
      ORDER BY 1, attribute.attnum
        """
    )
    tables = {}
    for table, column, kind in cr.fetchall():
        tables.setdefault(table, {})[column] = kind
    return tables
