# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Imports files the way the import does it in the background, one after the other.

script/bench import_file
script/bench import_file --data ~/export --files patients.csv,visits.csv
"""

import argparse
import base64
import contextlib
import json
import os
import time
from pathlib import Path

import odoo
from odoo.modules.registry import Registry
from odoo.tools import config

ROOT = Path(__file__).resolve().parents[2]


def report(figure, value, unit):
    print(
        json.dumps(
            {
                'bench': 'import_file',
                'figure': figure,
                'value': round(value, 2),
                'unit': unit,
            }
        ),
        flush=True,
    )


@contextlib.contextmanager
def timed(figure):
    start = time.monotonic()
    yield
    report(figure, time.monotonic() - start, 's')


def import_file(env, path):
    """Read, check and import one file, and report each step."""
    name = path.stem
    record = env['healthcare.import'].create(
        {
            'file': base64.b64encode(path.read_bytes()),
            'file_name': path.name,
            'country_id': env.ref('base.tw').id,
        }
    )
    with timed(f'{name}: read'):
        record.action_read()
        env.cr.commit()
    with timed(f'{name}: check'):
        record.action_check()
        env.cr.commit()
    checked = {field: record[field] for field in record._fields if field.endswith('_count')}
    with timed(f'{name}: import'):
        record.action_import()
        env.cr.commit()
        while record.state == 'running':
            env['healthcare.import'].sudo()._cron_run()
            env.invalidate_all()
    if record.state != 'done':
        raise SystemExit(f"{path.name}: {record.state} at line {record.position}: {record.failure}")
    for field in ('row', 'created', 'updated', 'unchanged', 'repeated', 'error', 'warning'):
        report(f'{name}: {field}', record[f'{field}_count'], 'lines')
    if checked != {field: record[field] for field in checked}:
        raise SystemExit(f"{path.name}: the check announced {checked}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=ROOT.parent / 'shared' / 'data')
    parser.add_argument('--files', default='contacts.csv,appointments.csv')
    options = parser.parse_args()

    config.parse_config(['-d', os.environ['BENCH_DATABASE'], '--log-level=warn'])
    with Registry(os.environ['BENCH_DATABASE']).cursor() as cr:
        user = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {}).ref('base.user_admin')
        env = odoo.api.Environment(cr, user.id, {'lang': user.lang})
        start = time.monotonic()
        for name in options.files.split(','):
            import_file(env, options.data / name)
        report('total', time.monotonic() - start, 's')


if __name__ == '__main__':
    main()
