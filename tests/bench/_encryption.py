"""Encrypted fields: how long they take to be read, and what becomes of them while keys change."""

import json
import logging
import multiprocessing
import os
import random
import signal
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2

from odoo.tools import SQL, mute_logger

from odoo.addons.healthcare_crm.crypto import keyring
from odoo.addons.healthcare_crm.models.healthcare_patient_identifier import INDEXED

from tests.bench import _clinic, environment, figure, forget_connections

BENCH = 'security'
#: rows of one reading, and readings, of which the median counts
READ = 1000
TAKES = 15
NOTE = "Sleeps badly since the operation; asks for the results by telephone. 睡眠不佳。"
MODEL = 'healthcare.condition'
#: values of one statement while the rows are made
CHUNK = 5000
WRITERS = 2
PATIENTS = 5000


# ---------------------------------------------------------------- reading


def measure_reading(_options):
    """Read notes of a thousand records through the ORM, sealed and plain, by a nurse."""
    with environment() as env:
        patient = env['res.partner'].search([('is_patient', '=', True)], limit=1).id
        records = env[MODEL].create([{'patient_id': patient, 'name': NOTE, 'note': NOTE}] * READ)
        nurse = env['res.users'].create(
            {
                'name': "Nurse",
                'login': 'bench_nurse',
                'group_ids': [env.ref('healthcare_crm.group_nurse').id],
            }
        )
        env.flush_all()
        records = records.with_user(nurse)
        times = {'name': [], 'note': []}
        for _take in range(TAKES):
            for name, taken in times.items():
                env.invalidate_all()
                start = time.perf_counter()
                rows = records.read([name])
                taken.append(time.perf_counter() - start)
                assert all(row[name] == NOTE for row in rows)
        plain, sealed = (statistics.median(taken) for taken in times.values())
        figure(BENCH, 'plain_read_ms', plain * 1000, 'ms')
        figure(BENCH, 'encrypted_read_ms', sealed * 1000, 'ms')
        figure(BENCH, 'encrypted_read_ratio', sealed / plain, 'times')


# ---------------------------------------------------------------- rotation


