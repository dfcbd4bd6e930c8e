from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from . import test_campaign


@tagged('post_install', '-at_install')
class TestCampaignLife(test_campaign.CampaignCase):
    def setUp(self):
        super().setUp()
        self.today = self.clinic._get_local_today()

    def make_letters(self, **values):
        """Begin a campaign by letter."""
        campaign = self.make_campaign(
            channel='letter', letter_title="Come", letter_body="Dear {name}", **values
        )
        self.start(campaign)
        return campaign

    def print(self, campaign):
        with patch.object(self.registry['healthcare.campaign.print'], '_check_fits'):
            return campaign.with_user(self.reception).action_print()

    def get_addressed(self, campaign):
        return self.Partner.search(campaign.sudo()._get_audience('id'))

    def test_a_given_up_plan_does_not_begin(self):
        campaign = self.make_campaign()
        campaign.action_cancel()
        with self.assertRaisesRegex(UserError, "was given up"):
            campaign.action_start()

    def test_it_begins_on_a_day_of_its_own(self):
        self.make_agreed(2)
        for days, word in ((1, "begins on"), (-30, "is over")):
            begin = self.today + timedelta(days=days)
            campaign = self.make_campaign(date_from=begin, date_to=begin + timedelta(days=20))
            with self.assertRaisesRegex(UserError, word), self.env.cr.savepoint():
                self.start(campaign)
            self.assertEqual(campaign.state, 'draft')
        campaign = self.make_campaign(date_from=self.today, date_to=self.today)
        self.start(campaign)
        self.assertEqual(campaign.state, 'running')

    def test_nobody_is_addressed_on_other_days(self):
        patients = self.make_agreed(2, 'letter')
        campaign = self.make_letters()
        self.assertEqual(self.get_addressed(campaign), patients)
        later = self.today + timedelta(days=10)
        for dates in (
            {'date_from': later, 'date_to': later},
            {
                'date_from': self.today - timedelta(days=9),
                'date_to': self.today - timedelta(days=1),
            },
        ):
            campaign.write(dates)
            self.assertEqual(campaign.state, 'running')
            self.assertFalse(self.get_addressed(campaign))
            with self.assertRaisesRegex(UserError, "On other days"), self.env.cr.savepoint():
                self.print(campaign)

    def test_a_copy_is_for_something_else(self):
        self.make_agreed(2)
        batch = self.env['healthcare.coupon.batch'].with_user(self.marketing)
        batch = batch.create(
            {
                'name': "Ten",
                'company_id': self.clinic.id,
                'kind': 'segment',
                'segment_id': self.segment.id,
                'value': 10,
            }
        )
        campaign = self.make_campaign(
            coupon_batch_ids=[Command.set(batch.ids)],
            date_from=self.today - timedelta(days=9),
        )
        self.start(campaign)
        copy = campaign.copy()
        self.assertEqual((copy.state, copy.segment_ids), ('draft', campaign.segment_ids))
        self.assertFalse(copy.coupon_batch_ids)
        self.assertEqual(copy.date_from, self.today)
        copy.action_start()
        self.assertEqual(copy.addressed_count, 2)

    def test_one_letter_to_who_had_two_records(self):
        written, _other = self.make_agreed(2, 'letter')
        campaign = self.make_letters()
        self.print(campaign)
        kept = self.make_patient(
            "Kept", company_id=self.clinic.id, street=written.street, city=written.city
        )
        written._merge_into(kept)
        self.env.invalidate_all()
        self.make_consent(kept, 'letter', purpose=self.purpose_marketing)
        with self.assertRaisesRegex(UserError, "All letters are printed"):
            self.print(campaign)
        letters = self.Communication.search([('campaign_id', '=', campaign.id)])
        self.assertEqual(letters.filtered(lambda one: one.patient_id == kept).status, 'sent')
        # nor is it said that none went
        kept.contact_blocked = True
        campaign.sudo()._enter_obstacles()
        letters = self.Communication.search([('campaign_id', '=', campaign.id)])
        self.assertEqual(len(letters), 2)

    def test_who_withdrew_is_not_printed_again(self):
        withdrew, died, other = self.make_agreed(3, 'letter')
        campaign = self.make_letters()
        self.print(campaign)
        run = campaign.with_user(self.reception).print_ids
        self.assertEqual(run.action_print_again()['type'], 'ir.actions.act_url')
        self.make_consent(withdrew, 'letter', 'deny', self.purpose_marketing)
        died.deceased = True
        self.env.invalidate_all()
        self.assertEqual([one['address'][0] for one in run._get_letters()], [other.name])
        action = run.action_print_again()
        self.assertIn(': 2.', action['params']['message'])
        self.assertEqual(action['params']['next']['type'], 'ir.actions.act_url')
        other.contact_blocked = True
        with self.assertRaisesRegex(UserError, "any more"):
            run.action_print_again()
