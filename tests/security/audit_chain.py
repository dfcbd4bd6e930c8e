"""An audit of its own for a test: real commits, and a journal in a folder that goes away."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name

from odoo.addons.healthcare_crm.auditing import chain, events

TABLES = ('healthcare_audit_event', 'healthcare_audit_block')


def run(query, params=None):
    """Run a statement as the owner of the database, and commit."""
    with db_connect(get_db_name()).cursor() as cr:
        cr.execute(query, params)
        return cr.fetchall() if cr.description else []


def look(count=1, at=None, patients=(1,)):
    """Write rows as looks do, at some other time if told so."""
    event = events.Event(
        2, 'nurse', 'nurse', 1, 'read', 'res.partner', 'birth_date', (), tuple(patients)
    )
    return events.write(get_db_name(), [event] * count, at)


def seal():
    """Seal what is not sealed yet."""
    return chain.seal(get_db_name())


def problems(**options):
    """Return what a verification finds."""
    return chain.verify(get_db_name(), **options).problems


def empty():
    """Begin anew."""
    run(f"TRUNCATE {', '.join(TABLES)} RESTART IDENTITY")


def copy_row(id_, as_id):
    """Insert a copy of a row from outside."""
    run(
        """
            INSERT INTO healthcare_audit_event
            SELECT (jsonb_populate_record(e, jsonb_build_object('id', %s))).*
              FROM healthcare_audit_event e WHERE id = %s
        """,
        [as_id, id_],
    )


class ChainCase(BaseCase):
    def setUp(self):
        super().setUp()
        empty()
        self.addCleanup(empty)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        place = patch.dict(os.environ, {'HEALTHCARE_AUDIT_ANCHOR': folder.name})
        place.start()
        self.addCleanup(place.stop)

    def begin_anew(self):
        """Forget rows, blocks and the journal."""
        empty()
        for path in self.folder.iterdir():
            path.unlink()

    def assert_found(self, *words):
        """Something is found, and the sentences contain these words."""
        text = '\n'.join(problems())
        self.assertTrue(text, "not found")
        for word in words:
            self.assertIn(word, text)

    def dump(self):
        """Return the content of both tables, as a dump would."""
        return [run(f"SELECT * FROM {table} ORDER BY id") for table in TABLES]

    def restore(self, dump):
        """Put back what :meth:`dump` returned."""
        empty()
        for table, rows in zip(TABLES, dump, strict=True):
            for row in rows:
                run(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(row))})", row)
            run(f"SELECT setval('{table}_id_seq', greatest((SELECT max(id) FROM {table}), 1))")
