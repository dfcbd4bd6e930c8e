"""Uninstalling leaves a working database, and nothing of ours in it; upgrading loses nothing.

Each test has its own copy of a database that a clinic with the demo data has used.
"""

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ..databases import COMPLAINT, QUIET, ROOT, copied, odoo, sql
from ..fakes.mail_catcher import MailCatcher, free_port

OURS = (
    'healthcare_crm',
    'healthcare_crm_followup',
    'healthcare_crm_lead',
    'healthcare_crm_loyalty',
    'healthcare_crm_loyalty_event',
    'healthcare_crm_loyalty_followup',
    'healthcare_crm_loyalty_mass_mailing',
    'healthcare_crm_mass_mailing',
)

# what an uninstallation may leave changed is data; these have to be what they were before
STRUCTURE = """
    SELECT 'column', table_name || '.' || column_name, data_type || is_nullable
      FROM information_schema.columns WHERE table_schema = 'public'
     UNION
    SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       -- two fields of Odoo's disagree on it; whichever model was loaded last has its way
       AND conname <> 'rule_group_rel_group_id_fkey'
     UNION
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
     UNION
    SELECT 'sequence', sequencename, '' FROM pg_sequences WHERE schemaname = 'public'
     UNION
    SELECT 'trigger', tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal
     UNION
    SELECT 'function', oid::regprocedure::text, prosrc FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace
     UNION
    SELECT 'model', model, '' FROM ir_model
     UNION
    SELECT 'field', model || '.' || name, ttype FROM ir_model_fields
     UNION
    SELECT 'selection', field.model || '.' || field.name, value
      FROM ir_model_fields_selection JOIN ir_model_fields field ON field.id = field_id
     UNION
    SELECT 'model constraint', name, type FROM ir_model_constraint
     UNION
    SELECT 'relation', name, '' FROM ir_model_relation
     UNION
    SELECT 'access', name, active::text FROM ir_model_access
     UNION
    SELECT 'rule', name::text, active || coalesce(domain_force, '') FROM ir_rule
     UNION
    SELECT 'group', groups.name->>'en_US', string_agg(implied.name->>'en_US', ',' ORDER BY hid)
      FROM res_groups groups LEFT JOIN res_groups_implied_rel ON gid = groups.id
 LEFT JOIN res_groups implied ON implied.id = hid GROUP BY groups.id
     UNION
    SELECT 'privilege', name->>'en_US', '' FROM res_groups_privilege
     UNION
    SELECT 'category', name->>'en_US', '' FROM ir_module_category
     UNION
    SELECT 'menu', name->>'en_US', '' FROM ir_ui_menu
     UNION
    SELECT 'view', name, coalesce(model, '') || active FROM ir_ui_view
     UNION
    SELECT 'action', name->>'en_US', type FROM ir_actions
     UNION
    SELECT 'cron', cron_name, active::text FROM ir_cron
     UNION
    SELECT 'parameter', key, '' FROM ir_config_parameter
     UNION
    SELECT 'number sequence', name, code FROM ir_sequence
     UNION
    SELECT 'external id', module || '.' || name, model FROM ir_model_data
     -- which add-ons lie in the folder is no matter of the database
     WHERE model NOT IN ('ir.model.inherit', 'ir.module.module')
"""


@pytest.fixture(scope='module')
def used(templates, tmp_path_factory):
    with copied(templates[1], 'used') as database:
        with MailCatcher(tmp_path_factory.mktemp('mail') / 'box') as catcher:
            said = odoo(
                *('shell', '-d', database, *QUIET, '--smtp-port', str(catcher.port)),
                input=(Path(__file__).parent / 'use.py').read_text(encoding='utf-8'),
            )
        assert 'used' in said.splitlines(), said
        yield database


@pytest.fixture
def database(used):
    with copied(used, 'copy') as database:
        yield database


class Browser:
    """Somebody who is logged in over HTTP."""

    def __init__(self, url, database, login):
        self.url = url
        self.session = requests.Session()
        user = self.rpc('/web/session/authenticate', db=database, login=login, password=login)
        assert user['uid']

    def rpc(self, route, **params):
        answer = self.session.post(f'{self.url}{route}', json={'params': params}, timeout=60).json()
        assert 'error' not in answer, answer['error']
        return answer['result']

    def call(self, model, method, *args, **kwargs):
        route = f'/web/dataset/call_kw/{model}/{method}'
        return self.rpc(route, model=model, method=method, args=args, kwargs=kwargs)

    def get(self, path):
        answer = self.session.get(f'{self.url}{path}', timeout=120)
        assert answer.status_code == 200, path
        return answer.text


@contextmanager
def serving(database, log):
    """A server of the database; yields its address. It may not complain."""
    port = free_port()
    command = [sys.executable, '-m', 'odoo', '-d', database, '--max-cron-threads=0']
    command += ['--http-interface', '127.0.0.1', '--http-port', str(port)]
    with log.open('w', encoding='utf-8') as output:
        server = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    url = f'http://127.0.0.1:{port}'
    try:
        wait_for(f'{url}/web/health', server)
        yield url
    finally:
        server.terminate()
        server.wait(60)
    said = log.read_text(encoding='utf-8')
    assert not COMPLAINT.findall(said), said[-5000:]


def wait_for(url, server):
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            # it begins to listen before it can answer
            time.sleep(0.2)
    raise AssertionError("the server did not start")


