import json
import unittest
from email.message import EmailMessage

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_crm import letters

from ..engine import document, graph
from ..inbound import hook
from .common import NOW, FollowupCase


@tagged('post_install', '-at_install')
class TestOtherClinics(FollowupCase):
    """What an administrator of one clinic tries, to reach into another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        cls.intruder = new_test_user(
            cls.env,
            'intruder',
            'healthcare_crm.group_clinic_administrator',
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )
        cls.nurse = new_test_user(
            cls.env,
            'intruding_nurse',
            'healthcare_crm.group_nurse',
            company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
        )

    def setUp(self):
        super().setUp()
        self.an = self.patient(company_id=self.env.company.id)
        self.visit = self.appointment(self.an)
        self.flow = self.workflow()
        self.flow._publish(NOW)
        self.own = self.workflow(company_id=self.elsewhere.id)
        self.own.step_ids.template_ids = [Command.clear()]
        self.env.flush_all()
        self.env.invalidate_all()

    def own_records(self):
        """Return records of the intruder's clinic, and what would hand them to ours."""
        create = {
            'healthcare.workflow.hook': {'workflow_id': self.own.id},
            'healthcare.workflow.exit': {'workflow_id': self.own.id, 'name': "X"},
            'healthcare.segment': {'name': "X", 'company_id': self.elsewhere.id},
            'healthcare.message.template': {
                'name': "X",
                'channel': 'sms',
                'body': "X",
                'company_id': self.elsewhere.id,
            },
            'healthcare.contact.cap': {'company_id': self.elsewhere.id},
        }
        for model, values in create.items():
            yield self.env[model].create(values)
        yield self.own
        yield self.own.step_ids[0]
        yield self.own.step_ids.edge_ids[0]
        yield self.own.trigger_ids[0]

    def test_nothing_is_handed_to_another_clinic(self):
        ours = {
            'workflow_id': self.flow.id,
            'step_id': self.flow.step_ids[0].id,
            'company_id': self.env.company.id,
        }
        for record in self.own_records():
            (name,) = type(record)._owned_by
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(self.intruder).write({name: ours[name]})

    def test_nobody_else_is_sent_away(self):
        absence = self.env['healthcare.absence'].with_user(self.nurse)
        own = absence.create({'date_to': '2100-01-01'})
        with self.assertRaises(AccessError):
            own.user_id = self.env.user
            own.flush_recordset()

    def test_only_publishing_chooses_the_version_that_runs(self):
        mine = self.own.with_user(self.intruder)
        for values in ({'version_id': self.flow.version_id.id}, {'first_event_id': 0}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                mine.write(values)

    def plan(self):
        """Return a plan of the intruder's, for a workflow with two versions."""
        definition = self.flow.version_id.graph
        flow = self.publish(definition)
        flow.company_id = self.elsewhere
        return self.env['healthcare.workflow.move'].create(
            {
                'workflow_id': flow.id,
                'version_id': flow.version_id.id,
                'source_ids': self.flow.version_id.ids,
            }
        )

    def test_nobody_plans_a_move_by_hand(self):
        plans = self.env['healthcare.workflow.move'].with_user(self.intruder)
        with self.assertRaises(AccessError):
            plans.create({'workflow_id': self.own.id, 'version_id': self.flow.version_id.id})
        plan = self.plan().with_user(self.intruder)
        for values in (
            {'source_ids': [Command.link(self.flow.version_id.id)]},
            {'version_id': self.flow.version_id.id},
            {'workflow_id': self.flow.id},
            {'state': 'applied'},
            {'applied_at': NOW},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                plan.write(values)

    def test_a_plan_is_about_its_own_workflow(self):
        plan = self.plan()
        line = self.env['healthcare.workflow.move.line'].create(
            {'move_id': plan.id, 'key': 's1', 'name': "X"}
        )
        self.assertTrue(self.visit.enrollment_ids.token_ids)
        self.assertEqual(line.with_user(self.intruder).waiting, 0)
        self.assertFalse(plan._get_sources())

    def test_who_meets_another_clinics_conditions_is_not_told(self):
        anybody = self.patient("Shared", email=False)
        flow = self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': 'res.partner',
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'hook'}},
                'start': 's1',
                'steps': {'s1': {'kind': 'wait', 'name': "Wait", 'amount': 1, 'unit': 'months'}},
            }
        )
        flow.subject_model = 'res.partner'
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = self.env['healthcare.workflow.enroll'].with_user(self.nurse)
        asked = wizard.new(
            {'res_model': 'res.partner', 'res_ids': anybody.ids, 'workflow_id': flow.id}
        )
        self.assertEqual((asked.moving_count, asked.refusals), (0, False))

    def test_wizards_are_of_who_opened_them(self):
        wizards = [
            self.env[model].create(values)
            for model, values in (
                (
                    'healthcare.workflow.enroll',
                    {'res_model': 'res.partner', 'res_ids': self.an.ids},
                ),
                ('healthcare.workflow.import', {}),
                ('healthcare.workflow.pause', {'workflow_ids': self.flow.ids}),
                ('healthcare.workflow.archive', {'workflow_ids': self.flow.ids}),
            )
            for values in [
                values
                | (
                    {'workflow_id': self.flow.id}
                    if 'workflow_id' in self.env[model]._fields
                    else {}
                )
            ]
        ]
        for wizard in wizards:
            with self.subTest(model=wizard._name):
                self.assertFalse(wizard.with_user(self.intruder).has_access('read'))

    def test_messages_about_no_appointment_are_of_the_patients_clinic(self):
        message = self.env['healthcare.communication'].create(
            {'patient_id': self.an.id, 'channel': 'sms', 'body': "Secret"}
        )
        ours = new_test_user(self.env, 'our_nurse', 'healthcare_crm.group_nurse')
        self.assertEqual(message.with_user(ours).body, "Secret")
        message.invalidate_recordset()
        with self.assertRaises(AccessError):
            message.with_user(self.nurse).body  # noqa: B018 - reading is what is refused
        self.an.company_id = False
        message.invalidate_recordset()
        self.assertEqual(message.with_user(self.nurse).body, "Secret")

    def test_the_inbox_of_the_engine_is_nobodys_to_read(self):
        self.env['healthcare.workflow.event']._happened('moved', self.visit, {'text': "It hurts"})
        event = self.env['healthcare.workflow.event'].search([], order='id desc', limit=1)
        for user in (self.intruder, self.nurse):
            self.assertFalse(event.with_user(user).has_access('read'))
        system = new_test_user(self.env, 'system', 'base.group_system')
        self.assertEqual(event.with_user(system).kind, 'moved')
        with self.assertRaises(AccessError):
            event.with_user(system).payload  # noqa: B018 - reading is what is refused

    def test_another_clinics_segment_starts_nothing(self):
        segment = self.env['healthcare.segment'].create({'name': "Ours"})
        trigger = self.own.trigger_ids
        trigger.write({'kind': 'segment', 'segment_id': segment.id})
        self.own.subject_model = 'res.partner'
        codes = [
            problem.code
            for problem in self.own.with_user(self.intruder)._get_kind_problems(
                self.own._to_definition()
            )
        ]
        self.assertIn('no_segment', codes)

    def test_secret_addresses_of_actions_are_not_read(self):
        action = self.env['ir.actions.server'].create(
            {
                'name': "Post",
                'model_id': self.env['ir.model']._get_id('res.partner'),
                'state': 'webhook',
                'webhook_url': 'https://example.org/secret',
            }
        )
        mine = action.with_user(self.intruder)
        self.assertEqual(mine.name, "Post")
        with self.assertRaises(AccessError):
            mine.read(['webhook_url'])
        with self.assertRaises(AccessError):
            mine.search([('webhook_url', 'like', 'secret')])

    def test_a_date_its_author_may_not_see_starts_nothing(self):
        field = self.env['calendar.event']._fields['start']
        mine = self.own.with_user(self.intruder)
        self.assertFalse(list(mine._get_date_problems('x', 'calendar.event', 'start')))
        self.patch(field, 'groups', 'base.group_system')
        self.assertTrue(list(mine._get_date_problems('x', 'calendar.event', 'start')))


