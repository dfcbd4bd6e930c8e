"""The sixteen ways by which data of patients reaches a person: each is recorded.

For each there is a planted fault: without its hook the look goes unseen, and the test would say so.
"""

import base64
import json
from contextlib import ExitStack, closing
from unittest.mock import patch

from odoo import fields
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.models import (
    audit_mail,
    base,
    healthcare_audit,
    ir_actions_report,
    ir_binary,
)
from odoo.addons.healthcare_crm.tests.audit_case import AuditChecks
from odoo.addons.healthcare_crm.tests.common import HealthcareCase

PASSWORD = 'audit-path-Passw0rd'
FETCH = (base.Base, '_fetch_query')
FORMAT = (base.Base, '_read_format')
SEARCH = (base.Base, '_search')
SHOWN = (healthcare_audit.HealthcareAudit, '_record_shown')

# Each way, with the hooks that see it.
PATHS = {
    'read': (FETCH, FORMAT),
    'read_from_cache': (FORMAT,),
    'list': (FETCH, FORMAT),
    'search': (SEARCH,),
    'search_through_relation': (SEARCH,),
    'order': (SEARCH,),
    'group': ((base.Base, '_read_group'), (base.Base, '_read_grouping_sets')),
    'name_search': (FETCH,),
    'export': ((base.Base, 'export_data'),),
    'report': ((ir_actions_report.IrActionsReport, '_record_print'),),
    'file': ((ir_binary.IrBinary, '_record_to_stream'),),
    'chatter': ((audit_mail.MailMessage, '_message_fetch'),),
    'template': ((audit_mail.MailRenderMixin, '_render_template'),),
    'external_api': (FETCH, FORMAT),
    'screens': (SHOWN,),
    'signed_link': (SHOWN,),
}


def without(hooks):
    """Take hooks away, as if they had been forgotten."""
    stack = ExitStack()
    for cls, name in hooks:

        def deaf(self, *args, cls=cls, name=name, **kwargs):
            beyond = getattr(super(cls, self), name, None)
            return beyond(*args, **kwargs) if beyond else None

        for marker in ('_api_model', '_api_private', '_readonly'):
            if hasattr(getattr(cls, name), marker):
                setattr(deaf, marker, getattr(getattr(cls, name), marker))
        stack.enter_context(patch.object(cls, name, deaf))
    return stack


