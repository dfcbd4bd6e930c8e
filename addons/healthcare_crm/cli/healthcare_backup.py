"""``odoo healthcare_backup``: make an encrypted archive of a database and its files."""

from pathlib import Path

from odoo.cli.command import Command
from odoo.modules import initialize_sys_path
from odoo.tools import config


class Healthcare_Backup(Command):  # Odoo finds a command by the name of its file
    """Make one encrypted archive of a database and its files, while people go on working.

    It opens with the keys that the database is encrypted with; they are not in it. Keep them apart.
    """

    name = 'healthcare_backup'

    def run(self, cmdargs):
        """Make the archive; the exit code is 1 with a sentence when there is none."""
        self.parser.add_argument('-d', '--database', help="by default the one in odoo.conf")
        self.parser.add_argument('-c', '--config', help="another odoo.conf")
        self.parser.add_argument(
            '-o', '--output', type=Path, help="the archive, or its folder; by default in data_dir"
        )
        self.parser.add_argument(
            '--incomplete',
            action='store_true',
            help="make it although files are missing or damaged on disk",
        )
        args = self.parser.parse_args(cmdargs)
        options = ['-c', args.config] if args.config else []
        config.parse_config([*options, '--no-http', '--log-level=warn'], setup_logging=True)
        if not args.database and len(config['db_name']) != 1:
            raise SystemExit("Name the database: -d DATABASE.")
        initialize_sys_path()
        # only when the addon is loaded: the command itself is loaded by its path
        from odoo.addons.healthcare_crm.backup import making  # noqa: PLC0415

        try:
            made = making.make(args.database or config['db_name'][0], args.output, args.incomplete)
        except making.BackupError as error:
            raise SystemExit(f"There is no backup. {error}") from error
        for name, why in made.unwell:
            print(f"Not as it was: the file {name} is {why}.")
        print(
            f"Made {made.path}: {made.size / 1_000_000:,.1f} MB with {made.files:,} files,"
            f" in {made.seconds:,.0f} seconds."
        )
