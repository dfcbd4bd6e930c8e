"""``odoo healthcare_audit``: see whether the record of looks at patients was altered."""

import json
import sys
from pathlib import Path

from psycopg2 import OperationalError

from odoo.cli.command import Command
from odoo.modules import initialize_sys_path
from odoo.sql_db import db_connect
from odoo.tools import config


class Healthcare_Audit(Command):  # Odoo finds a command by the name of its file
    """Compare the record of who looked at patients' data with its seals and its journal.

    odoo healthcare_audit verify -d DATABASE      exit code 1 and a sentence each when altered
    odoo healthcare_audit status -d DATABASE      how far it is sealed; as JSON for a backup
    odoo healthcare_audit seal -d DATABASE        seal now what is not sealed yet
    odoo healthcare_audit restored -d DATABASE [--state FILE]
                                                  note that a dump was restored on purpose
    """

    name = 'healthcare_audit'

    def run(self, cmdargs):
        """Run one of the actions."""
        self.parser.add_argument('action', choices=('verify', 'status', 'seal', 'restored'))
        self.parser.add_argument('-d', '--database', required=True)
        self.parser.add_argument('--state', type=Path, help="what status said at the backup")
        args = self.parser.parse_args(cmdargs)
        config.parse_config(['-d', args.database, '--no-http'], setup_logging=True)
        initialize_sys_path()
        try:
            # no registry: it takes long, and whoever altered the database may have altered that
            with db_connect(args.database).cursor() as cr:
                cr.execute("SELECT to_regclass('healthcare_audit_block')")
                if not cr.fetchone()[0]:
                    raise SystemExit("The Healthcare CRM addon is not installed in this database.")
            getattr(self, f'_{args.action}')(args)
        except (OSError, ValueError, OperationalError) as error:
            raise SystemExit(str(error)) from error
        except Exception as error:
            if type(error).__name__ == 'KeysMissing':
                raise SystemExit(str(error)) from error
            raise

    def _verify(self, args):
        report = _chain().verify(args.database)
        if report.problems:
            print("ALTERED: the record of who looked at patients' data is not as it was written.")
            for problem in report.problems:
                print(f"  {problem}")
            sys.exit(1)
        print(
            f"Intact: {report.rows} rows in {report.blocks} blocks are as they were written"
            f" ({report.unsealed} are not sealed yet)."
        )

    def _status(self, args):
        print(json.dumps(_chain().get_state(args.database)))

    def _seal(self, args):
        blocks = _chain().seal(args.database)
        print(f"Sealed {sum(block.row_count for block in blocks)} rows.")

    def _restored(self, args):
        state = json.loads(args.state.read_text(encoding='utf-8')) if args.state else None
        problems = _chain().note_restore(args.database, state)
        if problems:
            raise SystemExit('\n'.join(["ALTERED: nothing was noted.", *problems]))
        print("Noted in the journal that a dump was restored.")


def _chain():
    # only when the addon is loaded: the command itself is loaded by its path
    from odoo.addons.healthcare_crm.auditing import chain  # noqa: PLC0415

    return chain
