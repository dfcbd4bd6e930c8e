from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase


@tagged('post_install', '-at_install')
class TestClubEvents(LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program.earning_ids = [
            Command.create(
                {'name': "Our events", 'event': 'event', 'points': 5, 'date_from': False}
            )
        ]
        cls.card = cls.make_member()
        cls.nurse = cls.make_user('nurse')
        cls.club = cls.env['healthcare.club'].create(
            {'name': "Oncology club", 'coordinator_ids': [Command.set(cls.nurse.ids)]}
        )
        cls.env['healthcare.club.member'].create(
            {'club_id': cls.club.id, 'patient_id': cls.card.partner_id.id}
        ).action_agreed_in_person()
        cls.start = fields.Datetime.now() - timedelta(days=40)

    def make_event(self, **values):
        return self.env['event.event'].create(
            {
                'name': "Open day",
                'date_begin': self.start,
                'date_end': self.start + timedelta(hours=1),
                'company_id': self.company.id,
                **values,
            }
        )

    def register(self, event, state='done', **values):
        return self.env['event.registration'].create(
            {
                'event_id': event.id,
                'partner_id': self.card.partner_id.id,
                'state': state,
                **values,
            }
        )

    def make_talk(self):
        talk = self.env['healthcare.club.talk'].create(
            {'name': "Eating well", 'club_id': self.club.id, 'start': self.start}
        )
        talk.with_user(self.nurse).action_make_event()
        return talk

    def test_coming_to_an_event_earns_once(self):
        event = self.make_event()
        first, second = self.register(event, 'open'), self.register(event, 'open')
        self.process()
        self.assertBalance(self.card, 0)
        (first | second).action_set_done()
        self.process()
        self.assertBalance(self.card, 5)
        first.action_cancel()
        self.process()
        self.assertBalance(self.card, 5)
        second.unlink()
        self.process()
        self.assertBalance(self.card, 0)

    def test_somebody_else_after_all(self):
        other = self.make_member(name="Trần Thị Bình")
        registration = self.register(self.make_event())
        self.process()
        registration.partner_id = other.partner_id
        self.process()
        self.assertBalance(self.card, 0)
        self.assertBalance(other, 5)

    def test_a_talk_becomes_an_event_without_letters(self):
        talk = self.make_talk()
        event = talk.event_id
        self.assertFalse(event.event_mail_ids)
        self.assertTrue(event.is_clinical_club)
        self.assertEqual(event.date_end, talk.stop)
        for _time in range(2):
            talk.with_user(self.nurse).action_register_members()
        self.assertEqual(event.registration_ids.partner_id, self.card.partner_id)
        self.assertEqual(len(event.registration_ids), 1)
        event.registration_ids.action_set_done()
        self.assertEqual(talk.attendance_ids.patient_id, self.card.partner_id)
        self.process()
        self.assertBalance(self.card, 5)
        event.registration_ids.action_cancel()
        self.assertFalse(talk.attendance_ids)
        self.process()
        self.assertBalance(self.card, 0)
        event.registration_ids.action_set_done()
        event.registration_ids.unlink()
        self.assertFalse(talk.attendance_ids)
        talk.start = self.start - timedelta(days=1)
        self.assertEqual(event.date_begin, talk.start)

    def test_those_entered_by_hand_stay(self):
        talk = self.make_talk()
        self.env['healthcare.club.attendance'].create(
            {'talk_id': talk.id, 'patient_id': self.card.partner_id.id}
        )
        registration = self.register(talk.event_id)
        registration.action_cancel()
        self.assertEqual(talk.attendance_ids.patient_id, self.card.partner_id)

    def test_a_club_that_turns_out_to_be_about_health(self):
        self.club.member_ids.unlink()
        self.club.is_clinical = False
        event = self.make_talk().event_id
        self.assertFalse(event.is_clinical_club)
        self.register(event, 'open')
        self.club.is_clinical = True
        self.assertTrue(event.is_clinical_club)
        event.talk_ids.unlink()
        self.env.invalidate_all()
        self.assertTrue(event.is_clinical_club)
        copy = event.copy()
        self.assertTrue(copy.is_clinical_club)
        registration = self.register(copy)
        self.process()
        self.assertBalance(self.card, 0)
        self.assertFalse(registration.with_user(self.make_user('marketing')).has_access('read'))

    def test_who_registers_is_for_clinical_staff(self):
        registration = self.register(self.make_talk().event_id)
        elsewhere = self.register(self.make_event())
        group = self.env.ref('event.group_event_manager')
        for role, seen in (('marketing', elsewhere), ('practitioner', registration | elsewhere)):
            with self.subTest(role=role):
                user = self.make_user(role)
                user.group_ids |= group
                found = (
                    self.env['event.registration']
                    .with_user(user)
                    .search([('id', 'in', (registration | elsewhere).ids)])
                )
                self.assertEqual(found, seen)
        marketing = self.env['res.users'].search([('login', '=', 'test-marketing')])
        with self.assertRaises(AccessError):
            registration.event_id.with_user(marketing).is_clinical_club = False

    def test_no_segment_asks_who_came_to_a_club_about_health(self):
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Came",
                'condition_ids': [Command.create({'kind': 'attended', 'timeframe': 'ever'})],
            }
        )
        self.register(self.make_talk().event_id)
        segment._refresh()
        self.assertFalse(segment.member_ids)
        self.register(self.make_event())
        segment._refresh()
        self.assertEqual(segment.member_ids.patient_id, self.card.partner_id)

    def test_members_are_registered_by_who_may_know_them(self):
        talk = self.make_talk()
        for role in ('reception', 'clinic_administrator'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                talk.with_user(self.make_user(role)).action_register_members()
        self.assertFalse(talk.event_id.registration_ids)
