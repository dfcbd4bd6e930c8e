"""How many attacks there are, and how many succeed: those of the book by name, others by test."""

import re
import sys
import tempfile

from tests.bench import environment, figure
from tests.bench._pytest import run_tests

BENCH = 'security'
#: the attacks of the book, whose tests have many each and note the outcome of each by name
BOOK = 'tests/security/test_attacks.py::TestAttacks'
#: where every test is an attack, but for those named as showing that something works, or that a
#: planted fault is found
FILES = (
    'tests/security/test_consent_attacks.py',
    'tests/security/test_templates.py',
)
NO_ATTACK = re.compile(r'::test_(\w+_works|planted_\w+|\w+_is_as_easy|every_page_and_copy\w+)$')


def measure(_options):
    """Print the figures."""
    with environment() as env:
        dbname = env.cr.dbname
    with tempfile.NamedTemporaryFile('r', encoding='utf-8') as log:
        said = run_tests(dbname, BOOK, *FILES, ATTACKS_LOG=log.name)
        named = re.findall(r'^(PASSED|FAILED) (.+)$', log.read(), re.MULTILINE)
    tests = re.findall(r'^(PASSED|FAILED|ERROR|SKIPPED) (\S+)', said, re.MULTILINE)
    # attacks of the book are counted by name; a test of it that fails may not have come to them all
    counted = [
        (outcome, name)
        for outcome, name in tests
        if not NO_ATTACK.search(name) and (not name.startswith(BOOK) or outcome != 'PASSED')
    ]
    attacks = {name: outcome for outcome, name in [*named, *counted]}
    succeeded = [name for name, outcome in attacks.items() if outcome != 'PASSED']
    if not named or not counted:
        raise SystemExit(f"no attack ran:\n{said[-2000:]}")
    for name in succeeded:
        print(f"succeeded, or could not be tried: {name}", file=sys.stderr)
    figure(BENCH, 'attack_cases', len(attacks), 'attacks')
    figure(BENCH, 'attack_succeeded', len(succeeded), 'attacks')
