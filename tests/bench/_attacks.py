"""How many attacks there are, and how many succeed: each is a test of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.bench import environment, figure

BENCH = 'security'
ROOT = Path(__file__).parents[2]
#: where every test is an attack, but for those named as showing that something works, or that a
#: planted fault is found
FILES = (
    'tests/security/test_attacks.py::TestAttacks',
    'tests/security/test_consent_attacks.py',
    'tests/security/test_templates.py',
)
NO_ATTACK = re.compile(r'::test_(\w+_works|planted_\w+|\w+_is_as_easy|every_page_and_copy\w+)$')


def measure(_options):
    """Print the figures."""
    with environment() as env:
        dbname = env.cr.dbname
    said = subprocess.run(
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
            *FILES,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    ).stdout
    outcomes = re.findall(r'^(PASSED|FAILED|ERROR|SKIPPED) (\S+)', said, re.MULTILINE)
    attacks = {name: outcome for outcome, name in outcomes if not NO_ATTACK.search(name)}
    succeeded = [name for name, outcome in attacks.items() if outcome != 'PASSED']
    if not attacks:
        raise SystemExit(f"no attack ran:\n{said[-2000:]}")
    for name in succeeded:
        print(f"succeeded, or could not be tried: {name}", file=sys.stderr)
    figure(BENCH, 'attack_cases', len(attacks), 'attacks')
    figure(BENCH, 'attack_succeeded', len(succeeded), 'attacks')
