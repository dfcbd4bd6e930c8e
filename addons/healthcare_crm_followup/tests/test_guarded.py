from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import NOW, FollowupCase


@tagged('post_install', '-at_install')
class TestGuarded(FollowupCase):
    """Numbers of a workflow for a group that marketing uses without seeing into it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketing = new_test_user(
            cls.env, 'test_guarded', groups='healthcare_crm.group_marketing'
        )
        cls.desk = new_test_user(
            cls.env, 'test_guarded_desk', groups='healthcare_crm.group_reception'
        )
        cls.segment = cls.env['healthcare.segment'].create(
            {'name': "Guarded", 'domain': "[('name', '=', 'Guarded Lan')]"}
        )
        cls.segment._refresh()

    def setUp(self):
        super().setUp()
        self.flow = self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'tz': 'Asia/Taipei',
                'triggers': {
                    'start': {'kind': 'segment', 'segment': self.segment.id, 'change': 'enters'}
                },
                'start': 'wait',
                'steps': {
                    'wait': {
                        'kind': 'wait',
                        'name': "Wait",
                        'amount': 1,
                        'unit': 'days',
                        'next': {},
                    },
                },
            }
        )
        self.patient("Guarded Lan")
        self.segment._refresh()
        self.go(NOW)

    def count_told(self, user):
        """Return how many somebody is told of, in each place where it is told."""
        flow = self.flow.with_user(user)
        flow.invalidate_recordset()
        mine = [('version_id.workflow_id', '=', flow.id)]
        stats = self.env['healthcare.workflow.stat'].with_user(user)
        [told] = [one for one in flow.results_overview('all') if one['id'] == flow.id]
        return {
            'stats': sum(stats.search(mine).mapped('total')) and 1,
            'page': flow.results_load('all').get('figures', {}).get('enrolled', 0),
            'overview': told.get('enrolled', 0),
            'canvas': flow.canvas_counts().get('wait', {}).get('waiting', 0),
            'versions': flow.versions_load()['versions'][0]['patients'],
        }

    def test_whom_numbers_are_for(self):
        open_to_all = self.count_told(self.marketing)
        self.assertEqual(set(open_to_all.values()), {1})
        self.segment.condition_ids = [Command.create({'kind': 'illness', 'text': 'E11'})]
        self.flow._compute_is_guarded()
        self.assertEqual(self.count_told(self.desk), open_to_all)
        self.assertEqual(set(self.count_told(self.marketing).values()), {0})

    def test_it_is_said(self):
        flow = self.flow.with_user(self.marketing)
        self.assertFalse(flow.results_load('all').get('hidden'))
        self.segment.condition_ids = [Command.create({'kind': 'illness', 'text': 'E11'})]
        self.flow._compute_is_guarded()
        flow.invalidate_recordset()
        self.assertIn("asks about health", flow.results_load('all')['hidden'])
        *_others, told = flow.results_overview('all')
        self.assertIn("asks about health", told['hidden'])
        self.assertIn("asks about health", flow.results_open_days()['help'])

    def test_what_makes_it_so(self):
        flow = self.env['healthcare.workflow'].create(
            {
                'name': "Draft",
                'trigger_ids': [Command.create({'kind': 'segment', 'segment_id': self.segment.id})],
            }
        )
        self.assertFalse(flow.is_guarded)
        self.segment.condition_ids = [Command.create({'kind': 'illness', 'text': 'E11'})]
        self.assertTrue(flow.is_guarded)
        flow.trigger_ids.kind = 'event'
        self.assertFalse(flow.is_guarded)
        # what runs counts, whatever is drawn now
        self.flow._compute_is_guarded()
        self.assertFalse(self.flow.trigger_ids.segment_id)
        self.assertTrue(self.flow.is_guarded)
