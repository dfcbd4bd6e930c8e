"""The commands, on a whole database with demo data."""

import subprocess
import sys
from pathlib import Path

import pytest

from odoo.tools import config

from ..databases import copied, odoo
from .small import apart, drop, sql


@pytest.fixture
def dbname(templates, tmp_path):
    with apart(tmp_path / 'journal'), copied(templates[1], 'commands') as name:
        try:
            yield name
        finally:
            drop(name)


def query(dbname, statement):
    return [row[0] for row in sql(dbname, statement)]


def test_backup_check_and_restore(dbname, tmp_path):
    said = odoo('healthcare_backup', '-d', dbname, '-o', str(tmp_path))
    (path,) = tmp_path.glob('*.backup')
    assert f"Made {path}" in said
    assert "Good: " in odoo('healthcare_restore', str(path), '-d', dbname, '--check')

    other = f'{dbname}_other'
    said = odoo('healthcare_restore', str(path), '-d', other)
    assert "It sends nothing" in said
    assert query(other, "SELECT count(*) FROM ir_cron WHERE active") == [1]
    assert query(other, "SELECT smtp_host FROM ir_mail_server WHERE active") == ['invalid']
    assert query(other, "SELECT count(*) FROM fetchmail_server WHERE active") == [0]
    secret = "SELECT value FROM ir_config_parameter WHERE key = 'database.secret'"
    assert query(other, secret) != query(dbname, secret)
    assert "Intact" in odoo('healthcare_audit', 'verify', '-d', other)
    files = [
        {path.name for path in Path(config.filestore(name)).rglob('*') if path.is_file()}
        for name in (dbname, other)
    ]
    assert files[1] <= files[0]

    rows = "SELECT (r.*)::text FROM res_partner AS r ORDER BY id"
    said = odoo('healthcare_restore', str(path), '-d', other, '--live', '--drop-old')
    assert "Dropped" in said
    assert query(other, rows) == query(dbname, rows)
    assert query(other, secret) == query(dbname, secret)
    assert query(other, "SELECT count(*) FROM ir_cron WHERE active")[0] > 1


def test_what_is_wrong_is_said_in_a_sentence(tmp_path):
    for arguments, words in (
        (['healthcare_backup', '-d', 'nowhere', '-o', str(tmp_path)], 'There is no backup.'),
        (['healthcare_backup'], 'Name the database'),
        (['healthcare_restore', '/none', '-d', 'nowhere'], '/none cannot be read'),
        (['healthcare_restore', '-d', 'nowhere'], 'name the archive'),
    ):
        done = subprocess.run(
            [sys.executable, '-m', 'odoo', *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (1, 2)
        assert words in done.stderr
        assert 'Traceback' not in done.stderr
