from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import healthcare_loyalty_cause_introduction
from .common import LoyaltyCase

REWARDS = [
    Command.create({'name': name, 'event': event, 'points': points, 'date_from': False})
    for name, event, points in (
        ("You brought a friend", 'introducing', 100),
        ("Welcome", 'introduced', 50),
    )
]


class IntroductionCase(LoyaltyCase):
    """An introducer who is a member, and a membership that rewards both sides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.introduction_rewards_professionals = False
        cls.program.earning_ids = REWARDS
        cls.program.earning_ids.filtered(lambda one: one.event == 'visit').unlink()
        cls.card = cls.make_member(
            name="Lý Thường Kiệt", birth_date='1970-01-01', phone='+84912000001'
        )
        cls.introducer = cls.env['healthcare.introducer']._get_for(cls.card.partner_id)
        cls.now = fields.Datetime.now().replace(hour=5)

    def make_newcomer(self, name="Hồ Xuân Hương", **values):
        return self.make_patient(
            name, **{'lifecycle_stage': 'prospect', 'phone': '+84912000002', **values}
        )

    def introduce(self, patient, introducer=None, days_ago=3, **values):
        return self.env['healthcare.introduction'].create(
            {
                'introducer_id': (introducer or self.introducer).id,
                'patient_id': patient.id,
                'first_touch_at': self.now - timedelta(days=days_ago),
                **values,
            }
        )

    def visit(self, patient, days_ago=1, status='fulfilled'):
        return self.Event.create(
            {
                'is_appointment': True,
                'patient_id': patient.id,
                'start': self.now - timedelta(days=days_ago),
                'appointment_status': status,
                'company_id': self.company.id,
            }
        )

    def make_card(self, patient):
        card = self.program._join(patient)
        card.joined_on = '2020-01-01'
        return card

    def assertState(self, introduction, state, reason=False):
        introduction.invalidate_recordset()
        self.assertEqual((introduction.state, introduction.reason), (state, reason))


@tagged('post_install', '-at_install')
class TestIntroductions(IntroductionCase):
    def test_both_are_rewarded_when_the_first_visit_is_done(self):
        patient = self.make_newcomer()
        card = self.make_card(patient)
        introduction = self.introduce(patient)
        self.assertState(introduction, 'waiting')
        self.assertEqual(patient.referrer_id, self.card.partner_id)
        self.visit(patient, status='booked')
        self.process()
        self.assertBalance(self.card, 0)
        visit = self.visit(patient)
        self.process()
        self.assertState(introduction, 'came')
        self.assertBalance(self.card, 100)
        self.assertBalance(card, 50)
        self.assertEqual(introduction.points, 150)
        self.assertEqual(introduction.visit_id, visit)
        self.visit(patient, days_ago=0)
        self.Cause._note('introduction', introduction.ids * 2)
        self.process()
        self.assertBalance(self.card, 100)

    def test_a_visit_that_is_undone_takes_both_rewards_back(self):
        patient = self.make_newcomer()
        card = self.make_card(patient)
        introduction = self.introduce(patient)
        visit = self.visit(patient)
        self.process()
        visit.appointment_status = 'noshow'
        self.process()
        self.assertState(introduction, 'waiting')
        self.assertBalance(self.card, 0)
        self.assertBalance(card, 0)
        visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 100)
        visit.unlink()
        self.process()
        self.assertBalance(self.card, 0)

    def test_who_joins_later_is_rewarded_while_it_counts(self):
        patient = self.make_newcomer()
        self.introduce(patient)
        self.visit(patient)
        self.process()
        card = self.program._join(patient)
        self.process()
        self.assertBalance(card, 50)

    def test_nobody_introduces_themselves(self):
        introduction = self.introduce(self.card.partner_id)
        self.assertState(introduction, 'refused', 'self')

    def test_nobody_introduces_another_record_of_themselves(self):
        me = self.card.partner_id
        twin = self.make_newcomer(me.name, birth_date=me.birth_date, phone=me.phone)
        introduction = self.introduce(twin)
        self.assertEqual(introduction.reason, 'self')
        self.assertIn(introduction.state, ('refused', 'check'))
        self.visit(twin)
        self.process()
        self.assertBalance(self.card, 0)

    def test_the_introducers_own_number_is_looked_at(self):
        patient = self.make_newcomer(phone=self.card.partner_id.phone)
        introduction = self.introduce(patient)
        self.assertState(introduction, 'check', 'self')
        self.visit(patient)
        self.process()
        self.assertBalance(self.card, 0)
        introduction.with_user(self.make_user('reception')).action_accept()
        self.process()
        self.assertState(introduction, 'came')
        self.assertBalance(self.card, 100)

    def test_families_share_a_number(self):
        household = self.env['healthcare.household'].create({'name': "Lý"})
        self.card.partner_id.household_id = household
        patient = self.make_newcomer(phone=self.card.partner_id.phone, household_id=household.id)
        self.assertState(self.introduce(patient), 'waiting')

    def test_circles_do_not_count(self):
        second = self.make_newcomer()
        third = self.make_newcomer("Đoàn Thị Điểm", phone='+84912000003')
        Introducer = self.env['healthcare.introducer']
        self.introduce(second)
        self.introduce(third, Introducer._get_for(second))
        first = self.card.partner_id
        introduction = self.introduce(first, Introducer._get_for(third))
        self.assertState(introduction, 'refused', 'circle')
        introduction.action_accept()
        self.assertState(introduction, 'refused', 'circle')

    def test_whoever_came_first_counts(self):
        other = self.make_member(name="Trần Thị Bình", phone='+84912000009')
        patient = self.make_newcomer()
        later = self.introduce(patient, days_ago=2)
        self.assertState(later, 'waiting')
        earlier = self.introduce(
            patient, self.env['healthcare.introducer']._get_for(other.partner_id), days_ago=5
        )
        self.assertState(earlier, 'waiting')
        self.assertState(later, 'refused', 'earlier')
        self.visit(patient)
        self.process()
        self.assertBalance(other, 100)
        self.assertBalance(self.card, 0)

    def test_after_the_window_somebody_else_may_bring_them(self):
        other = self.make_member(name="Trần Thị Bình", phone='+84912000009')
        patient = self.make_newcomer()
        patient.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = %s WHERE id = %s",
            (self.now - timedelta(days=120), patient.id),
        )
        first = self.introduce(patient, days_ago=100)
        self.assertState(first, 'late')
        second = self.introduce(
            patient, self.env['healthcare.introducer']._get_for(other.partner_id)
        )
        self.assertState(second, 'waiting')
        self.visit(patient)
        self.process()
        self.assertState(first, 'late')
        self.assertBalance(self.card, 0)
        self.assertBalance(other, 100)

    def test_the_window_is_the_clinics(self):
        self.company.introduction_days = 7
        patient = self.make_newcomer()
        introduction = self.introduce(patient, days_ago=8)
        self.assertState(introduction, 'late')
        self.assertEqual(introduction.until, introduction.first_touch_at.date() + timedelta(days=7))

    def test_the_last_day_is_the_clinics(self):
        """The evening of the last day in Los Angeles is the next day by the database's clock."""
        self.company.introduction_days = 7
        self.company.resource_calendar_id.tz = 'America/Los_Angeles'
        patient, waiting = self.make_newcomer(), self.make_newcomer("Waiting", phone='+84912000004')
        (patient | waiting).flush_recordset()
        touch = datetime(2026, 4, 2, 1)
        self.env.cr.execute(
            'UPDATE res_partner SET create_date = %s WHERE id IN %s',
            (touch, tuple((patient | waiting).ids)),
        )
        with freeze_time('2026-04-09 01:30:00'):
            introduction, other = (
                self.introduce(one, first_touch_at=touch) for one in (patient, waiting)
            )
            self.assertEqual(introduction.until, date(2026, 4, 8))
            self.Event.create(
                {
                    'is_appointment': True,
                    'patient_id': patient.id,
                    'start': datetime(2026, 4, 9, 1),
                    'appointment_status': 'fulfilled',
                    'company_id': self.company.id,
                }
            )
            self.env['healthcare.introduction']._cron_late()
            self.process()
            self.assertState(introduction, 'came')
            self.assertState(other, 'waiting')
        with freeze_time('2026-04-09 07:30:00'):
            self.env['healthcare.introduction']._cron_late()
            self.process()
            self.assertState(other, 'late')

    def test_who_waits_too_long_is_too_late(self):
        introduction = self.introduce(self.make_newcomer())
        introduction.sudo().until = self.company._get_local_today() - timedelta(days=1)
        self.env['healthcare.introduction']._cron_late()
        self.process()
        self.assertState(introduction, 'late')

    def test_few_are_looked_at_in_one_transaction(self):
        self.process()
        introductions = self.introduce(self.make_newcomer()) | self.introduce(self.make_newcomer())
        self.process()
        self.Cause._note('introduction', introductions.ids)
        with patch.object(healthcare_loyalty_cause_introduction, 'JUDGED', 1):
            self.assertEqual([self.Cause._process() for _time in range(3)], [1, 1, 0])

    def test_patients_are_known(self):
        patient = self.make_newcomer()
        self.visit(patient, days_ago=30)
        introduction = self.introduce(patient)
        self.assertState(introduction, 'refused', 'known')
        introduction.with_user(self.make_user('reception')).action_accept()
        self.assertState(introduction, 'refused', 'known')
        introduction.with_user(self.make_user('clinic_administrator')).action_accept()
        self.assertNotEqual(introduction.state, 'refused')

    def test_somebody_on_file_under_another_record_is_looked_at(self):
        values = {'birth_date': '1990-05-05', 'phone': '+84912000007'}
        self.visit(self.make_patient("Phan Bội Châu", **values), days_ago=200)
        introduction = self.introduce(self.make_newcomer("Phan Bội Châu", **values))
        self.assertEqual(introduction.reason, 'duplicate')
        self.assertIn(introduction.state, ('check', 'refused'))

    def test_who_is_a_patient_of_another_clinic_is_not_told(self):
        values = {'birth_date': '1990-05-05', 'phone': '+84912000007'}
        clinic = self.env['res.company'].create({'name': "Unrelated"})
        self.visit(self.make_patient("Phan Bội Châu", company_id=clinic.id, **values), days_ago=200)
        introduction = self.introduce(self.make_newcomer("Phan Bội Châu", **values))
        self.assertState(introduction, 'waiting')

    def test_doctors_and_organisations_are_recorded_without_points(self):
        doctor = self.make_member(name="Dr Lin", phone='+84912000008', clinic_role='doctor')
        introducer = self.env['healthcare.introducer']._get_for(doctor.partner_id)
        self.assertTrue(introducer.is_professional)
        patient = self.make_newcomer()
        card = self.make_card(patient)
        introduction = self.introduce(patient, introducer)
        self.visit(patient)
        self.process()
        self.assertState(introduction, 'came')
        self.assertBalance(doctor, 0)
        self.assertBalance(card, 50)
        self.company.introduction_rewards_professionals = True
        self.Cause._note('introduction', introduction.ids)
        self.process()
        self.assertBalance(doctor, 100)

    def test_the_clinic_is_told_what_the_law_says(self):
        notes = set()
        for code in ('tw', 'vn', 'cn', 'us', 'fr'):
            self.company.country_id = self.env.ref(f'base.{code}')
            notes.add(self.company.introduction_note)
        self.assertEqual(len(notes), 5)

    def test_after_a_merge_nobody_has_brought_themselves(self):
        patient = self.make_newcomer()
        introduction = self.introduce(patient)
        self.visit(patient)
        self.process()
        self.assertBalance(self.card, 100)
        merge = patient._merge_into(self.card.partner_id)
        self.env.invalidate_all()
        self.process()
        self.assertState(introduction, 'refused', 'self')
        self.assertBalance(self.card, 0)
        merge._undo(self.env.user)
        self.env.invalidate_all()
        self.process()
        self.assertState(introduction, 'came')
        self.assertBalance(self.card, 100)

    def test_nobody_writes_what_follows_from_facts(self):
        reception = self.make_user('reception')
        patient = self.make_newcomer()
        introductions = self.env['healthcare.introduction'].with_user(reception)
        values = {'introducer_id': self.introducer.id, 'patient_id': patient.id}
        for more in ({'state': 'came'}, {'decision': 'counts'}, {'until': '2100-01-01'}):
            with self.subTest(more=more), self.assertRaises(AccessError):
                introductions.create(values | more)
        introduction = introductions.create(values)
        for more in ({'state': 'came'}, {'first_touch_at': '2020-01-01'}, {'until': '2100-01-01'}):
            with self.subTest(more=more), self.assertRaises(AccessError):
                introduction.write(more)
        for days in (3, -8):
            with self.subTest(days=days), self.assertRaises(UserError):
                introductions.create(values | {'first_touch_at': self.now + timedelta(days=days)})

    def test_other_clinics_and_marketing_see_nothing(self):
        introduction = self.introduce(self.make_newcomer())
        with self.assertRaises(AccessError):
            introduction.with_user(self.make_user('marketing')).read(['patient_id'])
        other = self.env['res.company'].create({'name': "Other"})
        stranger = self.make_user(
            'reception', 'stranger', company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(
            self.env['healthcare.introduction']
            .with_user(stranger)
            .search([('id', '=', introduction.id)])
        )
        with self.assertRaises(AccessError):
            self.introducer.with_user(stranger).read(['code'])

    def test_an_enquiry_brings_the_code_along(self):
        enquiry = self.env['healthcare.enquiry'].create(
            {
                'name': "Hồ Xuân Hương",
                'phone': '+84912000002',
                'introducer_id': self.introducer.id,
                'date': self.now - timedelta(days=3),
            }
        )
        introduction = self.introducer.introduction_ids
        self.assertState(introduction, 'asked')
        self.assertEqual(introduction.first_touch_at, enquiry.date)
        enquiry._convert(enquiry._create_patient())
        self.assertState(introduction, 'waiting')
        self.assertEqual(introduction.patient_id, enquiry.patient_id)
        self.visit(enquiry.patient_id)
        self.process()
        self.assertBalance(self.card, 100)

    def test_found_by_code_and_by_name(self):
        Introducer = self.env['healthcare.introducer'].with_user(self.make_user('reception'))
        code = self.introducer.code.lower()
        for text in (code, f'{code[:4]} {code[4:]}', "thường kiệt"):
            with self.subTest(text=text):
                found = [id_ for id_, _name in Introducer.name_search(text)]
                self.assertIn(self.introducer.id, found)

    def test_one_link_for_each(self):
        Introducer = self.env['healthcare.introducer']
        self.assertEqual(Introducer._get_for(self.card.partner_id), self.introducer)
        self.introducer.active = False
        self.assertFalse(Introducer._find(self.introducer.code))
        self.introduce(self.make_newcomer())
        with self.assertRaises(UserError):
            self.introducer.unlink()
