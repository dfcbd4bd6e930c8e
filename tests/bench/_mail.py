"""The mail server of the benchmarks: the catcher of the tests, in a process of its own."""

import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from odoo.tools import config

from tests.fakes.mail_catcher import HOST, free_port

KEY = b'x-healthcare-key:'


class Mailbox:
    """What the catcher caught."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def keys(self):
        """Return how often each X-Healthcare-Key was delivered."""
        return Counter(filter(None, map(_key, self.folder.glob('new/*'))))


def _key(path):
    with path.open('rb') as letter:
        for line in letter:
            if line.lower().startswith(KEY):
                return line[len(KEY) :].strip().decode()
            if not line.strip():
                return None
    return None


@contextmanager
def mailbox():
    """Have Odoo send its mail to a catcher while the block runs; return its :class:`Mailbox`."""
    with tempfile.TemporaryDirectory() as folder:
        box, port = f'{folder}/mail', free_port()
        command = [sys.executable, '-m', 'tests.fakes.mail_catcher', box, '--port', str(port)]
        catcher = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            catcher.stdout.readline()
            config['smtp_server'], config['smtp_port'] = HOST, port
            yield Mailbox(box)
        finally:
            catcher.terminate()
            catcher.wait()
