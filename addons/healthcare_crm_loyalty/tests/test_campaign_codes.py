from datetime import date, timedelta
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import healthcare_enquiry_campaign
from .test_campaign import CampaignCase


class CodeCase(CampaignCase):
    def make_code(self, code='METRO-1', campaign=None, **values):
        """Create a code as marketing does, of a campaign in public that is planned."""
        campaign = campaign or self.make_campaign(channel='public', segment_ids=[])
        return (
            self.env['healthcare.campaign.code']
            .with_user(self.marketing)
            .create({'code': code, 'campaign_id': campaign.id, **values})
        )

    def make_guarded_campaign(self):
        """Create a campaign for fourteen patients with an illness."""
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        self.env['healthcare.condition'].create(
            [
                {'patient_id': one.id, 'code': 'E11.9', 'name': "Diabetes"}
                for one in self.make_agreed(14)
            ]
        )
        return self.make_campaign()

    def make_enquiry(self, **values):
        return self.env['healthcare.enquiry'].create(
            {'name': "A", 'phone': '+886912345678', 'company_id': self.clinic.id, **values}
        )


@tagged('post_install', '-at_install')
class TestCodeSources(CodeCase):
    """Where somebody found the clinic: where the code is found, if they do not say otherwise."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metro, cls.friend = cls.env['utm.source'].create(
            [{'name': "Posters in the metro"}, {'name': "A friend of mine"}]
        )

    def test_who_books_by_a_code(self):
        code = self.make_code(source_id=self.metro.id)
        named, later, asked = self.make_agreed(3)
        asked.source_id = self.friend
        for patient in (named, asked):
            self.visit(patient, campaign_code_id=code.id)
        visit = self.visit(later)
        self.assertFalse(later.source_id)
        visit.with_user(self.reception).campaign_code_id = code
        self.assertEqual((named | later).source_id, self.metro)
        self.assertEqual(asked.source_id, self.friend)

    def test_marketing_does_not_learn_who_came(self):
        """Marketing sees the source of patients, and may not know who is in the group."""
        campaign = self.make_guarded_campaign()
        code = self.make_code(campaign=campaign, source_id=self.metro.id)
        patient = self.make_agreed(1)
        self.visit(patient, campaign_code_id=code.id)
        self.assertFalse(patient.source_id)

    def test_what_they_said_stays(self):
        code = self.make_code(source_id=self.metro.id)
        said = self.make_enquiry(source_id=self.friend.id)
        silent = self.make_enquiry()
        (said | silent).with_user(self.reception).campaign_code_id = code
        self.assertEqual(said.source_id, self.friend)
        self.assertEqual(silent.source_id, self.metro)
        self.assertEqual(self.make_enquiry(campaign_code_id=code.id).source_id, self.metro)

    def test_months_are_the_clinics(self):
        """The first of April in Taipei begins in March by the clock of the database."""
        self.clinic.resource_calendar_id.tz = 'Asia/Taipei'
        self.make_enquiry(source_id=self.metro.id, date='2026-03-31 23:30:00')
        patient = self.make_agreed(1, source_id=self.metro.id)
        patient.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2026-03-31 23:30:00' WHERE id = %s",
            (patient.id,),
        )
        counts = self.env['healthcare.source.count']
        counts._refresh()
        found = counts.search([('source_id', '=', self.metro.id)])
        self.assertEqual(set(found.mapped('date')), {date(2026, 4, 1)})
        self.assertEqual((sum(found.mapped('enquiries')), sum(found.mapped('patients'))), (1, 1))


@tagged('post_install', '-at_install')
class TestCodesStay(CodeCase):
    """A code by which somebody came, or may have come, is kept with its campaign."""

    def assertKept(self, code):
        for record in (code, code.campaign_id):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                record.unlink()
        other = self.make_campaign(channel='public', segment_ids=[])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            code.campaign_id = other
        self.assertTrue(code.exists())

    def test_named_for_an_appointment(self):
        code = self.make_code()
        visit = self.visit(self.make_agreed(1), -1, campaign_code_id=code.id)
        self.assertKept(code)
        visit.active = False
        self.assertKept(code)

    def test_named_in_an_enquiry(self):
        code = self.make_code()
        enquiry = self.make_enquiry(campaign_code_id=code.id)
        self.assertKept(code)
        enquiry.campaign_code_id = False
        code.campaign_id.unlink()
        self.assertFalse(code.exists())

    def test_of_a_group_that_nobody_sees_into(self):
        """That a code can be deleted would say that nobody came by it."""
        campaign = self.make_guarded_campaign()
        codes = self.make_code(campaign=campaign) | self.make_code('METRO-2', campaign)
        self.start(campaign)
        self.visit(self.make_agreed(1), -1, campaign_code_id=codes[0].id)
        campaign.action_count()
        self.assertEqual(codes.mapped('participant_count'), [0, 0])
        said = set()
        for code in codes:
            self.assertKept(code)
            with self.assertRaises(UserError) as refused, self.env.cr.savepoint():
                code.unlink()
            said.add(str(refused.exception))
        self.assertEqual(len(said), 1)

    def test_nobody_named_it(self):
        code, other = self.make_code(), self.make_code('METRO-2')
        code.campaign_id = other.campaign_id
        code.unlink()
        campaign = other.campaign_id
        campaign.action_start()
        elsewhere = self.make_campaign(channel='public', segment_ids=[])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            other.campaign_id = elsewhere
        other.write({'campaign_id': campaign.id, 'code': 'METRO-3'})
        other.unlink()


@tagged('post_install', '-at_install')
class TestCodesAsTheyAreSaid(CodeCase):
    """Hyphens, spaces and capitals make no difference."""

    def ask(self, text, clinic=None, **values):
        page = self.env['healthcare.enquiry.page'].create(
            {'name': "W", 'company_id': (clinic or self.clinic).id, **values}
        )
        form = {'name': "A", 'email': 'a@example.org', 'introduction': text}
        return page._check_form(form)

    def test_one_code_however_it_is_written(self):
        self.make_code('SPRING-26')
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError):
            self.make_code('SPR-ING26')

    def test_on_the_form(self):
        code = self.make_code('HOTEL-26')
        for text in ('HOTEL-26', ' hotel26', 'Ｈotel 26'):
            with self.subTest(text=text):
                values, errors = self.ask(text)
                self.assertFalse(errors)
                self.assertEqual(values['campaign_code_id'], code.id)
        branch = self.env['res.company'].create({'name': "B", 'parent_id': self.clinic.id})
        self.assertEqual(self.ask('hotel26', branch)[0]['campaign_code_id'], code.id)
        elsewhere = self.env['res.company'].create({'name': "Unrelated"})
        for text, clinic in (('hotel26', elsewhere), ('hotel27', None), ('-', None)):
            with self.subTest(text=text):
                self.assertIn("not a code of ours", str(self.ask(text, clinic)[1]))

    def test_its_source_counts_not_that_of_a_link(self):
        metro, facebook = self.env['utm.source'].create(
            [{'name': "Posters in the metro"}, {'name': "Facebook of the clinic"}]
        )
        self.make_code('HOTEL-26', source_id=metro.id)
        request = SimpleNamespace(cookies={'odoo_utm_source': facebook.name})
        with patch.object(healthcare_enquiry_campaign, 'request', request):
            values, _errors = self.ask('hotel26')
        enquiry = self.make_enquiry(
            date=fields.Datetime.now() - timedelta(hours=1),
            **{name: values.get(name) for name in ('campaign_code_id', 'source_id')},
        )
        self.assertEqual(enquiry.source_id, metro)

    def test_at_the_desk(self):
        code = self.make_code('SPRING-26')
        found = code.with_user(self.reception).name_search('spring26')
        self.assertEqual([id_ for id_, _name in found], code.ids)
