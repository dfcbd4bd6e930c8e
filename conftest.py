"""What makes a run of tests fail besides a failing test.

* a WARNING or worse in Odoo's log, while the add-ons were installed or while the tests ran; a test
  that expects one mutes it with ``mute_logger`` or asserts it with ``assertLogs``;
* a browser test that was skipped: Odoo skips them without a word when the browser is missing.

And what lets several processes share the tests: each has a database of its own.
"""

import logging
import os
import re
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from odoo.tests import HttpCase
from odoo.tools import config as odoo_config

from tests.databases import copied

LOG_LINE = re.compile(r'^[\d-]+ [\d:,]+ \d+ (WARNING|ERROR|CRITICAL) ')


class LogWatch(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.test = 'before the first test'
        self.complaints = []

    def emit(self, record):
        line = f'{record.levelname} {record.name}: {record.getMessage()}'
        if record.exc_info:
            line += '\n' + logging.Formatter().formatException(record.exc_info)
        self.complaints.append((self.test, line))


watch = LogWatch()


def install_complaints():
    """Return the warnings and errors in the logs of the installation."""
    for name in filter(None, os.environ.get('INSTALL_LOGS', '').split(':')):
        path = Path(name)
        if not path.exists():
            continue
        for line in path.read_text(encoding='utf-8').splitlines():
            if LOG_LINE.match(line):
                yield path.name, line


# how long one example takes says something of the machine, not of the code
hypothesis.settings.register_profile('any machine', deadline=None)
hypothesis.settings.load_profile('any machine')


def pytest_configure(config):
    logging.getLogger().addHandler(watch)
    # taken away: pytest-odoo would let the processes share the files of one database
    if os.environ.pop('PYTEST_XDIST_WORKER', None):
        own = ExitStack()
        config.add_cleanup(own.close)
        odoo_config['db_name'] = [own.enter_context(copied(odoo_config['db_name'][0], 'own'))]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    # a process that died has none
    watch.complaints += getattr(node, 'workeroutput', {}).get('complaints', ())


def pytest_runtest_logstart(nodeid):
    watch.test = nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.skipped and issubclass(getattr(item, 'cls', None) or object, HttpCase):
        report.outcome = 'failed'
        report.longrepr = f'A browser test may not be skipped: {report.longrepr}'
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if hasattr(session.config, 'workeroutput'):
        session.config.workeroutput['complaints'] = watch.complaints
        return
    complaints = [*install_complaints(), *watch.complaints]
    if not complaints or session.config.option.collectonly:
        return
    reporter = session.config.pluginmanager.get_plugin('terminalreporter')
    # counted as errors, they are listed and summed up by pytest itself
    reporter.stats.setdefault('error', []).extend(
        pytest.TestReport(source, ('', None, source), {}, 'failed', text, 'log')
        for source, text in complaints
    )
    if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
