"""Tests of this repository, run for their figures."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_tests(dbname, *arguments, **variables):
    """Run tests on a database as :file:`script/test` does, and return what pytest said.

    :param arguments: to pytest
    :param variables: of the environment
    """
    return subprocess.run(
        [
            sys.executable,
            '-m',
            'pytest',
            '-rA',
            '-q',
            f'--odoo-config={os.environ["ODOO_RC"]}',
            f'--odoo-database={dbname}',
            '--odoo-http',
            '--odoo-log-level=critical',
            '--odoo-extra',
            'max-cron-threads=0',
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **variables},
    ).stdout
