from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import LoyaltyFollowupCase


class TestMyDay(LoyaltyFollowupCase):
    def setUp(self):
        super().setUp()
        self.marketing = new_test_user(
            self.env, 'day_marketing', groups='healthcare_crm.group_marketing'
        )
        self.day = self.env['healthcare.my.day'].with_user(self.marketing)
        self.today = fields.Date.context_today(self.day)

    def campaign(self, title, **values):
        given = {'title': title, 'channel': 'sms', 'date_to': self.today + timedelta(days=9)}
        return self.env['healthcare.campaign'].create(given | values)

    def rows(self):
        return {row['title']: row for row in self.day.my_day_block('campaigns')['rows']}

    def test_the_day_of_marketing_begins_with_campaigns(self):
        blocks = self.day.my_day_load()['blocks']
        self.assertEqual(
            blocks[:2], ['campaigns', 'marketing_workflows'], "what runs comes before how"
        )
        nurse = new_test_user(self.env, 'day_nurse', groups='healthcare_crm.group_nurse')
        with self.assertRaises(AccessError):
            self.day.with_user(nurse).my_day_block('campaigns')

    def test_it_shows_what_runs_and_what_comes(self):
        self.campaign("Over", state='done')
        self.campaign("Planned")
        self.campaign("New", state='running')
        self.campaign(
            "Counted",
            state='running',
            counted_at=fields.Datetime.now(),
            addressed_count=40,
            conversion_count=7,
        )
        rows = self.rows()
        self.assertNotIn("Over", rows)
        self.assertIn("From ", rows["Planned"]['text'])
        self.assertIn("counted every night", rows["New"]['text'])
        self.assertIn(": 7 of 40 reached the goal", rows["Counted"]['text'])
        self.assertEqual(rows["Counted"]['badges'][0]['text'], "Running")

    def test_numbers_of_a_guarded_group_are_about_so_many(self):
        campaign = self.campaign(
            "Sugar", state='running', counted_at=fields.Datetime.now(), addressed_count=40
        )
        self.patch(
            type(campaign), '_compute_is_blurred', lambda one: one.update({'is_blurred': True})
        )
        campaign.invalidate_recordset()
        self.assertIn(": about 0 of 40", self.rows()["Sugar"]['text'])

    def test_it_shows_campaigns_of_the_own_clinic(self):
        other = self.env['res.company'].create({'name': "Another Clinic"})
        self.campaign("Elsewhere", state='running', company_id=other.id)
        self.assertNotIn("Elsewhere", self.rows())
