"""Imports files the way the import does it in the background, one after the other.

script/bench import_file
script/bench import_file --data ~/export --files patients.csv,visits.csv
script/bench import_file --synthetic 100000
"""

import argparse
import base64
import csv
import tempfile
import time
from pathlib import Path

from tests.bench import DATA, _people, environment, figure, timed

BENCH = 'import_file'


#: Columns of a file of made-up people, and the fields of the people.
COLUMNS = {
    'BirthDate': 'birth_date',
    'Phone': 'phone',
    'Email': 'email',
    'Street': 'street',
    'City': 'city',
    'ZIP': 'zip',
}


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
        run(env, record, 'checking')
    checked = {field: record[field] for field in record._fields if field.endswith('_count')}
    with timed(BENCH, f'{name}: import'):
        started = time.monotonic()
        record.action_import()
        env.cr.commit()
        run(env, record, 'running')
        minutes = (time.monotonic() - started) / 60
    figure(BENCH, f'{name}: rows_per_minute', record.row_count / minutes, 'lines/min')
    if record.state != 'done':
        raise SystemExit(f"{path.name}: {record.state} at line {record.position}: {record.failure}")
    for field in (
        'row',
        'created',
        'linked',
        'review',
        'updated',
        'unchanged',
        'repeated',
        'error',
        'warning',
    ):
        figure(BENCH, f'{name}: {field}', record[f'{field}_count'], 'lines')
    if checked != {field: record[field] for field in checked}:
        raise SystemExit(f"{path.name}: the check announced {checked}")


def run(env, record, state):
    """Work in the background until the import leaves a state."""
    while record.state == state:
        env['healthcare.import'].sudo()._cron_run()
        env.invalidate_all()


def write_synthetic(path, count):
    """A file of the people of the benchmark of identity, each line under a number of its own."""
    with path.open('w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['PatientId', 'Name', 'Gender', *COLUMNS])
        for number, (_who, person) in enumerate(_people.people(count)):
            cells = [getattr(person, name) for name in COLUMNS.values()]
            writer.writerow([f'S{number}', person.name, person.gender, *cells])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=DATA)
    parser.add_argument('--files', default='contacts.csv,appointments.csv')
    parser.add_argument(
        '--synthetic', type=int, default=0, help="import so many invented patients instead"
    )
    options = parser.parse_args()
    with environment() as env:
        user = env.ref('base.user_admin')
        env = env(user=user, context={'lang': user.lang})
        with timed(BENCH, 'total'):
            if options.synthetic:
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / 'synthetic.csv'
                    write_synthetic(path, options.synthetic)
                    import_file(env, path)
                return
            for name in options.files.split(','):
                import_file(env, options.data / name)


if __name__ == '__main__':
    main()