def measure_rotation(options):
    """Rotate keys while the rotating process is killed again and again, and others work."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'keys.json'
        source = os.environ[keyring.FILE_VARIABLE]
        _write(path, Path(source).read_text(encoding='utf-8'))
        os.environ[keyring.FILE_VARIABLE] = str(path)
        try:
            _rotate(path, options)
        finally:
            os.environ[keyring.FILE_VARIABLE] = source


def _rotate(path, options):
    first, last = _make_rows(options.rows)
    _write(path, keyring.make('bench', json.loads(path.read_text(encoding='utf-8'))))
    with environment() as env:
        env['healthcare.key.rotation'].with_user(env.ref('base.user_root'))._start()
        env.cr.commit()
        ((total,),) = env.execute_query(
            SQL('SELECT total FROM healthcare_key_rotation ORDER BY id DESC LIMIT 1')
        )
    fork = multiprocessing.get_context('fork')
    over = fork.Value('b', 0, lock=False)
    read, written, wrong = (fork.Value('l', 0) for _ in range(3))
    workers = [
        fork.Process(target=_child, args=(_work, over, (first, last), number, read, written, wrong))
        for number in range(WRITERS)
    ]
    for worker in workers:
        worker.start()
    start = time.monotonic()
    kills, chance = 0, random.Random(7)
    left = total
    while True:
        runner = fork.Process(target=_child, args=(_run,))
        runner.start()
        if kills < options.kills:
            # so that the last kill comes before the end, wherever the others hit
            goal = total * (kills + 0.5 + chance.random() / 2) / (options.kills + 1)
            while runner.is_alive() and total - left < goal:
                time.sleep(0.02)
                left = total - _get_processed()
            time.sleep(chance.random() / 5)
            if runner.is_alive():
                os.kill(runner.pid, signal.SIGKILL)
                kills += 1
            runner.join()
        else:
            runner.join()
            if _is_done():
                break
    seconds = time.monotonic() - start
    over.value = 1
    for worker in workers:
        worker.join()
    # what was under the former key alone would not open any more
    told = json.loads(path.read_text(encoding='utf-8'))
    _write(path, json.dumps({**told, 'keys': {'bench': told['keys']['bench']}}))
    unreadable = _count_unreadable(first, last) + wrong.value
    figure(BENCH, 'rotate_rows', total, 'values')
    figure(BENCH, 'rotate_kills', kills, 'kills')
    figure(BENCH, 'rotate_seconds', seconds, 's')
    figure(BENCH, 'rotate_reads_beside', read.value, 'reads')
    figure(BENCH, 'rotate_writes_beside', written.value, 'writes')
    figure(BENCH, 'unreadable', unreadable, 'values')


def _make_rows(count):
    """Insert numbers of patients under the active key; return the first and the last id."""
    with environment() as env:
        patient, _last = _clinic.patients(env, PATIENTS)
        system = env['healthcare.identifier.system'].create(
            {'name': "Bench", 'code': 'urn:bench:rotation'}
        )
        Identifier = env['healthcare.patient.identifier']
        ids = []
        for begin in range(0, count, CHUNK):
            rows = env.execute_query(
                SQL(
                    """
                    INSERT INTO healthcare_patient_identifier (patient_id, system_id)
                    SELECT %s + n %% %s, %s FROM generate_series(1, %s) AS n RETURNING id
                    """,
                    patient,
                    PATIENTS,
                    system.id,
                    min(CHUNK, count - begin),
                )
            )
            chunk = [id_ for (id_,) in rows]
            Identifier._seal_rows('value', {id_: _number(id_) for id_ in chunk})
            ids += chunk
        env.cr.commit()
        return ids[0], ids[-1]


def _number(id_):
    return f'B{id_:09d}'


def _child(target, *args):
    forget_connections()
    logging.getLogger('odoo.sql_db').setLevel(logging.CRITICAL)
    target(*args)


def _run():
    """Be the job that rotates."""
    with environment() as env:
        env['healthcare.key.rotation'].search([('state', '=', 'running')], limit=1)._run(
            env['ir.cron']._commit_progress
        )


def _work(over, span, seed, read, written, wrong):
    """Be the people who read, write and look for numbers meanwhile."""
    chance = random.Random(seed)
    while not over.value:
        id_ = chance.randint(*span)
        try:
            with environment() as env:
                identifier = env['healthcare.patient.identifier'].browse(id_)
                good = identifier.value == _number(id_)
                found = identifier.search([('value', '=', _number(id_))])
                if not good or id_ not in found.ids:
                    wrong.value += 1
                    print(f'{id_}: {identifier.value}, found {found.ids}', file=sys.stderr)
                read.value += 1
                if chance.random() < 0.5:
                    identifier.value = _number(id_)
                    env.flush_all()
                    env.cr.commit()
                    written.value += 1
        except psycopg2.errors.SerializationFailure:
            # Odoo calls the method again
            continue


def _query(query):
    with environment() as env:
        ((value,),) = env.execute_query(SQL(query))
        return value


def _get_processed():
    return _query('SELECT processed FROM healthcare_key_rotation ORDER BY id DESC LIMIT 1')


def _is_done():
    return _query("SELECT state = 'done' FROM healthcare_key_rotation ORDER BY id DESC LIMIT 1")


@mute_logger('odoo.addons.healthcare_crm.models.healthcare_sealed')
def _count_unreadable(first, last):
    """Open every sealed value of the database; return how many do not, or say something else."""
    ring = keyring.get()
    bad = 0
    with environment() as env:
        for model, name, is_file in env['healthcare.key.rotation']._get_columns():
            Model = env[model]
            if is_file:
                for attachment in Model.search([])._get_sealed_attachments(name):
                    context = Model._get_seal_context(name, attachment.res_id)
                    try:
                        ring.unseal_file(attachment.raw, context)
                    except keyring.Unreadable:
                        bad += 1
                continue
            column = SQL.identifier(f'{name}_sealed')
            rows = env.execute_query(
                SQL(
                    'SELECT id, %s FROM %s WHERE %s IS NOT NULL',
                    column,
                    SQL.identifier(Model._table),
                    column,
                )
            )
            for id_, token in rows:
                try:
                    ring.unseal(token, Model._get_seal_context(name, id_))
                except keyring.Unreadable:
                    bad += 1
        rows = env.execute_query(
            SQL(
                'SELECT id, value_sealed, value_index FROM healthcare_patient_identifier '
                'WHERE id BETWEEN %s AND %s',
                first,
                last,
            )
        )
        for id_, token, index in rows:
            try:
                value = ring.unseal(token, f'healthcare.patient.identifier|value|{id_}').decode()
            except keyring.Unreadable:
                continue
            bad += value != _number(id_) or index != ring.index(value, INDEXED)
    return bad


def _write(path, content):
    """Replace a file of keys; it is whole at any moment."""
    beside = path.with_suffix('.new')
    beside.touch(mode=0o600)
    beside.write_text(content, encoding='utf-8')
    beside.replace(path)
