from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_clubs import ClubCase


@tagged('post_install', '-at_install')
class TestClubRights(ClubCase):
    """Rights and screens agree: a club, and what belongs to it, is changed by who runs it."""

    def setUp(self):
        super().setUp()
        self.desk = self.make_user('reception', 'club-desk')
        self.walking.coordinator_ids = self.desk
        self.administrator = self.make_user('clinic_administrator')

    def test_who_runs_a_club_changes_what_belongs_to_it(self):
        talk, walk = self.make_talk(), self.make_talk(self.walking)
        helper = self.env['res.partner'].create({'name': "Helper"})
        parts = (
            (
                'healthcare.club.talk',
                lambda of: {'name': "A", 'start': of.start, 'club_id': of.club_id.id},
            ),
            (
                'healthcare.club.attendance',
                lambda of: {'talk_id': of.id, 'patient_id': self.patient.id},
            ),
            (
                'healthcare.club.volunteer',
                lambda of: {'club_id': of.club_id.id, 'partner_id': helper.id},
            ),
        )
        for user, of, runs in (
            (self.coordinator, talk, True),
            (self.desk, walk, True),
            (self.reception, walk, False),
            (self.doctor, walk, False),
            (self.doctor, talk, False),
            (self.desk, talk, False),
            (self.administrator, walk, True),
        ):
            self.assertEqual(of.with_user(user).may_run, runs)
            for model, values in parts:
                with self.subTest(user=user.login, club=of.club_id.name, model=model):
                    part = self.env[model].with_user(user)
                    if runs:
                        part.create(values(of)).unlink()
                        continue
                    with (
                        self.assertRaisesRegex(AccessError, "run"),
                        self.env.cr.savepoint(),
                    ):
                        part.create(values(of))
                    made = self.env[model].create(values(of))
                    with (
                        self.assertRaisesRegex(AccessError, "run"),
                        self.env.cr.savepoint(),
                    ):
                        made.with_user(user).unlink()
                    made.unlink()

    def test_whoever_runs_no_club_is_offered_no_new_talk(self):
        talks = self.env['healthcare.club.talk']
        for user, offered in (
            (self.reception, False),
            (self.doctor, False),
            (self.desk, True),
            (self.coordinator, True),
            (self.administrator, True),
        ):
            with self.subTest(user=user.login):
                for view in ('list', 'calendar', 'form'):
                    arch = talks.with_user(user).get_view(view_type=view)['arch']
                    self.assertEqual(etree.fromstring(arch).get('create') != 'False', offered)

    def test_all_members_came_says_why_not(self):
        talk = self.make_talk()
        for user in (self.reception, self.doctor, self.administrator):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                talk.with_user(user).action_add_members()
        self.assertFalse(talk.with_user(self.administrator).knows_members)
        self.assertTrue(talk.with_user(self.coordinator).knows_members)

    def test_quality_and_privacy_open_a_club_with_a_newsletter(self):
        self.oncology._get_news_segment()
        for role in ('quality', 'privacy_officer'):
            user = self.make_user(role)
            club = self.oncology.with_user(user)
            names = club.get_view(view_type='form')['models']['healthcare.club']
            spec = {
                name: {'fields': {'display_name': {}}} if club._fields[name].relational else {}
                for name in names
                if club._has_field_access(club._fields[name], 'read')
            }
            self.env.invalidate_all()
            with self.subTest(role=role):
                self.assertFalse(club.web_read(spec)[0]['reach'])
        self.assertTrue(self.oncology.with_user(self.marketing).reach)
