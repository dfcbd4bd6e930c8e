import re
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import LoyaltyCase


class ClubCase(LoyaltyCase):
    """An oncology club, a walking club, and who may know of them."""

    record_access = 'care'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coordinator = cls.make_user('nurse', 'club-nurse')
        cls.reception = cls.make_user('reception')
        cls.marketing = cls.make_user('marketing')
        cls.doctor = cls.make_user('practitioner')
        cls.practitioner = cls.make_practitioner(user_id=cls.doctor.id)
        cls.oncology = cls.env['healthcare.club'].create(
            {'name': "Oncology club", 'coordinator_ids': [Command.set(cls.coordinator.ids)]}
        )
        cls.walking = cls.env['healthcare.club'].create(
            {'name': "Walking club", 'is_clinical': False}
        )
        cls.patient = cls.make_patient()
        cls.Member = cls.env['healthcare.club.member']

    def invite(self, club=None, patient=None):
        return self.Member.create(
            {
                'club_id': (club or self.oncology).id,
                'patient_id': (patient or self.patient).id,
            }
        )

    def make_talk(self, club=None, days_ago=1, **values):
        return self.env['healthcare.club.talk'].create(
            {
                'name': "Eating well",
                'club_id': (club or self.oncology).id,
                'start': fields.Datetime.now() - timedelta(days=days_ago),
                **values,
            }
        )