class TestWhatComesIn(unittest.TestCase):
    """Texts from outside that would stop whoever reads them; without a server."""

    def test_a_key_twice_among_many_is_found_at_once(self):
        count = 150_000
        pairs = ','.join(f'"{number}":0' for number in range(count))
        with self.assertRaises(document.Refused) as caught:
            document.parse(f'{{{pairs},"{count - 1}":0}}')
        self.assertEqual(caught.exception.values, {'key': str(count - 1)})

    def test_calls_say_nothing_the_database_cannot_keep(self):
        for data, code in (
            ('"a\\u0000b"', 'bad_request'),
            ('"\\\\\\u0000"', 'bad_request'),
            ('{"\\u0000": 1}', 'bad_request'),
            ('"\\ud800"', 'bad_json'),
        ):
            body = f'{{"patient": {{"number": "P1"}}, "data": {{"x": {data}}}}}'
            with self.subTest(data=data), self.assertRaises(hook.Refused) as caught:
                hook.parse(body.encode(), '')
            self.assertEqual(caught.exception.code, code)
        for data in ('"\\\\u0000"', '"\\ud83d\\ude00"'):
            body = f'{{"patient": {{"number": "P1"}}, "data": {{"x": {data}}}}}'
            self.assertEqual(hook.parse(body.encode(), '').data, {'x': json.loads(data)})

    def test_letters_have_no_nul(self):
        letter = EmailMessage()
        letter.set_content("Yes\0, I come")
        self.assertEqual(letters.own_words(letter), "Yes, I come")
