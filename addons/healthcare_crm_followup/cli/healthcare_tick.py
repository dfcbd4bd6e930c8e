"""``odoo healthcare_tick``: let time pass for the workflows of a database."""

from datetime import datetime

from odoo import SUPERUSER_ID, fields
from odoo.api import Environment
from odoo.cli.command import Command
from odoo.modules.registry import Registry
from odoo.tools import config


class Healthcare_Tick(Command):  # Odoo finds a command by the name of its file
    """Run the workflows as if time passed until the moment given, and send what falls due.

    For rehearsals on a demo or test database: the messages really leave, through whatever mail
    server and SMS provider that database uses.
    """

    name = 'healthcare_tick'

    def run(self, cmdargs):
        """Let time pass until ``--now "YYYY-MM-DD HH:MM"`` (UTC) and print what happened."""
        self.parser.add_argument('-d', '--database', required=True)
        self.parser.add_argument(
            '--now', type=datetime.fromisoformat, default=None, help="UTC; the present if left out"
        )
        args = self.parser.parse_args(cmdargs)
        config.parse_config(['-d', args.database, '--no-http'], setup_logging=True)
        with Registry(args.database).cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            if 'healthcare.workflow' not in env:
                raise SystemExit("The follow-up addon is not installed in this database.")
            now = args.now or fields.Datetime.now()
            ledger = env['healthcare.communication'].search([], order='id desc', limit=1)
            env['healthcare.workflow']._run_until(now, env['ir.cron']._commit_progress)
            written = env['healthcare.communication'].search([('id', '>', ledger.id)])
            for (channel, status), rows in written.grouped(
                lambda row: (row.channel, row.status)
            ).items():
                print(f"{channel} {status}: {len(rows)}")  # the command's answer
            open_tasks = env['healthcare.care.task'].search_count([('state', '=', 'requested')])
            print(f"Care tasks open: {open_tasks}")
