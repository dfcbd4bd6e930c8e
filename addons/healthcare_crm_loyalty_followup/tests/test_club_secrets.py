from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm_followup.tests.common import NOW

from .common import LoyaltyFollowupCase


@tagged('post_install', '-at_install')
class TestClubSecrets(LoyaltyFollowupCase):
    """The desk reads what workflows do, and not from them who is in a club about health."""

    def setUp(self):
        super().setUp()
        clubs = self.env['healthcare.club'].create(
            [{'name': "Oncology"}, {'name': "Walking", 'is_clinical': False}]
        )
        self.oncology, self.walking = clubs
        self.secret, self.open = (club._get_news_segment() for club in clubs)
        self.lan = self.patient("Lan")

    def publish_for(self, trigger, **values):
        return self.publish(
            {
                'schema': 1,
                'subject': 'res.partner',
                'triggers': {'start': trigger},
                'start': 'wait',
                'steps': {
                    'wait': {'kind': 'wait', 'amount': 365, 'unit': 'days', 'next': {}},
                },
                **values,
            }
        )

    def join(self, club):
        self.env['healthcare.club.member'].create(
            {'club_id': club.id, 'patient_id': self.lan.id}
        ).action_agreed_in_person()
        club.news_segment_id._refresh()
        self.go(NOW)

    def test_no_workflow_begins_with_who_enters(self):
        self.publish_for({'kind': 'segment', 'segment': self.secret.id, 'change': 'enters'})
        self.publish_for({'kind': 'event', 'event': 'segment_entered'})
        heard = self.publish_for({'kind': 'segment', 'segment': self.open.id, 'change': 'enters'})
        self.join(self.oncology)
        self.assertFalse(self.lan.enrollment_ids)
        self.join(self.walking)
        self.assertIn(heard, self.lan.enrollment_ids.workflow_id)

    def test_none_asks_who_is_in_it(self):
        visited = {'kind': 'segment', 'segment': self.open.id, 'change': 'enters'}
        asked = [['segment_member_ids.segment_id', '=', self.secret.id]]
        self.publish_for(visited, entry=asked)
        self.join(self.oncology)
        self.join(self.walking)
        self.assertFalse(self.lan.enrollment_ids)

    def test_none_is_drawn_for_it(self):
        workflow = self.env['healthcare.workflow'].create(
            {'name': "Drawn", 'company_id': self.secret.company_id.id}
        )
        trigger = {'workflow_id': workflow.id, 'kind': 'segment'}
        triggers = self.env['healthcare.workflow.trigger']
        with self.assertRaisesRegex(ValidationError, "Oncology"), self.env.cr.savepoint():
            triggers.create({**trigger, 'segment_id': self.secret.id})
        triggers.create({**trigger, 'segment_id': self.open.id})
        club = {'kind': 'club', 'club_ids': [Command.set(self.oncology.ids)]}
        with self.assertRaisesRegex(ValidationError, "Walking"), self.env.cr.savepoint():
            self.open.condition_ids = [Command.create(club)]
            self.env.flush_all()
