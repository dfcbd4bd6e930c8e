"""What is true of the repository itself."""

import re
import shutil
import subprocess

import pytest

from .conftest import ROOT

# the names reserved for examples, and this machine
OWN_HOSTS = re.compile(
    r'^(localhost|127\.0\.0\.1|mirror\.test|other\.test|[\w.-]*example\.(org|com))?$'
)
GROUND = ('script', 'config', '.ci', 'tests/ground', 'tests/fakes', 'tests/bench')
FILES = [path for folder in GROUND for path in (ROOT / folder).rglob('*') if path.is_file()]
FILES += [path for path in ROOT.iterdir() if path.is_file() and path.suffix not in ('', '.md')]


def test_scripts_and_settings_name_no_host():
    for path in FILES:
        if path.suffix == '.pyc':
            continue
        for host in re.findall(r'\bhttps?://([\w.-]*)', path.read_text(encoding='utf-8')):
            assert OWN_HOSTS.match(host), f'{path}: {host}'


def run(command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_compose_file_is_accepted():
    for command in (['docker-compose'], ['docker', 'compose']):
        # a client of Docker may be there without Compose
        if shutil.which(command[0]) and not run([*command, 'version']).returncode:
            result = run([*command, 'config', '--quiet'])
            assert result.returncode == 0, result.stderr
            return
    pytest.skip("Docker Compose is not installed")


def test_lint_settings_are_one():
    """The hooks call script/lint, so they cannot drift from it."""
    config = (ROOT / '.pre-commit-config.yaml').read_text(encoding='utf-8')
    entries = re.findall(r'entry: (.*)', config)
    assert entries and all(entry.startswith('script/lint ') for entry in entries)
    assert config.count('repo: ') == 1
