"""``odoo healthcare_restore``: restore a backup, or see whether it could be restored."""

from odoo.cli.command import Command
from odoo.modules import initialize_sys_path
from odoo.tools import config


class Healthcare_Restore(Command):  # Odoo finds a command by the name of its file
    """Restore what healthcare_backup made. Nothing is replaced before all of it was verified.

    odoo healthcare_restore FILE -d DATABASE           restore it; the former one is kept aside
    odoo healthcare_restore FILE -d DATABASE --check   restore it beside, compare, drop it again
    odoo healthcare_restore -d DATABASE --drop-old     drop what was kept aside

    Under another name than the original's it sends no mail, text messages or webhooks, unless
    --live is given.
    """

    name = 'healthcare_restore'

    def run(self, cmdargs):
        """Do it; the exit code is 1 with a sentence when nothing was replaced."""
        self.parser.add_argument('file', nargs='?')
        self.parser.add_argument('-d', '--database', required=True)
        self.parser.add_argument('-c', '--config', help="another odoo.conf")
        self.parser.add_argument('--check', action='store_true', help="only see whether it works")
        self.parser.add_argument(
            '--live', action='store_true', help="let it send messages, whatever its name"
        )
        self.parser.add_argument(
            '--drop-old', action='store_true', help="do not keep what was there before"
        )
        self.parser.add_argument(
            '--accept-audit',
            action='store_true',
            help="although the audit trail was altered before the backup",
        )
        args = self.parser.parse_args(cmdargs)
        if not args.file and (args.check or not args.drop_old):
            self.parser.error("name the archive")
        options = ['-c', args.config] if args.config else []
        config.parse_config([*options, '--no-http', '--log-level=warn'], setup_logging=True)
        initialize_sys_path()
        # only when the addon is loaded: the command itself is loaded by its path
        from odoo.addons.healthcare_crm.backup import restoring  # noqa: PLC0415

        try:
            if args.check:
                self._check(restoring, args)
            elif args.file:
                self._restore(restoring, args)
            if args.drop_old and not args.check:
                for name in restoring.drop_old(args.database):
                    print(f"Dropped {name}.")
        except restoring.BackupError as error:
            raise SystemExit(f"Not restored. {error}") from error

    def _check(self, restoring, args):
        done = restoring.check(args.file, args.database, args.accept_audit)
        print(
            f"Good: {args.file} restores to what was backed up on {done.manifest['made_at']}:"
            f" {len(done.manifest['contents']['tables'])} tables and {done.files:,} files are the"
            f" same, {done.opened} encrypted values open. It took {done.seconds:,.0f} seconds."
        )

    def _restore(self, restoring, args):
        done = restoring.restore(args.file, args.database, args.live, args.accept_audit)
        print(f"Restored {args.database} as it was on {done.manifest['made_at']}.")
        if done.neutralized:
            print("It sends nothing, for it has another name than the original.")
        if done.aside and not args.drop_old:
            print(f"What was there before is kept as {done.aside}; --drop-old drops it.")
