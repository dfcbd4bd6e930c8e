"""A process that imports a file is killed again and again; the next one goes on where it was."""

import csv
import os
import random
import re
import signal
import string
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from odoo.addons.healthcare_crm.crypto import keyring

from ..databases import COMPLAINT, QUIET, ROOT, copied, sql

LINES = 3000
KILLS = 6
#: How many of the first lines are about somebody on file.
ON_FILE = 20
SCRIPT = Path(__file__).with_name('import_file.py')
NAME = 'killed.csv'
HEADERS = ('PatientId', 'Name', 'BirthDate', 'Email', 'Reminder consent')
STATE = f"SELECT state, position FROM healthcare_import WHERE file_name = '{NAME}'"
COUNTS = f"""
    SELECT created_count, linked_count, repeated_count, error_count, warning_count
      FROM healthcare_import WHERE file_name = '{NAME}'
"""
NUMBERS = "SELECT id, value_sealed FROM healthcare_patient_identifier"
PEOPLE = """
    SELECT count(*), count(DISTINCT (name, birth_date)), count(matching.patient_id),
           (SELECT count(DISTINCT patient_id) FROM healthcare_consent
              JOIN res_partner ON res_partner.id = patient_id WHERE email LIKE '%@killed.example')
      FROM res_partner AS patient
      LEFT JOIN healthcare_patient_matching AS matching ON matching.patient_id = patient.id
     WHERE patient.email LIKE '%@killed.example'
"""
PROBLEMS = f"""
    SELECT row_index FROM healthcare_import_problem AS problem
      JOIN healthcare_import AS import ON import.id = import_id
     WHERE file_name = '{NAME}' ORDER BY row_index
"""
#: Whether nobody is connected but who asks.
ALONE = """
    SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()
"""
#: Whether lines after this one are being written, in a transaction that is not over.
WRITES = f"""
    SELECT EXISTS (
        SELECT FROM pg_locks JOIN healthcare_import ON state = 'running' AND position >= %s
         WHERE relation = 'res_partner'::regclass AND mode = 'RowExclusiveLock'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND file_name = '{NAME}'
    )
"""


def make_lines():
    """Return the cells of the lines, and what is to become of each: ``{result: [indexes]}``."""
    chance = random.Random(1)
    lines, results = [], {}
    for index in range(LINES):
        name = ' '.join(''.join(chance.choices(string.ascii_lowercase, k=7)) for _ in range(2))
        born = f'{chance.randint(1930, 2010)}-0{chance.randint(1, 9)}-{chance.randint(10, 28)}'
        cells = [f'K{index}', name.title(), born, f'{index}@killed.example', 'yes']
        result = 'linked' if index < ON_FILE else 'created'
        if index % 40 == 21:
            cells, result = lines[-1], 'repeated'
        elif index % 60 == 31:
            # the person of the line before, with another number
            cells, result = [f'K{index}', *lines[-1][1:]], 'linked'
        elif index % 50 == 27:
            cells[1], result = '', 'error'
        elif index % 10 == 4 and index >= ON_FILE:
            cells[2] = '1990-02-31'
            results.setdefault('warning', []).append(index)
        lines.append(cells)
        results.setdefault(result, []).append(index)
    return lines, results


@pytest.fixture
def database(templates):
    with copied(templates[1], 'killed') as database:
        # the other jobs of the demo clinic have no part in this
        only = "UPDATE ir_cron SET active = (cron_name = 'Healthcare: import files') RETURNING id"
        sql(database, only)
        yield database


def read_numbers(database):
    """Return the numbers that the file brought, as the add-on opens them."""
    ring = keyring.get()
    numbers = [
        ring.unseal(token, f'healthcare.patient.identifier|value|{id_}').decode()
        for id_, token in sql(database, NUMBERS)
    ]
    return sorted(
        (number for number in numbers if re.fullmatch(r'K\d+', number)),
        key=lambda number: int(number[1:]),
    )


def kill_while_writing(process, database, position, pause):
    """Kill the process a moment after it began to write lines of those after ``position``."""
    with closing(psycopg2.connect(dbname=database)) as connection, connection.cursor() as cursor:
        connection.autocommit = True

        def wait_until(query, *values):
            deadline = time.monotonic() + 180
            holds = False
            while not holds and time.monotonic() < deadline:
                time.sleep(0.01)
                cursor.execute(query, values)
                ((holds,),) = cursor.fetchall()
            assert holds, query

        wait_until(WRITES, position)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        # until the database has noticed
        wait_until(ALONE)


def test_neither_half_a_line_nor_a_line_twice(database, tmp_path):
    lines, results = make_lines()
    path, log = tmp_path / NAME, tmp_path / 'log'
    with path.open('w', encoding='utf-8', newline='') as file:
        csv.writer(file).writerows([HEADERS, *lines])
    imported = sorted(results['created'] + results['linked'])
    chance, step = random.Random(), LINES // (KILLS + 1)
    environment = os.environ | {'IMPORTED': str(path), 'ON_FILE': str(ON_FILE)}

    @contextmanager
    def running():
        command = [sys.executable, '-m', 'odoo', 'shell', '-d', database, *QUIET]
        with SCRIPT.open() as script, log.open('a') as output:
            process = subprocess.Popen(
                command, cwd=ROOT, stdin=script, stdout=output, stderr=output, env=environment
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    for number in range(KILLS):
        aim = number * step + chance.randrange(step)
        with running() as process:
            kill_while_writing(process, database, aim, chance.uniform(0, 0.3))
        ((state, done),) = sql(database, STATE)
        assert state == 'running' and aim <= done < LINES
        # what is written is written with its place in the file, all or nothing
        assert read_numbers(database) == [f'K{i}' for i in imported if i < done]
    with running() as process:
        assert process.wait(180) == 0

    said = log.read_text(encoding='utf-8')
    assert not COMPLAINT.findall(said), said[-5000:]
    assert sql(database, STATE) == [('done', LINES)]
    assert read_numbers(database) == [f'K{i}' for i in imported]
    people = len({tuple(lines[i][1:3]) for i in imported})
    assert sql(database, PEOPLE) == [(people,) * 4]
    counted = ('created', 'linked', 'repeated', 'error', 'warning')
    assert sql(database, COUNTS) == [tuple(len(results[result]) for result in counted)]
    told = sorted(i for result in counted[1:] for i in results[result])
    assert [row for (row,) in sql(database, PROBLEMS)] == told
