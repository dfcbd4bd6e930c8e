"""What the benchmarks share. Each is a module of this folder, run with ``script/bench NAME``.

from tests.bench import environment, figure

with environment() as env:
    ...
figure('import', 'rows per second', 4300, 'rows/s')
"""

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import odoo.api
from odoo import sql_db
from odoo.modules.module import initialize_sys_path
from odoo.modules.registry import Registry
from odoo.tools import config

DATABASE = os.environ['BENCH_DATABASE']
config.parse_config(['--database', DATABASE, '--log-level', 'warn'])
# from here on a benchmark can import the add-ons
initialize_sys_path()

#: Real exports of a clinic for the benchmarks; not part of the repository.
DATA = Path(__file__).resolve().parents[3] / 'shared' / 'data'


def figure(bench, name, value, unit, digits=3):
    """Print one measured figure as a line of JSON; below 1 with so many digits."""
    value = round(value, 2 if abs(value) >= 1 else digits)
    print(json.dumps({'bench': bench, 'figure': name, 'value': value, 'unit': unit}), flush=True)


@contextmanager
def timed(bench, name):
    """Measure the block as a figure in seconds."""
    start = time.monotonic()
    yield
    figure(bench, name, time.monotonic() - start, 's')


@contextmanager
def environment():
    """Open the benchmark's own database as the superuser; it is dropped when the run ends."""
    with Registry(DATABASE).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})


def forget_connections():
    """Leave the connections of the parent process alone, in a process just forked from it.

    psycopg2 does not close a connection that another process opened.
    """
    for pool in filter(None, (sql_db._Pool, sql_db._Pool_readonly)):
        pool._connections.clear()
