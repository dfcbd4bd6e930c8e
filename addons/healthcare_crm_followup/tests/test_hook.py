import json
import time
import unittest
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ..engine import graph
from ..inbound import hook
from .common import NOW, FollowupCase

SECRET = 'not-so-secret'


class TestHookCalls(unittest.TestCase):
    """Signatures and bodies, without a server."""

    def refusal(self, function, *args):
        with self.assertRaises(hook.Refused) as caught:
            function(*args)
        return caught.exception.status, caught.exception.code

    def test_signature_is_the_documented_one(self):
        """The example of docs/partner.md; openssl gives the same."""
        body = b'{"key": "visit-4711", "patient": {"number": "P00042"}}'
        self.assertEqual(
            hook.sign('example-secret', body, 1767225600),
            't=1767225600,v1=bedcc2c1b2f8f017e6721bbb39fddabe8b3249374324f25e9ebe5a4032da8395',
        )

    def test_a_right_signature_passes_for_five_minutes(self):
        header = hook.sign(SECRET, b'{}', 1000)
        for now in (700, 1000, 1300):
            self.assertEqual(hook.verify(SECRET, b'{}', header, now), header[-64:])
        for now in (699, 1301):
            self.assertEqual(
                self.refusal(hook.verify, SECRET, b'{}', header, now), (401, 'bad_signature')
            )

    def test_wrong_signatures(self):
        right = hook.sign(SECRET, b'{}', 1000)
        for secret, body, header in (
            (SECRET, b'{ }', right),
            ('another', b'{}', right),
            (None, b'{}', right),
            (None, b'{}', hook.sign('none', b'{}', 1000)),
            (SECRET, b'{}', None),
            (SECRET, b'{}', ''),
            (SECRET, b'{}', 't=1000'),
            (SECRET, b'{}', right.replace('t=1000', 't=1001')),
            (SECRET, b'{}', right[:-1] + ('0' if right[-1] != '0' else '1')),
            (SECRET, b'{}', right.upper()),
            (SECRET, b'{}', right + ',v1=' + '0' * 64),
            (SECRET, b'{}', 't=' + '9' * 99 + ',v1=' + '0' * 64),
            (SECRET, b'{}', 't=-1,v1=' + '0' * 64),
        ):
            with self.subTest(secret=secret, body=body, header=header):
                self.assertEqual(
                    self.refusal(hook.verify, secret, body, header, 1000), (401, 'bad_signature')
                )

    def test_bodies(self):
        patient = {'number': 'P00042'}
        call = hook.parse(json.dumps({'patient': patient}).encode(), 'd' * 64)
        self.assertEqual(call, hook.Call('signature:' + 'd' * 64, patient, None, None, {}))
        asked = {
            'key': 'k',
            'patient': {'system': 'his', 'value': '7'},
            'subject': {'model': 'calendar.event', 'id': 12},
            'data': {'score': 7},
        }
        self.assertEqual(
            hook.parse(json.dumps(asked).encode(), ''),
            hook.Call('key:k', asked['patient'], 'calendar.event', 12, {'score': 7}),
        )

    def test_bodies_that_are_no_json(self):
        for body in (b'', b'{', b'\xff', b'{"a": NaN}', b'[' * 20000, b'a=b'):
            with self.subTest(body=body[:20]):
                self.assertEqual(self.refusal(hook.parse, body, ''), (400, 'bad_json'))

    def test_bodies_that_say_what_they_must_not(self):
        good = {'patient': {'number': 'P00042'}}
        for asked, path in (
            ([], 'The body'),
            ('x', 'The body'),
            (None, 'The body'),
            ({}, 'patient'),
            ({'patient': 'P00042'}, 'patient'),
            ({'patient': {}}, 'patient/system'),
            ({'patient': {'number': 42}}, 'patient/number'),
            ({'patient': {'number': ''}}, 'patient/number'),
            ({'patient': {'number': 'x' * 201}}, 'patient/number'),
            ({'patient': {'number': 'a\0b'}}, 'patient/number'),
            ({'patient': {'number': ['in', 'or']}}, 'patient/number'),
            ({'patient': {'number': 'x', 'value': 'y'}}, 'patient/value'),
            ({'patient': {'system': 'his'}}, 'patient/value'),
            (good | {'key': 7}, 'key'),
            (good | {'key': ''}, 'key'),
            (good | {'data': [1]}, 'data'),
            (good | {'subject': 12}, 'subject'),
            (good | {'subject': {'id': 12}}, 'subject/model'),
            (good | {'subject': {'model': 'x', 'id': True}}, 'subject/id'),
            (good | {'subject': {'model': 'x', 'id': '12'}}, 'subject/id'),
            (good | {'subject': {'model': 'x', 'id': 2**31}}, 'subject/id'),
            (good | {'workflow': 12}, 'workflow'),
        ):
            with self.subTest(asked=asked):
                with self.assertRaises(hook.Refused) as caught:
                    hook.parse(json.dumps(asked).encode(), '')
                refused = caught.exception
                self.assertEqual((refused.status, refused.code), (400, 'bad_request'))
                self.assertRegex(refused.detail, f'^{path} (must|is) ')


