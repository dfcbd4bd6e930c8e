"""Databases for tests that Odoo's test runner cannot hold: other processes use them."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import psycopg2

from odoo.tools import config

ROOT = Path(__file__).parents[1]
COMPLAINT = re.compile(r'^[\d-]+ [\d:,]+ \d+ (?:WARNING|ERROR|CRITICAL) .*|^Traceback.*', re.M)
QUIET = ('--no-http', '--max-cron-threads=0')


def sql(database, query):
    with psycopg2.connect(dbname=database) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def odoo(*args, **options):
    """Run Odoo's command line, which may not complain; return what it says."""
    result = subprocess.run(
        [sys.executable, '-m', 'odoo', *args],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        **options,
    )
    complaints = COMPLAINT.findall(result.stdout)
    assert not complaints, '\n'.join(complaints) + '\n' + result.stdout[-5000:]
    assert result.returncode == 0, result.stdout[-5000:]
    return result.stdout


def filestore(database):
    return Path(config.filestore(database))


@contextmanager
def copied(source, name):
    """A copy of a database, under a name that script/test clears away if this is killed."""
    target = f'healthcare_crm_test_{name}_{os.getpid()}'
    try:
        subprocess.run(['createdb', '-T', source, target], check=True)
        if filestore(source).is_dir():
            shutil.copytree(filestore(source), filestore(target), copy_function=os.link)
        yield target
    finally:
        drop = ['dropdb', '--force', '--if-exists', target]
        subprocess.run(drop, check=True, capture_output=True)
        shutil.rmtree(filestore(target), ignore_errors=True)
