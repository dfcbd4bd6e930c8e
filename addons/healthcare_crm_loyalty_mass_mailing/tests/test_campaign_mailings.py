from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm_loyalty.models import healthcare_enquiry_campaign
from odoo.addons.healthcare_crm_mass_mailing.tests.test_segment_mailing import MailingCase


@tagged('post_install', '-at_install')
class TestCampaignMailings(MailingCase):
    def setUp(self):
        super().setUp()
        self.campaign = self.env['healthcare.campaign'].create(
            {
                'title': "Autumn",
                'company_id': self.clinic.id,
                'segment_ids': [Command.set(self.segment.ids)],
                'holdout_percent': 0,
            }
        )
        self.campaign.action_start()
        self.parts = self.env['healthcare.campaign.participant'].search(
            [('campaign_id', '=', self.campaign.id)]
        )
        self.parts.filtered(lambda part: part.patient_id == self.lan).arm = 'held'
        self.env.flush_all()

    def test_goes_to_whom_it_addresses(self):
        # also where somebody chose the whole segment
        mailing = self.make_mailing(campaign_id=self.campaign.utm_campaign_id.id)
        addresses = self.send(mailing)
        self.assertIn(self.hoa.email_formatted, addresses)
        self.assertNotIn(self.lan.email_formatted, addresses)
        addressed = self.parts.filtered(lambda part: part.arm == 'addressed').patient_id
        self.assertEqual(set(addresses), set(addressed.mapped('email_formatted')))

    def test_before_it_begins_and_when_it_is_over_nobody_is_written_to(self):
        planned = self.campaign.copy({'title': "Winter"})
        over = self.campaign
        over.action_finish()
        for campaign in planned, over:
            mailing = self.make_mailing(campaign_id=campaign.utm_campaign_id.id)
            self.assertFalse(self.env['res.partner'].search(mailing._get_segment_recipients()))

    def test_who_got_it_opened_it_and_clicked(self):
        mailing = self.make_mailing(campaign_id=self.campaign.utm_campaign_id.id)
        sent = len(self.send(mailing))
        self.campaign.action_count()
        self.assertEqual((self.campaign.contacted_count, self.campaign.response_count), (sent, 0))
        trace = mailing.mailing_trace_ids.filtered(lambda one: one.res_id == self.hoa.id)
        trace.open_datetime = fields.Datetime.now()
        self.campaign.action_count()
        self.assertEqual(self.campaign.response_count, 1)
        self.assertEqual(self.parts.filtered('responded_at').patient_id, self.hoa)

    def test_new_mailing(self):
        action = self.campaign.action_new_mailing()
        self.assertEqual(action['context']['default_campaign_id'], self.campaign.utm_campaign_id.id)
        segment = self.env['healthcare.segment'].browse(action['context']['default_segment_id'])
        addressed = self.parts.filtered(lambda part: part.arm == 'addressed').patient_id
        self.assertEqual(segment.member_ids.patient_id, addressed)
        again = self.campaign.action_new_mailing()
        self.assertEqual(again['context']['default_segment_id'], segment.id)

    def test_who_answered_a_letter_to_a_group(self):
        """Where a patient comes from is for everybody to read: not that it was this letter."""
        mailing = self.make_mailing()
        page = self.env['healthcare.enquiry.page'].create(
            {'name': "Website", 'company_id': self.clinic.id}
        )
        request = SimpleNamespace(cookies={'odoo_utm_source': mailing.source_id.name})
        with patch.object(healthcare_enquiry_campaign, 'request', request):
            self.assertEqual(page._get_visited_source(), mailing.source_id)
            self.segment.condition_ids = [Command.create({'kind': 'illness', 'text': 'E11'})]
            self.env.flush_all()
            self.assertFalse(page._get_visited_source())

    def test_who_opened_a_link_of_it_visited_the_page(self):
        mailing = self.make_mailing(campaign_id=self.campaign.utm_campaign_id.id)
        self.send(mailing)
        trace = mailing.mailing_trace_ids.filtered(lambda one: one.res_id == self.hoa.id)
        flu, other = self.env['link.tracker'].create(
            [
                {'url': f'https://clinic.example/{page}', 'title': page, 'label': page}
                for page in ('flu', 'other')
            ]
        )
        self.env['link.tracker.click'].add_click(flu.code, mailing_trace_id=trace.id, ip='1.2.3.4')
        # by nobody who is known
        self.env['link.tracker.click'].add_click(other.code, ip='1.2.3.5')
        for page, found in (('/flu', self.hoa), ('/other', self.hoa.browse()), ('', self.hoa)):
            segment = self.env['healthcare.segment'].create(
                {
                    'name': "Readers",
                    'company_id': self.clinic.id,
                    'condition_ids': [Command.create({'kind': 'clicked', 'text': page})],
                }
            )
            segment._refresh()
            with self.subTest(page=page):
                self.assertEqual(segment.member_ids.patient_id, found)
