import os
from pathlib import Path

import pytest


@pytest.fixture(scope='session')
def templates():
    """The names of the databases without and with our add-ons: those of their logs."""
    logs = os.environ.get('INSTALL_LOGS', '').split(':')
    if len(logs) != 2:
        pytest.skip("script/test makes the databases that this needs")
    return [Path(log).stem for log in logs]
