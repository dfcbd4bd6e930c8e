"""``odoo healthcare_workflow``: bring workflows in from files, and take them out."""

import json
import sys
from pathlib import Path

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.cli.command import Command
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.tools import config


class Healthcare_Workflow(Command):  # Odoo finds a command by the name of its file
    """Import a workflow from a file (docs/workflow-json.md), or export one.

    odoo healthcare_workflow import -d DATABASE FILE [--publish] [--company NAME]
    odoo healthcare_workflow export -d DATABASE NAME [FILE]
    """

    name = 'healthcare_workflow'

    def run(self, cmdargs):
        """Run ``import`` or ``export``; what went wrong is one sentence, and the exit code 1."""
        self._add_arguments()
        args = self.parser.parse_args(cmdargs)
        config.parse_config(['-d', args.database, '--no-http'], setup_logging=True)
        with Registry(args.database).cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            if 'healthcare.workflow' not in env:
                raise SystemExit("The follow-up addon is not installed in this database.")
            env = env(context={'lang': env.user.lang})
            try:
                getattr(self, f'_{args.action}')(env, args)
            except (OSError, UserError) as error:
                raise SystemExit(
                    str(error.args[0] if isinstance(error, UserError) else error)
                ) from error

    def _add_arguments(self):
        actions = self.parser.add_subparsers(dest='action', required=True)
        bring, take = actions.add_parser('import'), actions.add_parser('export')
        for parser in (bring, take):
            parser.add_argument('-d', '--database', required=True)
            parser.add_argument('--company', help="name of the clinic, the first one if left out")
        bring.add_argument('file', type=Path, help="the workflow as JSON")
        bring.add_argument(
            '--publish',
            action='store_true',
            help="start it at once; what is not ready is not imported either",
        )
        take.add_argument('workflow', help="its name")
        take.add_argument('file', type=Path, nargs='?', help="printed if left out")

    def _company(self, env, args):
        domain = [('name', '=', args.company)] if args.company else []
        company = env['res.company'].search(domain, order='id', limit=1)
        if not company:
            raise SystemExit(f"There is no clinic {args.company}.")
        return company

    def _import(self, env, args):
        workflows = env['healthcare.workflow'].with_company(self._company(env, args))
        workflow = workflows._import_document(args.file.read_bytes())
        if args.publish:
            workflow.action_publish()
        print(f"{workflow.name}: {workflow.state}, number {workflow.id}")  # the command's answer
        for problem in workflow._get_problems():
            print(f"• {workflow._describe(problem)}")  # what is left to do

    def _export(self, env, args):
        workflow = env['healthcare.workflow'].search(
            [('name', '=', args.workflow), ('company_id', '=', self._company(env, args).id)],
            limit=1,
        )
        if not workflow:
            raise SystemExit(f"There is no workflow {args.workflow}.")
        text = json.dumps(workflow._export_document(), ensure_ascii=False, indent=2) + '\n'
        if args.file:
            args.file.write_text(text, encoding='utf-8')
        else:
            sys.stdout.write(text)