@tagged('post_install', '-at_install')
class TestClubs(ClubCase):
    def test_a_club_that_had_members_is_kept(self):
        self.walking.unlink()
        self.invite().action_declined()
        with self.assertRaisesRegex(UserError, "Oncology club.*Archive it"):
            self.oncology.unlink()
        self.oncology.action_archive()

    def test_nobody_is_a_member_who_has_not_agreed(self):
        member = self.invite()
        self.assertEqual((member.state, member.origin), ('invited', 'hand'))
        self.assertEqual(self.oncology.member_count, 0)
        nurse = member.with_user(self.coordinator)
        for write in (
            lambda: nurse.write({'state': 'member'}),
            lambda: nurse.write({'patient_id': self.make_patient("Other").id}),
            lambda: nurse.create(
                {
                    'club_id': self.oncology.id,
                    'patient_id': self.make_patient("Another").id,
                    'state': 'member',
                }
            ),
        ):
            with self.assertRaises(AccessError):
                write()
        nurse.action_agreed_by_phone()
        self.assertRecordValues(
            member,
            [
                {
                    'state': 'member',
                    'method': 'phone',
                    'given_by_id': self.patient.id,
                    'recorded_by_id': self.coordinator.id,
                }
            ],
        )
        self.oncology.invalidate_recordset()
        self.assertEqual(self.oncology.member_count, 1)
        nurse.action_left()
        self.assertEqual(member.state, 'left')

    def test_a_minor_needs_a_guardian(self):
        child = self.make_patient("Child", birth_date=fields.Date.today() - timedelta(days=3000))
        member = self.invite(patient=child)
        with self.assertRaises(UserError):
            member.action_agreed_in_person()
        child.guardian_id = self.patient
        member.action_agreed_in_person()
        self.assertEqual(member.given_by_id, self.patient)

    def test_who_died_is_not_invited(self):
        with self.assertRaises(UserError):
            self.invite(patient=self.make_patient("Dead", deceased=True))

    def test_a_segment_is_invited_once(self):
        tag = self.env['res.partner.category'].create({'name': "Club"})
        patients = self.patient | self.make_patient("Second")
        patients.category_id = tag
        blocked = self.make_patient(
            "Blocked", contact_blocked=True, category_id=[Command.set(tag.ids)]
        )
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Tagged",
                'with_deceased': True,
                'condition_ids': [
                    Command.create({'kind': 'tag', 'tag_ids': [Command.set(tag.ids)]})
                ],
            }
        )
        self.make_patient("Dead", deceased=True, category_id=[Command.set(tag.ids)])
        segment._refresh()
        self.walking.segment_id = segment
        self.assertEqual(self.walking._invite(), 2)
        members = self.walking.member_ids
        self.assertEqual(members.patient_id, patients)
        self.assertEqual(set(members.mapped('state')), {'invited'})
        self.assertNotIn(blocked, members.patient_id)
        members[0].action_declined()
        self.assertEqual(self.walking._invite(), 0)
        self.assertEqual(members[0].state, 'declined')

    def test_who_knows_the_members_of_a_club_about_health(self):
        member, walker = self.invite(), self.invite(self.walking)

        def seen(user):
            return self.Member.with_user(user).search([('id', 'in', (member | walker).ids)])

        self.assertEqual(seen(self.coordinator), member | walker)
        self.assertEqual(seen(self.reception), walker)
        self.assertEqual(seen(self.doctor), walker)
        with self.assertRaises(AccessError):
            seen(self.marketing)
        with self.assertRaises(AccessError):
            self.oncology.with_user(self.marketing).read(['member_count'])
        self.patient.practitioner_id = self.practitioner
        self.env.invalidate_all()
        self.assertEqual(seen(self.doctor), member | walker)
        self.assertEqual(self.oncology.with_user(self.reception).member_count, 0)
        for club, user, knows, runs in (
            (self.oncology, self.coordinator, True, True),
            (self.oncology, self.doctor, True, False),
            (self.oncology, self.reception, False, False),
            (self.walking, self.reception, True, False),
        ):
            seen_club = club.with_user(user)
            self.assertEqual((seen_club.knows_members, seen_club.may_run), (knows, runs))
        found = (
            self.env['healthcare.club']
            .with_user(self.reception)
            .search([('member_ids.patient_id', '=', self.patient.id)])
        )
        self.assertEqual(found, self.walking)

    def test_attendance_and_volunteers_are_as_private(self):
        attendance = self.env['healthcare.club.attendance'].create(
            {'talk_id': self.make_talk().id, 'patient_id': self.patient.id}
        )
        volunteer = self.env['healthcare.club.volunteer'].create(
            {'club_id': self.oncology.id, 'partner_id': self.patient.id}
        )
        for record in (attendance, volunteer):
            with self.subTest(record=record):
                self.assertTrue(record.with_user(self.coordinator).has_access('read'))
                self.assertFalse(record.with_user(self.reception).has_access('read'))
                self.assertFalse(record.with_user(self.marketing).has_access('read'))

    def test_only_who_reads_health_records_coordinates_a_club_about_health(self):
        with self.assertRaises(ValidationError):
            self.oncology.coordinator_ids = self.reception
        self.walking.coordinator_ids = self.reception
        self.walking.with_user(self.reception).description = "We walk"
        with self.assertRaises(AccessError):
            self.oncology.with_user(self.reception).description = "We do not"

    def test_a_club_about_health_stays_one(self):
        self.invite()
        administrator = self.make_user('clinic_administrator')
        with self.assertRaises(UserError):
            self.oncology.with_user(administrator).is_clinical = False
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Diabetes",
                'condition_ids': [Command.create({'kind': 'illness', 'text': 'E11'})],
            }
        )
        nested = self.env['healthcare.segment'].create(
            {
                'name': "Those",
                'condition_ids': [
                    Command.create({'kind': 'segment', 'segment_ids': [Command.set(segment.ids)]})
                ],
            }
        )
        for one in (segment, nested):
            with self.subTest(one=one.name), self.assertRaises(ValidationError):
                self.walking.segment_id = one
        self.oncology.segment_id = nested

    def test_other_clinics_see_nothing(self):
        member = self.invite(self.walking)
        other = self.env['res.company'].create({'name': "Other"})
        stranger = self.make_user(
            'nurse', 'stranger', company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(self.Member.with_user(stranger).search([('id', '=', member.id)]))
        self.assertFalse(
            self.env['healthcare.club'].with_user(stranger).search([('id', '=', self.walking.id)])
        )

    def test_coming_to_a_talk_earns_points(self):
        self.program.earning_ids = [
            Command.create({'name': "Our talks", 'event': 'event', 'points': 5, 'date_from': False})
        ]
        card = self.make_member(name="Trần Thị Bình")
        talk = self.make_talk(self.walking)
        attendance = self.env['healthcare.club.attendance'].create(
            {'talk_id': talk.id, 'patient_id': card.partner_id.id}
        )
        self.process()
        self.assertBalance(card, 5)
        talk.state = 'cancelled'
        self.process()
        self.assertBalance(card, 0)
        talk.state = 'held'
        self.process()
        self.assertBalance(card, 5)
        attendance.unlink()
        self.process()
        self.assertBalance(card, 0)
        with self.assertRaises(UserError):
            self.env['healthcare.club.attendance'].create(
                {'talk_id': self.make_talk(days_ago=-1).id, 'patient_id': card.partner_id.id}
            )

    def test_points_do_not_tell_the_desk_who_is_in_a_club_about_health(self):
        self.program.earning_ids = [
            Command.create({'name': "Our talks", 'event': 'event', 'points': 5, 'date_from': False})
        ]
        card = self.make_member(name="Trần Thị Bình")
        talk, recent = self.make_talk(days_ago=40), self.make_talk(days_ago=0)
        self.env['healthcare.club.attendance'].create(
            [{'talk_id': one.id, 'patient_id': card.partner_id.id} for one in talk | recent]
        )
        self.process()
        self.assertBalance(card, 5)
        movement = card.history_ids.with_user(self.reception)
        self.assertGreater(movement.date, talk.start.date())
        self.assertFalse(movement.order_model or movement.order_id)
        self.assertNotIn('talk:', str(movement.read()))
        for attack in (
            lambda: movement.read(['cause']),
            lambda: movement.search([('cause', '=like', 'talk:%')]),
        ):
            with self.assertRaises(AccessError):
                attack()
        # weeks later the other one earns as well, once
        self.env.cr.execute(
            "UPDATE healthcare_club_talk SET start = start - interval '40 days' WHERE id = %s",
            [recent.id],
        )
        for _time in range(2):
            self.Cause._note_talks()
            self.process()
            self.assertBalance(card, 10)

    def test_a_segment_does_not_begin_to_ask_about_health_unseen(self):
        tag = self.env['res.partner.category'].create({'name': "Walks"})
        self.patient.category_id = tag
        inner, outer = self.env['healthcare.segment'].create(
            [
                {
                    'name': name,
                    'condition_ids': [
                        Command.create({'kind': 'tag', 'tag_ids': [Command.set(tag.ids)]})
                    ],
                }
                for name in ("Inner", "Outer")
            ]
        )
        self.walking.segment_id = outer
        illness = {'kind': 'illness', 'text': 'E11'}
        of_inner = {'kind': 'segment', 'segment_ids': [Command.set(inner.ids)]}
        for attack in (
            lambda: outer.write({'condition_ids': [Command.create(illness)]}),
            lambda: outer.write({'domain': "[('condition_ids.code', '=', 'E11')]"}),
            lambda: self.env['healthcare.segment.condition'].create(
                {**illness, 'segment_id': outer.id}
            ),
            lambda: outer.condition_ids.write({**illness, 'tag_ids': [Command.clear()]}),
        ):
            with self.assertRaises(ValidationError):
                attack()
            self.env.invalidate_all()
        outer.condition_ids = [Command.create(of_inner)]
        with self.assertRaises(ValidationError):
            inner.condition_ids = [Command.create(illness)]
        self.env.invalidate_all()
        outer._refresh()
        # whatever else makes it one
        with patch.object(self.registry['healthcare.segment'], '_is_clinical', lambda _self: True):
            with self.assertRaises(ValidationError):
                self.walking.action_invite()
            with (
                patch.object(self.registry['ir.cron'], '_commit_progress'),
                self.assertLogs('odoo.addons.healthcare_crm_loyalty.models.healthcare_club'),
            ):
                self.env['healthcare.club']._cron_invite()
        self.assertFalse(self.walking.member_ids)

    def test_all_members_came(self):
        self.invite().action_agreed_in_person()
        self.invite(patient=self.make_patient("Invited only"))
        talk = self.make_talk().with_user(self.coordinator)
        for _time in range(2):
            talk.action_add_members()
            talk.invalidate_recordset()
            self.assertEqual(talk.attendance_ids.patient_id, self.patient)

    def test_the_desk_does_not_learn_who_gets_the_newsletter(self):
        self.invite().action_agreed_in_person()
        self.invite(self.walking).action_agreed_in_person()
        oncology = self.oncology._get_news_segment()
        walking = self.walking._get_news_segment()
        members = self.env['healthcare.segment.member']
        in_both = [('segment_id', 'in', (oncology | walking).ids)]
        for user, seen in (
            (self.reception, walking),
            (self.coordinator, oncology | walking),
            (self.make_user('clinic_administrator'), walking),
        ):
            with self.subTest(user=user.login):
                self.assertEqual(members.with_user(user).search(in_both).segment_id, seen)
        patients = self.env['res.partner'].with_user(self.reception)
        found = patients.search([('segment_member_ids.segment_id', 'in', oncology.ids)])
        self.assertFalse(found)
        patient = self.patient.with_user(self.reception)
        self.assertEqual(patient.segment_member_ids.segment_id & oncology, oncology.browse())

    def test_the_newsletter_goes_to_members(self):
        self.invite().action_agreed_in_person()
        self.invite(patient=self.make_patient("Invited only"))
        segment = self.oncology._get_news_segment()
        members = self.env['healthcare.segment.member']
        for active in (False, True):
            self.oncology.active = active
            segment._refresh()
            found = members.search([('segment_id', '=', segment.id)])
            self.assertEqual(found.patient_id, self.patient)
        self.assertEqual(self.oncology._get_news_segment(), segment)
        self.assertIn("Oncology club", segment.sentence)
        self.assertNotIn("Oncology", segment.with_user(self.marketing).sentence)
        self.assertIn("10", self.oncology.with_user(self.marketing).reach)
        if hasattr(segment, 'action_new_mailing'):
            told = self.oncology.with_user(self.coordinator).action_newsletter()
            self.assertEqual(told['tag'], 'display_notification')
            context = self.oncology.with_user(self.marketing).action_newsletter()['context']
            self.assertEqual(context['default_segment_id'], segment.id)
            with self.assertRaises(AccessError):
                self.oncology.with_user(self.reception).action_newsletter()


@tagged('post_install', '-at_install')
class TestClubPage(HttpCase, ClubCase):
    def setUp(self):
        super().setUp()
        self.env['healthcare.consent.counter'].search([]).unlink()
        self.member = self.invite()
        self.url = '/club/' + self.member._get_url().rpartition('/')[2]

    def send(self, action, key=None):
        if key is None:
            key = re.search(r'name="key" value="([^"]+)"', self.url_open(self.url).text)[1]
        answer = self.url_open(self.url, data={'key': key, 'action': action}, allow_redirects=False)
        self.member.invalidate_recordset()
        return answer, key

    def test_opening_decides_nothing(self):
        answer = self.url_open(self.url)
        self.assertEqual(answer.status_code, 200)
        self.assertLess(len(answer.content), 100_000)
        self.assertNotIn('<script', answer.text)
        self.assertIn("Oncology club", answer.text)
        self.url_open(self.url + '?action=join')
        self.assertEqual(self.member.state, 'invited')

    def test_the_programme_is_told_to_the_minute(self):
        start = fields.Datetime.now() + timedelta(days=2)
        self.member.club_id.talk_ids = [Command.create({'name': "Your feet", 'start': start})]
        page = self.url_open(self.url).text
        self.assertIn("Your feet", page)
        self.assertRegex(page, r'\d:\d\d')
        self.assertNotRegex(page, r'\d:\d\d:\d\d')

    def test_who_will_know_depends_on_the_club(self):
        self.assertIn("those who treat you know", self.url_open(self.url).text)
        walker = self.invite(self.walking)
        page = self.url_open('/club/' + walker._get_url().rpartition('/')[2]).text
        self.assertNotIn("Nobody else does", page)
        self.assertIn("front desk", page)

    def test_join_and_leave(self):
        answer, key = self.send('join')
        self.assertEqual(answer.status_code, 303)
        self.assertEqual((self.member.state, self.member.method), ('member', 'link'))
        again, _key = self.send('leave', key)
        self.assertEqual(again.status_code, 422)
        self.assertEqual(self.member.state, 'member')
        self.send('leave')
        self.assertEqual(self.member.state, 'left')

    def test_decline_and_nonsense(self):
        answer, _key = self.send('state=member')
        self.assertEqual((answer.status_code, self.member.state), (422, 'invited'))
        self.send('decline')
        self.assertEqual(self.member.state, 'declined')

    def test_a_forged_link_opens_nothing(self):
        self.assertEqual(self.url_open('/club/nothing').status_code, 404)
        consent = self.patient._get_consent_path().rpartition('/')[2]
        self.assertEqual(self.url_open(f'/club/{consent}').status_code, 404)
        self.patient.sudo().consent_link_number += 1
        self.assertEqual(self.url_open(self.url).status_code, 404)
