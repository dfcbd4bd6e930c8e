"""Imports files the way the import does it in the background, one after the other.

script/bench import_file
script/bench import_file --data ~/export --files patients.csv,visits.csv
"""

import argparse
import base64
from pathlib import Path

from tests.bench import DATA, environment, figure, timed

BENCH = 'import_file'


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
    with timed(BENCH, f'{name}: read'):
        record.action_read()
        env.cr.commit()
    with timed(BENCH, f'{name}: check'):
        record.action_check()
        env.cr.commit()
    checked = {field: record[field] for field in record._fields if field.endswith('_count')}
    with timed(BENCH, f'{name}: import'):
        record.action_import()
        env.cr.commit()
        while record.state == 'running':
            env['healthcare.import'].sudo()._cron_run()
            env.invalidate_all()
    if record.state != 'done':
        raise SystemExit(f"{path.name}: {record.state} at line {record.position}: {record.failure}")
    for field in ('row', 'created', 'updated', 'unchanged', 'repeated', 'error', 'warning'):
        figure(BENCH, f'{name}: {field}', record[f'{field}_count'], 'lines')
    if checked != {field: record[field] for field in checked}:
        raise SystemExit(f"{path.name}: the check announced {checked}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=DATA)
    parser.add_argument('--files', default='contacts.csv,appointments.csv')
    options = parser.parse_args()
    with environment() as env:
        user = env.ref('base.user_admin')
        env = env(user=user, context={'lang': user.lang})
        with timed(BENCH, 'total'):
            for name in options.files.split(','):
                import_file(env, options.data / name)


if __name__ == '__main__':
    main()
