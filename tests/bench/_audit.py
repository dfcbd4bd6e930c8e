"""Figures of the record of looks at patients: what it costs, and what it sees."""

import re
import statistics
import time
from contextlib import ExitStack
from unittest.mock import patch

from odoo.modules.registry import Registry

from odoo.addons.healthcare_crm.auditing import chain, events
from odoo.addons.healthcare_crm.models.base import Base

from tests.bench import environment, figure
from tests.bench._pytest import run_tests

BENCH = 'security'
LIST_ROWS = 80
TAKES = 60
#: rows that one request writes: about what opening a patient takes
ROWS_AT_ONCE = 10
WRITES = 300
HOOKS = ('_fetch_query', '_read_format', '_search', '_read_group', '_read_grouping_sets')
COLUMNS = {
    name: {}
    for name in (
        'patient_number',
        'display_name',
        'birth_date',
        'gender',
        'phone',
        'email',
        'lifecycle_stage',
    )
}


def measure(_options):
    """Print all figures."""
    with environment() as env:
        measure_list(env)
        measure_rows(env.cr.dbname)
        dbname = env.cr.dbname
    count_tests(dbname)


def measure_list(env):
    """How much longer a list of 80 patients takes with the audit than without, in one run."""
    env['res.partner'].create(
        [{'name': f"Patient {number}", 'is_patient': True} for number in range(LIST_ROWS)]
    )
    env.cr.commit()
    user = env.ref('base.user_admin')
    without, with_audit = [], []
    for take in range(TAKES):
        with no_audit():
            without.append(_time_list(env, user))
        with_audit.append(_time_list(env, user))
        if take == 0:  # warm now
            without.clear()
            with_audit.clear()
    plain, audited = statistics.median(without), statistics.median(with_audit)
    figure(BENCH, 'audit_list_plain_ms', round(plain * 1000, 2), 'ms')
    figure(BENCH, 'audit_list_ms', round((audited - plain) * 1000, 2), 'ms')


def _time_list(env, user):
    with Registry(env.cr.dbname).cursor() as cr:
        patients = env(cr=cr, user=user.id)['res.partner']
        began = time.perf_counter()
        found = patients.web_search_read([('is_patient', '=', True)], COLUMNS, limit=LIST_ROWS)
        cr.flush()
        took = time.perf_counter() - began
    assert len(found['records']) == LIST_ROWS
    return took


def no_audit():
    """Take the hooks away."""
    stack = ExitStack()
    for name in HOOKS:

        def plain(self, *args, name=name, **kwargs):
            return getattr(super(Base, self), name)(*args, **kwargs)

        stack.enter_context(patch.object(Base, name, plain))
    return stack


def measure_rows(dbname):
    """How many rows are written each second, by one process, a request's worth at a time."""
    event = events.Event(
        2, 'nurse', 'nurse', 1, 'read', 'res.partner', 'birth_date,name', (), tuple(range(1, 81))
    )
    began = time.perf_counter()
    for _write in range(WRITES):
        events.write(dbname, [event] * ROWS_AT_ONCE)
    took = time.perf_counter() - began
    rows = WRITES * ROWS_AT_ONCE
    figure(BENCH, 'audit_rows_per_second', round(rows / took), 'rows/s')
    began = time.perf_counter()
    chain.seal(dbname)
    figure(
        BENCH, 'audit_seal_rows_per_second', round(rows / (time.perf_counter() - began)), 'rows/s'
    )
    began = time.perf_counter()
    report = chain.verify(dbname)
    assert not report.problems, report.problems
    took = time.perf_counter() - began
    figure(BENCH, 'audit_verify_rows_per_second', round(report.rows / took), 'rows/s')


def count_tests(dbname):
    """How many of the 16 ways are seen, and of the 6 kinds of tampering."""
    said = run_tests(
        dbname,
        'tests/security/test_audit_paths.py',
        'tests/security/test_audit_tampering.py',
        '-k',
        'test_all_are_recorded or (TestTampering and (test_1 or test_2 or test_3 or test_4'
        ' or test_5 or test_6))',
    )
    passed = set(re.findall(r'^PASSED .*::(\w+)', said, re.MULTILINE))
    failed = set(re.findall(r'^FAILED .*::(\w+)', said, re.MULTILINE))
    kinds = {name[5] for name in passed if re.match(r'test_[1-6]_', name)}
    kinds -= {name[5] for name in failed if re.match(r'test_[1-6]_', name)}
    figure(BENCH, 'audit_paths', 16 if 'test_all_are_recorded' in passed else 0, 'of 16')
    figure(BENCH, 'tampers_caught', len(kinds), 'of 6')
