from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestDeskCampaign(LoyaltyCase):
    """The code of a campaign, or of an alliance partner, scanned at the desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls.make_member()
        cls.hotel = cls.env['res.partner'].create({'name': "Hotel", 'is_company': True})
        cls.campaign = cls.env['healthcare.campaign'].create({'title': "Spring"})
        cls.code = cls.env['healthcare.campaign.code'].create(
            {'code': 'HOTEL-26', 'campaign_id': cls.campaign.id, 'partner_id': cls.hotel.id}
        )
        cls.desk = cls.env['healthcare.loyalty.desk'].with_user(cls.make_user('reception'))

    def test_who_names_it_comes_by_it(self):
        earlier, later = (
            self.make_appointment(
                self.card.partner_id, fields.Datetime.now() + timedelta(days=days)
            )
            for days in (2, 9)
        )
        [offer] = self.desk.desk_scan('https://x.tw/enquiry/hotel-26', self.card.id)['scanned']
        self.assertEqual((offer['text'], offer['problem']), ("Spring", ''))
        done = getattr(self.desk, offer['method'])(*offer['args'])
        self.assertIn("HOTEL-26", done['notice']['text'])
        self.assertEqual((earlier | later).mapped('campaign_code_id'), self.code)
        self.assertFalse(later.campaign_code_id)
        [offer] = self.desk.desk_scan('HOTEL-26', self.card.id)['scanned']
        self.assertIn("in the appointment already", offer['problem'])

    def test_pressed_again_after_a_lost_answer(self):
        visit = self.make_appointment(
            self.card.partner_id, fields.Datetime.now() + timedelta(days=2)
        )
        first, second = (self.desk.desk_campaign(self.card.id, self.code.id) for _time in 'ab')
        self.assertEqual(visit.campaign_code_id, self.code)
        self.assertEqual(
            [(done['notice'], done['undo']) for done in (first, second)],
            [(first['notice'], ['desk_campaign_not', [self.card.id, visit.id]])] * 2,
        )
        other = self.code.create({'code': 'POSTER-26', 'campaign_id': self.campaign.id})
        with self.assertRaisesRegex(UserError, "no appointment"):
            self.desk.desk_campaign(self.card.id, other.id)

    def test_typed_as_it_is_said(self):
        for typed in ('HOTEL-26', 'hotel26', ' Hotel 26 '):
            with self.subTest(typed=typed):
                answer = self.desk.desk_scan(typed, self.card.id)
                self.assertEqual(answer['scanned'][0]['args'], [self.card.id, self.code.id])

    def test_taken_back(self):
        visit = self.make_appointment(
            self.card.partner_id, fields.Datetime.now() + timedelta(days=2)
        )
        done = self.desk.desk_campaign(self.card.id, self.code.id)
        self.assertEqual(visit.campaign_code_id, self.code)
        method, args = done['undo']
        getattr(self.desk, method)(*args)
        self.assertFalse(visit.campaign_code_id)
        other = self.make_appointment(
            self.make_patient(), fields.Datetime.now() + timedelta(days=2)
        )
        with self.assertRaises(UserError):
            self.desk.desk_campaign_not(self.card.id, other.id)

    def test_this_morning_is_today_at_the_clinic(self):
        """What ends before eight in Taipei was yesterday by the clock of the database."""
        self.company.resource_calendar_id.tz = 'Asia/Taipei'
        with freeze_time('2026-04-10 00:30:00'):
            visit = self.make_appointment(
                self.card.partner_id,
                datetime(2026, 4, 9, 23, 10),
                stop=datetime(2026, 4, 9, 23, 40),
            )
            self.make_appointment(self.card.partner_id, datetime(2026, 4, 20, 5))
            self.desk.desk_campaign(self.card.id, self.code.id)
        self.assertEqual(visit.campaign_code_id, self.code)

    def test_without_an_appointment_or_a_card(self):
        self.assertIn("Open the card", self.desk.desk_scan('hotel-26')['notice']['text'])
        [offer] = self.desk.desk_scan('hotel-26', self.card.id)['scanned']
        self.assertIn("no appointment", offer['problem'])
        with self.assertRaisesRegex(UserError, "no appointment"):
            getattr(self.desk, offer['method'])(*offer['args'])

    def test_not_of_another_clinic_and_not_for_others(self):
        self.campaign.company_id = self.env['res.company'].create({'name': "Elsewhere"})
        self.assertIn("Nobody is called", self.desk.desk_scan('hotel-26')['notice']['text'])
        with self.assertRaises(AccessError):
            self.desk.desk_campaign(self.card.id, self.code.id)
        marketing = self.desk.with_user(self.make_user('marketing'))
        with self.assertRaises(AccessError):
            marketing.desk_campaign(self.card.id, self.code.id)