class HookCase(FollowupCase):
    def setUp(self):
        super().setUp()
        self.an = self.patient()
        self.flow = self.run_workflow('res.partner')
        self.door = self.env['healthcare.workflow.hook'].create({'workflow_id': self.flow.id})
        self.door.sudo().secret = SECRET

    def run_workflow(self, model, triggers=None):
        flow = self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': model,
                'tz': 'Asia/Taipei',
                'triggers': triggers or {'t1': {'kind': 'hook'}},
                'start': 's1',
                'steps': {'s1': {'kind': 'wait', 'name': "Wait", 'amount': 1, 'unit': 'months'}},
            }
        )
        flow.subject_model = model
        return flow


@tagged('post_install', '-at_install')
class TestHook(HookCase, HttpCase):
    def call(self, asked=None, body=None, door=None, secret=SECRET, at=0, headers=None, **kwargs):
        """Post a call as another system would, ``at`` seconds from now."""
        door = door or self.door
        if asked is None:
            asked = {'key': 'k1', 'patient': {'number': self.an.patient_number}}
        body = json.dumps(asked).encode() if body is None else body
        signed = {
            'Content-Type': 'application/json',
            hook.HEADER: hook.sign(secret, body, int(time.time()) + at),
        }
        response = self.url_open(
            hook.PATH % door.public_id, data=body, headers=signed | (headers or {}), **kwargs
        )
        self.env.invalidate_all()
        return response

    def assertRefused(self, response, status, code):
        self.assertEqual((response.status_code, response.json()['error']), (status, code))
        self.assertEqual(self.inbox(), [])

    def inbox(self):
        events = self.env['healthcare.workflow.event'].search([('kind', '=', 'hook')])
        return [(event.subject_model, event.subject_id, event.payload) for event in events]

    def test_a_call_starts_the_workflow_with_the_next_tick(self):
        response = self.call({'patient': {'number': self.an.patient_number}, 'data': {'score': 7}})
        self.assertEqual((response.status_code, response.json()), (202, {'accepted': True}))
        self.assertNotIn('Set-Cookie', response.headers)
        payload = {'workflow': self.flow.id}
        self.assertEqual(self.inbox(), [('res.partner', self.an.id, payload)])
        self.assertFalse(self.an.enrollment_ids)
        self.assertTrue(self.door.last_used)
        self.go(NOW)
        self.assertEqual(self.an.enrollment_ids.workflow_id, self.flow)

    def test_only_its_own_workflow_starts(self):
        other = self.run_workflow('res.partner')
        self.call()
        self.go(NOW)
        self.assertEqual(self.an.enrollment_ids.workflow_id, self.flow)
        self.assertNotEqual(self.flow, other)

    def test_the_patient_as_subject(self):
        asked = {'patient': {'number': self.an.patient_number}}
        for patient, status in ((self.an, 202), (self.patient("Hoa"), 422)):
            subject = {'subject': {'model': 'res.partner', 'id': patient.id}}
            self.assertEqual(self.call(asked | subject).status_code, status)
        self.assertEqual([subject for _model, subject, _body in self.inbox()], [self.an.id])

    def test_a_patient_by_the_number_of_another_system(self):
        system = self.env['healthcare.identifier.system'].create({'name': "HIS", 'code': 'his'})
        self.env['healthcare.patient.identifier'].create(
            {'patient_id': self.an.id, 'system_id': system.id, 'value': '0042'}
        )
        response = self.call({'patient': {'system': 'his', 'value': '0042'}})
        self.assertEqual(response.status_code, 202)
        self.assertEqual(self.inbox()[0][1], self.an.id)

    def test_the_same_key_is_taken_once(self):
        for _twice in range(2):
            self.assertEqual(self.call().status_code, 202)
        self.assertEqual(len(self.inbox()), 1)

    def test_a_replayed_call_without_key_is_taken_once(self):
        asked = {'patient': {'number': self.an.patient_number}}
        now = time.time()
        with patch.object(time, 'time', lambda: now):
            for _twice in range(2):
                self.assertEqual(self.call(asked).status_code, 202)
        self.assertEqual(len(self.inbox()), 1)

    def test_two_hooks_may_use_the_same_key(self):
        door = self.env['healthcare.workflow.hook'].create({'workflow_id': self.flow.id})
        door.sudo().secret = SECRET
        self.call()
        self.call(door=door)
        self.assertEqual(len(self.inbox()), 2)

    def test_forged_and_expired(self):
        self.assertRefused(self.call(secret='another'), 401, 'bad_signature')
        self.assertRefused(self.call(at=-301), 401, 'bad_signature')
        self.assertRefused(self.call(at=302), 401, 'bad_signature')
        self.assertRefused(self.call(headers={hook.HEADER: ''}), 401, 'bad_signature')

    def test_who_cannot_sign_learns_nothing(self):
        known = self.call(secret='another')
        unknown = self.call({'patient': {'number': 'nobody'}}, secret='another')
        garbage = self.call(body=b'{', secret='another')
        nowhere = self.url_open(
            hook.PATH % 'no-such-hook',
            data=b'{}',
            headers={
                'Content-Type': 'application/json',
                hook.HEADER: hook.sign('none', b'{}', int(time.time())),
            },
        )
        closed = self.env['healthcare.workflow.hook'].create({'workflow_id': self.flow.id})
        without_secret = self.call(door=closed, secret='')
        for response in (known, unknown, garbage, nowhere, without_secret):
            self.assertEqual(response.status_code, 401)
            self.assertEqual(response.content, known.content)

    def test_an_unknown_patient(self):
        response = self.call({'patient': {'number': 'nobody'}})
        self.assertRefused(response, 422, 'unknown_patient')
        contact = self.env['res.partner'].create({'name': "No patient"})
        self.env.cr.execute(
            "UPDATE res_partner SET patient_number = 'X1' WHERE id = %s", [contact.id]
        )
        self.assertRefused(self.call({'patient': {'number': 'X1'}}), 422, 'unknown_patient')

    def test_a_patient_of_another_clinic_is_unknown(self):
        self.an.company_id = self.env['res.company'].create({'name': "Other"})
        self.assertRefused(self.call(), 422, 'unknown_patient')

    def test_garbage(self):
        self.assertRefused(self.call(body=b'{"patient":'), 400, 'bad_json')
        self.assertRefused(self.call({'patient': 7}), 400, 'bad_request')
        self.assertRefused(self.call(headers={'Content-Type': 'text/plain'}), 415, 'bad_type')

    def test_oversized(self):
        asked = {'patient': {'number': self.an.patient_number}, 'data': {'x': 'x' * hook.MAX_BODY}}
        self.assertRefused(self.call(asked), 413, 'too_large')

    def test_a_workflow_that_does_not_run(self):
        self.flow.state = 'draft'
        self.assertRefused(self.call(), 409, 'not_running')

    def test_a_workflow_that_is_not_started_by_calls(self):
        event = {'t1': {'kind': 'event', 'event': 'patient_created'}}
        flow = self.run_workflow('res.partner', event)
        door = self.env['healthcare.workflow.hook'].create({'workflow_id': flow.id})
        door.sudo().secret = SECRET
        self.assertRefused(self.call(door=door), 409, 'not_running')

    def test_about_an_appointment(self):
        flow = self.run_workflow('calendar.event')
        door = self.env['healthcare.workflow.hook'].create({'workflow_id': flow.id})
        door.sudo().secret = SECRET
        mine, other = self.appointment(self.an), self.appointment(self.patient("Hoa"))
        patient = {'patient': {'number': self.an.patient_number}}
        self.assertRefused(self.call(patient, door=door), 422, 'bad_subject')
        for asked, code in (
            ({'model': 'res.users', 'id': 1}, 'bad_subject'),
            ({'model': 'calendar.event', 'id': other.id}, 'unknown_subject'),
            ({'model': 'calendar.event', 'id': other.id + 1000}, 'unknown_subject'),
            ({'model': 'res.partner', 'id': self.an.id}, 'bad_subject'),
        ):
            with self.subTest(asked=asked):
                self.assertRefused(self.call(patient | {'subject': asked}, door=door), 422, code)
        asked = patient | {'subject': {'model': 'calendar.event', 'id': mine.id}}
        self.assertEqual(self.call(asked, door=door).status_code, 202)
        self.go(NOW)
        self.assertEqual(mine.enrollment_ids.workflow_id, flow)

    def test_other_methods_do_nothing(self):
        url = hook.PATH % self.door.public_id
        self.assertEqual(self.url_open(url).status_code, 405)
        self.assertEqual(self.url_open(url, method='OPTIONS').json()['error'], 'bad_method')
        self.assertEqual(self.inbox(), [])

    def test_a_new_secret_ends_the_former_one(self):
        admin = new_test_user(self.env, 'adm', 'healthcare_crm.group_clinic_administrator')
        action = self.door.with_user(admin).action_new_secret()
        secret = action['context']['default_secret']
        self.assertRefused(self.call(), 401, 'bad_signature')
        self.assertEqual(self.call(secret=secret).status_code, 202)


