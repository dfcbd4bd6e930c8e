from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .test_clubs import ClubCase


@tagged('post_install', '-at_install')
class TestClubSecrets(ClubCase):
    """Nothing that is made of a club about health tells the desk who is in it."""

    def setUp(self):
        super().setUp()
        self.administrator = self.make_user('clinic_administrator')
        self.invite().action_agreed_in_person()
        self.invite(self.walking).action_agreed_in_person()
        self.news = self.oncology._get_news_segment()
        self.open_news = self.walking._get_news_segment()

    def make_segment(self, name="Some", user=None, **condition):
        segments = self.env['healthcare.segment'].with_user(user or self.env.user)
        segment = segments.create({'name': name, 'condition_ids': [Command.create(condition)]})
        self.env.flush_all()
        return segment

    def seen(self, user, segment):
        members = self.env['healthcare.segment.member'].with_user(user)
        return members.search([('segment_id', '=', segment.id)]).patient_id

    def test_members_of_whatever_segment_asks_for_the_club(self):
        self.patient.practitioner_id = self.practitioner
        asking = self.make_segment(kind='club', club_ids=[Command.set(self.oncology.ids)])
        harmless = self.make_segment(kind='club', club_ids=[Command.set(self.walking.ids)])
        for segment in asking | harmless:
            segment._refresh()
        for user, known in (
            (self.reception, False),
            (self.administrator, False),
            (self.coordinator, True),
            (self.doctor, True),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(bool(self.seen(user, asking)), known)
                self.assertEqual(asking.with_user(user).is_opaque, not known)
                self.assertTrue(self.seen(user, harmless))
                self.assertFalse(harmless.with_user(user).is_opaque)
                found = asking.with_user(user).action_open_patients()['domain']
                found = self.env['res.partner'].with_user(user).search(found)
                self.assertEqual(bool(found), known)
        # how many there are is told roughly, and why somebody is in it not at all
        self.assertIn("10", self.oncology.with_user(self.reception).reach)
        with self.assertRaises(AccessError):
            asking.with_user(self.reception).explain(self.patient.id)
        self.assertTrue(asking.with_user(self.coordinator).explain(self.patient.id)['is_in'])

    def test_it_stays_a_secret_when_the_segment_asks_for_something_else(self):
        asking = self.make_segment(kind='club', club_ids=[Command.set(self.oncology.ids)])
        asking.condition_ids.write({'club_ids': [Command.set(self.walking.ids)]})
        self.env.flush_all()
        self.assertTrue(asking.tells_club)

    def test_no_other_segment_asks_for_it(self):
        asks = {'kind': 'segment', 'segment_ids': [Command.set(self.news.ids)]}
        for user in (self.administrator, self.coordinator):
            with (
                self.subTest(user=user.login),
                self.assertRaisesRegex(ValidationError, "Members of Oncology club"),
                self.env.cr.savepoint(),
            ):
                self.make_segment(user=user, **asks)
        segments = self.env['healthcare.segment'].with_user(self.administrator)
        changes = {'condition_ids': [Command.create(asks)]}
        for tool in (segments.count_now, segments.funnel_now, segments.sample_now):
            self.assertIn("Members of Oncology club", tool(False, changes)['problem'])
        self.make_segment(kind='segment', segment_ids=[Command.set(self.open_news.ids)])

    def test_nor_does_a_condition_that_somebody_wrote(self):
        asked = f"[('segment_member_ids.segment_id', '=', {self.news.id})]"
        written = self.env['healthcare.segment'].with_user(self.administrator)
        written = written.create({'name': "Written", 'domain': asked})
        written.sudo()._refresh()
        self.assertFalse(written.sudo().member_ids)
        sample = written.sample_now(written.id, {})
        self.assertFalse(sample.get('patients'))

    def test_no_campaign_and_no_coupon_is_for_it(self):
        for values in (
            {'segment_ids': [Command.set(self.news.ids)]},
            {'excluded_segment_ids': [Command.set(self.news.ids)]},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, "Members of Oncology club"),
                self.env.cr.savepoint(),
            ):
                self.env['healthcare.campaign'].create({'title': "Spring", **values})
        batch = {'name': "Wigs", 'benefit_kind': 'gift', 'gift': "A wig", 'kind': 'segment'}
        with (
            self.assertRaisesRegex(ValidationError, "Members of Oncology club"),
            self.env.cr.savepoint(),
        ):
            self.env['healthcare.coupon.batch'].create({**batch, 'segment_id': self.news.id})
        self.env['healthcare.coupon.batch'].create({**batch, 'segment_id': self.open_news.id})
        self.env['healthcare.campaign'].create(
            {'title': "Spring", 'segment_ids': [Command.set(self.open_news.ids)]}
        )

    def test_a_segment_in_use_does_not_begin_to_ask_for_it(self):
        club = {'kind': 'club', 'club_ids': [Command.set(self.oncology.ids)]}
        adults = self.make_segment("Adults", kind='age', number_from=18)
        campaign = self.env['healthcare.campaign'].create(
            {'title': "Spring", 'segment_ids': [Command.set(adults.ids)]}
        )
        with self.assertRaisesRegex(ValidationError, "Adults"), self.env.cr.savepoint():
            adults.condition_ids = [Command.create(club)]
            self.env.flush_all()
        campaign.unlink()
        adults.condition_ids = [Command.create(club)]
        self.env.flush_all()
        self.assertTrue(adults.tells_club)
        # and the club itself does not begin to tell
        quiet = self.env['healthcare.club'].create({'name': "Choir", 'is_clinical': False})
        self.env['healthcare.campaign'].create(
            {'title': "Concert", 'segment_ids': [Command.set(quiet._get_news_segment().ids)]}
        )
        with self.assertRaisesRegex(ValidationError, "Choir"), self.env.cr.savepoint():
            quiet.is_clinical = True
            self.env.flush_all()

    def test_whose_data_is_left_alone_is_out_of_it(self):
        self.assertTrue(self.seen(self.coordinator, self.news))
        self.patient._restrict_processing()
        self.assertFalse(self.news.sudo().member_ids)

    def test_an_export_has_them_for_whoever_may_know(self):
        for user, known in ((self.administrator, False), (self.coordinator, True)):
            user.sudo().group_ids += self.env.ref('healthcare_crm.group_patient_export')
            export = self.env['healthcare.export'].with_user(user)
            export = export.new({'segment_id': self.news.id, 'user_id': user.id})
            found = self.env['res.partner'].with_user(user).search(export._get_patients_domain())
            with self.subTest(user=user.login):
                self.assertEqual(self.patient in found, known)