@tagged('post_install', '-at_install')
class TestAuditPaths(AuditChecks, HealthcareCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.doctor = new_test_user(
            cls.env,
            'audit_doctor',
            password=PASSWORD,
            groups='healthcare_crm.group_practitioner,base.group_allow_export',
        )
        practitioner = cls.make_practitioner(user_id=cls.doctor.id)
        cls.patient = cls.make_patient(
            birth_date='1980-02-03', email='an@example.org', practitioner_id=practitioner.id
        )
        cls.condition = cls.env['healthcare.condition'].create(
            {'patient_id': cls.patient.id, 'name': "Asthma"}
        )
        cls.document = cls.env['healthcare.document'].create(
            {
                'patient_id': cls.patient.id,
                'name': "Letter",
                'file': base64.b64encode(b'a letter'),
                'file_name': 'letter.txt',
            }
        )
        cls.appointment = cls.make_appointment(cls.patient, practitioner_id=practitioner.id)
        cls.patient.message_post(body="Called about the asthma")

    def test_there_are_sixteen(self):
        self.assertEqual(len(PATHS), 16)
        for name in PATHS:
            self.assertTrue(hasattr(self, f'go_{name}'))

    def test_all_are_recorded(self):
        for name in PATHS:
            with self.subTest(path=name):
                self.assertTrue(self.is_recorded(name))

    def test_without_its_hook_none_is(self):
        for name, hooks in PATHS.items():
            with self.subTest(path=name), without(hooks):
                self.assertFalse(self.is_recorded(name))

    @mute_logger('odoo.addons.healthcare_crm.auditing.looks', 'odoo.http')
    def test_what_cannot_be_recorded_is_not_shown(self):
        self.authenticate('audit_doctor', PASSWORD)
        with closing(db_connect(self.env.cr.dbname).cursor()) as locking:
            locking.execute("LOCK TABLE healthcare_audit_event IN ACCESS EXCLUSIVE MODE")
            for url in (
                '/web/dataset/call_kw/healthcare.condition/read',
                f'/web/content/healthcare.document/{self.document.id}/file',
            ):
                data = {'params': {'model': 'healthcare.condition', 'method': 'read'}}
                data['params'] |= {'args': [self.condition.ids, ['name']], 'kwargs': {}}
                answer = self.url_open(
                    url,
                    data=json.dumps(data) if 'call_kw' in url else None,
                    headers={'Content-Type': 'application/json'} if 'call_kw' in url else None,
                )
                with self.subTest(url=url):
                    self.assertIn("cannot be written", answer.text)
                    self.assertNotIn("Asthma", answer.text)
                    self.assertNotIn("a letter", answer.text)

    def is_recorded(self, name):
        """Go one way, and return whether the rows since then tell of it."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.write_looks()
        self.mark = self.execute("SELECT max(id) FROM healthcare_audit_event")[0][0] or 0
        return getattr(self, f'go_{name}')()

    def mine(self, records):
        """Return records as the doctor sees them."""
        return records.with_user(self.doctor)

    def saw(self, action, model, patients=None, field=None, detail=None):
        """Return whether there is such a row by the doctor, or by whoever is meant."""
        return any(
            (patients is None or set(patients) <= set(row['patients']))
            and (field is None or field in row['field_names'].split(','))
            and (detail is None or detail in row['detail'])
            for row in self.recorded(action=action, model=model)
        )

    def call(self, model, method, *args, **kwargs):
        """Call a method as the web client does."""
        self.authenticate('audit_doctor', PASSWORD)
        answer = self.url_open(
            f'/web/dataset/call_kw/{model}/{method}',
            data=json.dumps(
                {
                    'jsonrpc': '2.0',
                    'params': {'model': model, 'method': method, 'args': args, 'kwargs': kwargs},
                }
            ),
            headers={'Content-Type': 'application/json'},
        ).json()
        self.assertIn('result', answer, answer)
        return answer['result']

    # ------------------------------------------------------------ the ways

    def go_read(self):
        self.call(
            'healthcare.condition', 'web_read', self.condition.ids, specification={'name': {}}
        )
        return self.saw('read', 'healthcare.condition', self.patient.ids, 'name')

    def go_read_from_cache(self):
        self.assertTrue(self.patient.sudo().birth_date)  # the software read it before
        with patch.object(type(self.patient), 'fetch', lambda self, names=None: None):
            self.mine(self.patient).read(['birth_date'])
        return self.saw('read', 'res.partner', self.patient.ids, 'birth_date')

    def go_list(self):
        self.call(
            'res.partner',
            'web_search_read',
            domain=[('id', '=', self.patient.id)],
            specification={'display_name': {}, 'birth_date': {}},
        )
        return self.saw('read', 'res.partner', self.patient.ids, 'birth_date')

    def go_search(self):
        self.call('res.partner', 'search_count', [('birth_date', '=', '1980-02-03')])
        return self.saw('search', 'res.partner', field='birth_date')

    def go_search_through_relation(self):
        self.call('healthcare.condition', 'search', [('patient_id.birth_date', '=', '1980-02-03')])
        return self.saw('search', 'res.partner', field='birth_date')

    def go_order(self):
        self.call('res.partner', 'search', [('is_patient', '=', True)], order='birth_date', limit=5)
        return self.saw('search', 'res.partner', field='birth_date')

    def go_group(self):
        self.call('res.partner', 'formatted_read_group', [], ['gender'], ['__count'])
        first = self.saw('group', 'res.partner', field='gender')
        self.call('res.partner', 'formatted_read_grouping_sets', [], [['birth_date:year'], []])
        return first and self.saw('group', 'res.partner', field='birth_date')

    def go_name_search(self):
        self.call('res.partner', 'name_search', self.patient.name)
        return self.saw('read', 'res.partner', self.patient.ids)

    def go_export(self):
        self.call('healthcare.condition', 'export_data', self.condition.ids, ['name'])
        return self.saw('export', 'healthcare.condition', self.patient.ids, 'name')

    def go_report(self):
        report = self.env.ref('healthcare_crm.patient_summary_report')
        self.env['ir.actions.report'].with_user(self.doctor)._render_qweb_html(
            report, self.patient.ids
        )
        return self.saw('print', 'res.partner', self.patient.ids)

    def go_file(self):
        self.authenticate('audit_doctor', PASSWORD)
        where = f'/web/content/healthcare.document/{self.document.id}/file'
        self.assertEqual(self.url_open(where).status_code, 200)
        return self.saw('read', 'healthcare.document', self.patient.ids, 'file', 'file')

    def go_chatter(self):
        self.authenticate('audit_doctor', PASSWORD)
        answer = self.make_jsonrpc_request(
            '/mail/thread/messages', {'thread_model': 'res.partner', 'thread_id': self.patient.id}
        )
        self.assertTrue(answer['messages'])
        return self.saw('read', 'res.partner', self.patient.ids, 'message_ids')

    def go_template(self):
        self.env['mail.render.mixin'].with_user(self.doctor)._render_template(
            "{{ object.name }}", 'res.partner', self.patient.ids
        )
        return self.saw('read', 'res.partner', self.patient.ids, detail='template')

    def go_external_api(self):
        keys = self.env['res.users.apikeys'].with_user(self.doctor)
        until = fields.Datetime.add(fields.Datetime.now(), days=1)
        key = keys._generate('rpc', 'audit', until)
        answer = self.url_open(
            '/json/2/healthcare.condition/read',
            data=json.dumps({'ids': self.condition.ids, 'fields': ['name']}),
            headers={'Content-Type': 'application/json', 'Authorization': f'Bearer {key}'},
        )
        self.assertEqual(answer.json()[0]['name'], "Asthma")
        by_json = self.saw('read', 'healthcare.condition', self.patient.ids, 'name')
        with mute_logger('odoo.addons.rpc.controllers.xmlrpc'):  # it will go in Odoo 20
            (found,) = self.xmlrpc_object.execute_kw(
                self.env.cr.dbname,
                self.doctor.id,
                PASSWORD,
                'healthcare.condition',
                'read',
                [self.condition.ids, ['severity']],
            )
        self.assertEqual(found['id'], self.condition.id)
        by_xml = self.saw('read', 'healthcare.condition', self.patient.ids, 'severity')
        return by_json and by_xml

    def go_screens(self):
        self.call('res.partner', 'get_overview_block', self.patient.ids, 'contact')
        self.call('res.partner', 'get_timeline', self.patient.ids)
        return self.saw(
            'read', 'res.partner', self.patient.ids, detail='overview: contact'
        ) and self.saw('read', 'res.partner', self.patient.ids, detail='timeline')

    def go_signed_link(self):
        self.authenticate(None, None)
        answer = self.url_open(self.appointment._get_patient_path())
        self.assertEqual(answer.status_code, 200)
        rows = self.recorded(action='read', detail='signed link', patients=self.patient.ids)
        for row in rows:  # the link itself must not be found in the audit
            self.assertEqual(row['route'], '/healthcare/appointment/<string:token>')
        return bool(rows)
