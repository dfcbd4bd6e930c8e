"""What the benchmarks share. Each is a module of this folder, run with ``script/bench NAME``.

from tests.bench import environment, figure

with environment() as env:
    ...
figure('import', 'rows per second', 4300, 'rows/s')
"""

import json
import os
from contextlib import contextmanager

import odoo.api
from odoo.modules.registry import Registry
from odoo.tools import config


def figure(bench, name, value, unit):
    """Print one measured figure as a line of JSON."""
    print(json.dumps({'bench': bench, 'figure': name, 'value': value, 'unit': unit}), flush=True)


@contextmanager
def environment():
    """Open the benchmark's own database as the superuser; it is dropped when the run ends."""
    database = os.environ['BENCH_DATABASE']
    config.parse_config(['--database', database, '--log-level', 'warn'])
    with Registry(database).cursor() as cr:
        yield odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
