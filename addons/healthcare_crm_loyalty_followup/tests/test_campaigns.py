from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm_followup.tests.common import NOW

from .common import LoyaltyFollowupCase


class TestCampaigns(LoyaltyFollowupCase):
    def setUp(self):
        super().setUp()
        self.campaign = self.env['healthcare.campaign'].create(
            {'title': "Autumn", 'channel': 'sms', 'state': 'running'}
        )
        self.parts = self.env['healthcare.campaign.participant'].create(
            [
                {
                    'campaign_id': self.campaign.id,
                    'patient_id': self.patient(arm).id,
                    'arm': arm,
                    'since': NOW - timedelta(days=1),
                }
                for arm in ('addressed', 'held')
            ]
        )
        self.addressed = self.parts[0].patient_id
        self.flow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'triggers': {'start': {'kind': 'event', 'event': 'hook'}},
                'start': 'give',
                'steps': {
                    'give': {
                        'kind': 'action',
                        'name': "Give points",
                        'action': self.earning.action_ids.id,
                        'next': {},
                    },
                },
            }
        )
        self.flow.subject_model = 'res.partner'
        self.flow.campaign_id = self.campaign

    def enroll(self):
        """Enroll everybody; return who came in."""
        self.flow._enroll(self.parts.patient_id | self.patient("Other"), 'test')
        return self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', self.flow.id)]
        )

    def test_only_whom_it_addresses_comes_in(self):
        self.assertEqual(self.enroll().patient_id, self.addressed)
        self.flow.campaign_id = False
        self.assertEqual(len(self.enroll()), 3)

    def test_nobody_comes_in_when_it_is_over(self):
        self.campaign.action_finish()
        self.assertFalse(self.enroll())

    def test_who_is_under_way_goes_no_further(self):
        give = dict(self.flow.version_id.graph['steps']['give'])
        definition = dict(self.flow.version_id.graph)
        definition['start'] = 'wait'
        definition['steps'] = {
            'wait': {
                'kind': 'wait',
                'name': "Wait",
                'amount': 3,
                'unit': 'days',
                'next': {'done': 'give'},
            },
            'give': give,
        }
        card = self.program._join(self.addressed)
        for end in ('action_finish', 'action_cancel', '_go_on', 'action_archive'):
            self.campaign.write({'state': 'running', 'active': True, 'date_to': '2999-01-01'})
            flow = self.publish(definition)
            flow.write({'subject_model': 'res.partner', 'campaign_id': self.campaign.id})
            flow._enroll(self.addressed, 'test')
            enrollment = self.env['healthcare.workflow.enrollment'].search(
                [('workflow_id', '=', flow.id)]
            )
            now = fields.Datetime.now()
            self.go(now + timedelta(minutes=1))
            with self.subTest(end=end):
                self.assertEqual(enrollment.state, 'active')
                if end == '_go_on':
                    self.campaign.write({'date_from': '2020-01-01', 'date_to': '2020-01-02'})
                getattr(self.campaign, end)()
                self.go(now + timedelta(days=4))
                self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'campaign'))
                card.invalidate_recordset()
                self.assertFalse(card.points)

    def test_its_messages_ask_for_its_consent(self):
        flow = self.workflow(campaign_id=self.campaign.id)
        with self.assertRaisesRegex(UserError, "only patients who agreed to"):
            flow.action_publish()
        flow.campaign_id = False
        flow.action_publish()
        with (
            self.assertRaisesRegex(ValidationError, "only patients who agreed to"),
            self.env.cr.savepoint(),
        ):
            flow.campaign_id = self.campaign
        flow.step_ids.purpose_id = self.campaign.purpose_id
        flow.action_publish()
        flow.campaign_id = self.campaign
        flow.action_publish()
        self.assertEqual(flow.state, 'published')

    def test_its_workflow_does_not_outlive_it(self):
        self.campaign.action_cancel()
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            self.campaign.unlink()

    def test_its_messages_count(self):
        message = self.env['healthcare.communication'].create(
            {
                'patient_id': self.addressed.id,
                'channel': 'sms',
                'status': 'sent',
                'sent_at': NOW,
                'date': NOW,
                'purpose_id': self.reminder.id,
                'enrollment_id': self.enroll().id,
            }
        )
        self.campaign.action_count()
        self.assertEqual((self.campaign.contacted_count, self.campaign.response_count), (1, 0))
        marketing = new_test_user(self.env, 'flow', groups='healthcare_crm.group_marketing')
        desk = new_test_user(self.env, 'flow_desk', groups='healthcare_crm.group_reception')
        for user, found in ((marketing, message.browse()), (desk, message)):
            self.assertEqual(message.with_user(user).search([('id', '=', message.id)]), found)
        message.clicked_at = NOW
        self.campaign.action_count()
        self.assertEqual(self.campaign.response_count, 1)
        message.status = 'failed'
        self.campaign.action_count()
        self.assertEqual(self.campaign.contacted_count, 0)

    def test_of_the_same_clinic(self):
        other = self.env['res.company'].create({'name': "Other"})
        campaign = self.campaign.create({'title': "Theirs", 'company_id': other.id})
        with self.assertRaises(ValidationError):
            self.flow.campaign_id = campaign

    def test_numbers_of_a_group_that_nobody_sees_into(self):
        """The campaign tells about how many; its workflow would tell exactly, and on which day."""
        marketing = new_test_user(
            self.env, 'test_flow_marketing', groups='healthcare_crm.group_marketing'
        )
        self.enroll()
        stats = self.env['healthcare.workflow.stat'].with_user(marketing)
        mine = [('version_id.workflow_id', '=', self.flow.id)]
        self.assertTrue(stats.search(mine))
        self.assertFalse(self.flow.with_user(marketing).results_load('all').get('hidden'))
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Ill",
                'condition_ids': [Command.create({'kind': 'illness', 'text': 'E11'})],
            }
        )
        self.campaign.sudo().state = 'draft'
        self.campaign.segment_ids = segment
        self.campaign.sudo().state = 'running'
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(stats.search(mine))
        self.assertTrue(self.flow.with_user(marketing).results_load('all')['hidden'])
        self.assertTrue(stats.sudo().search(mine))