def check_contacts(browser):
    browser.call(
        'res.partner', 'get_views', views=[[False, view] for view in ('kanban', 'list', 'form')]
    )
    found = browser.call(
        'res.partner', 'web_search_read', domain=[], specification={'name': {}, 'phone': {}}
    )
    assert 'Patient 0' in [record['name'] for record in found['records']]


def check_calendar(browser):
    browser.call('calendar.event', 'get_views', views=[[False, 'calendar'], [False, 'form']])
    monday = {'start': '2030-01-07 01:00:00', 'stop': '2030-01-07 02:00:00'}
    tuesday = {'start': '2030-01-08 01:00:00', 'stop': '2030-01-08 02:00:00'}
    event = browser.call('calendar.event', 'create', {'name': "Staff meeting"} | monday)
    assert browser.call('calendar.event', 'write', [event], tuesday)
    assert browser.call('calendar.event', 'unlink', [event])


def check_users(browser):
    user = browser.call('res.users', 'create', {'name': "Somebody", 'login': 'somebody'})
    assert browser.call('res.users', 'write', [user], {'name': "Somebody Else"})


def test_followup_alone(database):
    ledger = sql(database, "SELECT count(*) FROM healthcare_communication")
    odoo('module', 'uninstall', '-d', database, 'healthcare_crm_followup')
    left = "SELECT name FROM ir_model_data WHERE module = 'healthcare_crm_followup'"
    assert sql(database, left) == []
    assert sql(database, "SELECT count(*) FROM healthcare_communication") == ledger
    waiting = "SELECT id FROM healthcare_communication WHERE status = ANY('{queued,held,sending}')"
    assert sql(database, waiting) == []


@pytest.mark.parametrize('bridge', ['event', 'followup', 'mass_mailing'])
def test_bridge_of_loyalty_alone(database, bridge):
    addon = f'healthcare_crm_loyalty_{bridge}'
    movements = sql(database, "SELECT count(*), sum(issued - used) FROM loyalty_history")
    odoo('module', 'uninstall', '-d', database, addon)
    assert sql(database, f"SELECT name FROM ir_model_data WHERE module = '{addon}'") == []
    after = "SELECT count(*), sum(issued - used) FROM loyalty_history"
    assert sql(database, after) == movements
    odoo('-d', database, '-i', addon, '--stop-after-init', *QUIET)


def test_loyalty_alone(database):
    loyalty = [addon for addon in OURS if 'loyalty' in addon]
    left = "SELECT module, name FROM ir_model_data WHERE module LIKE 'healthcare_crm_loyalty%'"
    segments = """
        SELECT name->>'en_US', active FROM healthcare_segment
         WHERE name->>'en_US' LIKE 'Of loyalty:%'
    """
    assert sorted(sql(database, segments)) == [
        (f'Of loyalty: {kind}', True)
        for kind in ('attended', 'campaign', 'clicked', 'club', 'segment')
    ]
    odoo('module', 'uninstall', '-d', database, 'healthcare_crm_loyalty')
    assert sql(database, left) == []
    # they would be of everybody, or of whoever was in them on that day
    assert {active for _name, active in sql(database, segments)} == {False}
    known = "SELECT kind FROM healthcare_segment_condition WHERE kind IN %s"
    kinds = "('attended', 'campaign', 'clicked', 'club', 'quoted')"
    assert sql(database, known % kinds) == []
    assert sql(database, "SELECT code FROM loyalty_card WHERE code = 'CHECKUP10'") == []
    odoo('-d', database, '-i', ','.join(loyalty), '--stop-after-init', *QUIET)


def test_both(database, templates, tmp_path):
    odoo('module', 'uninstall', '-d', database, 'healthcare_crm')
    before, after = (set(sql(name, STRUCTURE)) for name in (templates[0], database))
    assert after ^ before == set()
    # what used to be appointments tells nobody more than it did
    privacy = "SELECT DISTINCT privacy FROM calendar_event WHERE name ~ '^P[0-9]+$'"
    assert sql(database, privacy) == [('private',)]
    # what was encrypted can be read without us
    said = "SELECT body FROM mail_message WHERE body ~ '^v1[.]|Called'"
    assert sql(database, said) == [('<p>Called.</p>',)]
    letter = "SELECT id FROM ir_attachment WHERE name = 'Letter of a patient'"
    ((letter,),) = sql(database, letter)
    with serving(database, tmp_path / 'server.log') as url:
        browser = Browser(url, database, 'admin')
        assert browser.get(f'/web/content/{letter}') == "It hurts less."
        page = browser.get('/odoo')
        for asset in set(re.findall(r'/web/assets/[^"]+', page)):
            assert 'healthcare' not in browser.get(asset)
        check_contacts(browser)
        check_calendar(browser)
        check_users(browser)
        check_contacts(Browser(url, database, 'new_nurse'))
    odoo('-d', database, '-i', ','.join(OURS), '--stop-after-init', *QUIET)


def test_upgrade(database):
    evidence = """
        SELECT 'consent', id, to_jsonb(row) FROM healthcare_consent row
         UNION ALL
        SELECT 'version', id, to_jsonb(row) FROM healthcare_workflow_version row
         UNION ALL
        SELECT 'message', id, to_jsonb(row) FROM healthcare_communication row
         ORDER BY 1, 2
    """
    before = sql(database, evidence)
    odoo('-d', database, '-u', ','.join(OURS), '--stop-after-init', *QUIET)
    assert sql(database, evidence) == before
