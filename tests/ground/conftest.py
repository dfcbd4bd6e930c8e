import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOWHERE = 'http://127.0.0.1:9'


class Checkout:
    """A copy of the scripts in a folder of its own, with an empty cache."""

    def __init__(self, folder):
        self.root = folder / 'checkout'
        self.cache = folder / 'cache' / 'healthcare-crm'
        self.root.mkdir()
        shutil.copytree(ROOT / 'script', self.root / 'script')
        for name in ('requirements.txt', 'requirements-dev.txt'):
            shutil.copy(ROOT / name, self.root)
        keep = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(('PG', 'ODOO', 'INSTALL', 'PYTHON'))
        }
        self.env = keep | {'XDG_CACHE_HOME': str(folder / 'cache')}

    def run(self, *command, **env):
        return subprocess.run(
            command,
            cwd=self.root,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def shell(self, code, **env):
        """Run shell code that sees the functions of script/lib."""
        prelude = 'set -euo pipefail; . script/lib/setup.sh; mkdir -p "$LOCAL/log" "$CACHE"; '
        return self.run('bash', '-c', prelude + code, **env)


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def no_network(tmp_path):
    """Return the environment of a machine whose network is down."""
    apt_conf = tmp_path / 'apt.conf'
    apt_conf.write_text(
        f'Acquire::http::Proxy "{NOWHERE}"; Acquire::https::Proxy "{NOWHERE}";', encoding='utf-8'
    )
    names = ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'PIP_PROXY')
    return dict.fromkeys(names, NOWHERE) | {'APT_CONFIG': str(apt_conf), 'PIP_NO_INDEX': ''}
