from odoo.sql_db import db_connect
from odoo.tests.common import get_db_name

from ..auditing.looks import Looks

COLUMNS = (
    'id',
    'user_id',
    'login',
    'roles',
    'action',
    'model',
    'field_names',
    'record_ids',
    'patients',
    'detail',
    'route',
    'ip',
    'session',
)


class AuditChecks:
    """What was recorded since a test began.

    Rows are written in transactions of their own, which the snapshot of a test does not see, and
    which stay when it ends.
    """

    def setUp(self):
        super().setUp()
        self.write_looks()
        self.mark = self.execute("SELECT coalesce(max(id), 0) FROM healthcare_audit_event")[0][0]

    def execute(self, query, params=None):
        """Run a statement on a connection of its own, and commit."""
        with db_connect(get_db_name()).cursor() as cr:  # commits
            cr.execute(query, params)
            return cr.fetchall() if cr.description else []

    def write_looks(self):
        """Write what the test's cursor looked at, as a commit would."""
        self.env.flush_all()
        looks = vars(self.env.cr).get('healthcare_looks')
        if isinstance(looks, Looks):
            looks.save()

    def recorded(self, **wanted):
        """Return the rows since the test began that have these values, as dicts."""
        self.write_looks()
        rows = self.execute(
            f"SELECT {', '.join(COLUMNS)} FROM healthcare_audit_event WHERE id > %s ORDER BY id",
            [self.mark],
        )
        dicts = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        return [row for row in dicts if all(row[name] == value for name, value in wanted.items())]