@tagged('post_install', '-at_install')
class TestHookSecret(HookCase):
    def test_nobody_reads_the_secret(self):
        admin = new_test_user(
            self.env, 'adm', 'healthcare_crm.group_clinic_administrator,base.group_system'
        )
        door = self.door.with_user(admin)
        self.assertTrue(door.has_secret)
        self.assertNotIn('secret', door.fields_get())
        for reading in (
            lambda: door.read(['secret']),
            lambda: door.export_data(['secret']),
            lambda: door.search([('secret', '=', SECRET)]),
            lambda: door.search([], order='secret'),
            lambda: door.formatted_read_group([], ['secret']),
            lambda: door.write({'secret': 'mine'}),
        ):
            with self.assertRaises(AccessError):
                reading()
        self.assertFalse(door.copy().has_secret)
        self.assertNotEqual(door.copy().public_id, door.public_id)

    def test_it_is_shown_once_and_not_kept(self):
        admin = new_test_user(self.env, 'adm', 'healthcare_crm.group_clinic_administrator')
        action = self.door.with_user(admin).action_new_secret()
        dialog = self.env[action['res_model']].with_user(admin).with_context(**action['context'])
        with Form(dialog) as form:
            self.assertEqual(form.secret, self.door.sudo().secret)
        self.assertFalse(form.record.with_context(default_secret=None).secret)

    def test_it_is_for_the_administrator(self):
        reception = new_test_user(self.env, 'desk', 'healthcare_crm.group_reception')
        with self.assertRaises(AccessError):
            self.door.with_user(reception).read(['public_id'])
        with self.assertRaises(AccessError):
            self.door.with_user(reception).action_new_secret()

    def test_hooks_of_other_clinics_are_hidden(self):
        other = self.env['res.company'].create({'name': "Other"})
        self.flow.company_id = other
        admin = new_test_user(self.env, 'adm', 'healthcare_crm.group_clinic_administrator')
        self.assertFalse(self.door.with_user(admin).search([]) & self.door)
