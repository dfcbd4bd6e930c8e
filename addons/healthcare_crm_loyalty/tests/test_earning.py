from datetime import date, datetime, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models import ir_cron

from ..models import healthcare_loyalty_cause
from .common import JOBS, LoyaltyCase

NOON = datetime(2026, 3, 2, 5)


@tagged('post_install', '-at_install')
class TestEarning(LoyaltyCase):
    def setUp(self):
        super().setUp()
        self.card = self.make_member()
        self.earning = self.program.earning_ids

    def visit(self, start=NOON, status='fulfilled', card=None, **values):
        """Create an appointment."""
        return self.Event.create(
            {
                'is_appointment': True,
                'patient_id': (card or self.card).partner_id.id,
                'start': start,
                'appointment_status': status,
                'company_id': self.company.id,
                **values,
            }
        )

    def test_a_visit_earns_once(self):
        visit = self.visit()
        self.process()
        self.assertBalance(self.card, 10)
        visit.appointment_status = 'fulfilled'
        self.Cause._note('visit', visit.ids * 3)
        self.process()
        self.assertBalance(self.card, 10)
        [movement] = self.card.history_ids
        self.assertEqual(movement.date, date(2026, 3, 2))
        self.assertEqual((movement.order_model, movement.order_id), ('calendar.event', visit.id))

    def test_a_kind_that_fails_holds_no_other(self):
        self.process()
        self.program.earning_ids = [
            Command.create({'name': "Welcome", 'event': 'joining', 'points': 5, 'date_from': False})
        ]
        self.visit()
        self.Cause._note('card', self.card.ids)
        apply = type(self.Cause)._apply

        def apply_but_visits(causes, kind, ids):
            if kind == 'visit':
                raise ValueError
            apply(causes, kind, ids)

        with patch.object(type(self.Cause), '_apply', apply_but_visits):
            with self.assertNoLogs(JOBS, 'ERROR'):
                self.run_job()
            self.assertBalance(self.card, 5)
            # where nothing could be done the job failed
            with self.assertLogs(JOBS, 'ERROR') as log:
                self.run_job()
        self.assertIn('RuntimeError', log.output[0])
        self.run_job()
        self.assertBalance(self.card, 15)

    @mute_logger('odoo.addons.healthcare_crm_loyalty.steps')
    def run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_loyalty_causes').method_direct_trigger()

    def test_what_is_booked_earns_nothing_until_it_is_done(self):
        visit = self.visit(status='booked')
        self.process()
        self.assertBalance(self.card, 0)
        visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 10)

    def test_what_is_undone_is_taken_back_and_may_earn_again(self):
        visit = self.visit()
        self.process()
        visit.appointment_status = 'noshow'
        self.process()
        self.assertBalance(self.card, 0)
        visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 10)

    def test_deleted_visits_are_taken_back(self):
        visit = self.visit()
        self.process()
        visit.unlink()
        self.process()
        self.assertBalance(self.card, 0)

    def test_the_visit_of_somebody_else_after_all(self):
        other = self.make_member(name="Trần Thị Bình")
        visit = self.visit()
        self.process()
        visit.patient_id = other.partner_id
        self.process()
        self.assertBalance(self.card, 0)
        self.assertBalance(other, 10)

    def test_what_was_spent_and_taken_back_is_owed(self):
        visit = self.visit()
        self.process()
        self.card._spend(8, description="Soap")
        visit.appointment_status = 'cancelled'
        self.process()
        self.assertBalance(self.card, 0)
        self.assertEqual(self.card.owed, 8)
        self.visit(start=datetime(2026, 3, 3, 5))
        self.process()
        self.assertBalance(self.card, 2)
        self.assertEqual(self.card.owed, 0)

    def test_taken_back_from_other_points_first(self):
        visit = self.visit()
        self.process()
        self.card._spend(8, description="Soap")
        self.card._give(5, description="Sorry")
        visit.appointment_status = 'cancelled'
        self.process()
        self.assertBalance(self.card, 0)
        self.assertEqual(self.card.owed, 3)

    def test_expired_points_are_not_taken_back_twice(self):
        visit = self.visit()
        self.process()
        self.card.history_ids.expires_on = '2026-03-03'
        self.Card._expire_all(self.program._get_today(), self.program)
        visit.appointment_status = 'cancelled'
        self.process()
        self.assertBalance(self.card, 0)
        self.assertEqual(self.card.owed, 0)

    def test_limits_of_a_way_and_of_a_day(self):
        self.earning.write({'cap': 25, 'cap_period': 'month'})
        for day in (2, 3, 4, 5):
            self.visit(start=datetime(2026, 3, day, 5))
        self.visit(start=datetime(2026, 4, 1, 5))
        self.process()
        self.assertBalance(self.card, 35)
        self.visit(start=datetime(2026, 3, 9, 5))
        self.process()
        self.assertBalance(self.card, 35)
        self.program.day_cap = 15
        for hour in (5, 6, 7):
            self.visit(start=datetime(2026, 5, 4, hour))
        self.process()
        self.assertBalance(self.card, 50)

    def test_only_some_services_and_days(self):
        service = self.env['healthcare.service'].create({'name': "Check-up"})
        self.earning.write({'service_ids': [Command.link(service.id)], 'date_from': '2026-03-02'})
        self.visit()
        self.visit(service_id=service.id)
        self.visit(service_id=service.id, start=datetime(2026, 3, 1, 5))
        self.process()
        self.assertBalance(self.card, 10)

    def test_checkups(self):
        service = self.make_service(is_checkup=True)
        self.earning.event = 'checkup'
        self.visit()
        visit = self.visit(service_id=service.id)
        self.process()
        self.assertBalance(self.card, 10)
        visit.service_id = False
        self.process()
        self.assertBalance(self.card, 0)

    def test_what_was_given_stays_when_the_clinic_changes_its_rules(self):
        visit = self.visit()
        self.process()
        self.earning.write({'active': False, 'date_to': '2026-01-01'})
        self.card.active = False
        visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 10)
        visit.appointment_status = 'cancelled'
        self.process()
        self.assertBalance(self.card, 0)

    def test_a_service_that_is_asked_for_later_takes_nothing_back(self):
        visit = self.visit()
        self.process()
        self.env.cr.execute("UPDATE loyalty_history SET create_date = '2020-01-01'")
        self.earning.service_ids = self.make_service()
        visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 10)

    def test_a_visit_that_is_for_another_service_after_all_is_taken_back(self):
        eyes, teeth = self.make_service(), self.make_service(name="Teeth")
        self.earning.service_ids = eyes
        self.earning.services_since = '2020-01-01'
        visit = self.visit(service_id=eyes.id)
        self.process()
        self.assertBalance(self.card, 10)
        self.env.cr.execute("UPDATE healthcare_loyalty_earning SET write_date = '2099-01-01'")
        self.earning.name = "Eyes"
        visit.service_id = teeth
        self.process()
        self.assertBalance(self.card, 0)

    def test_what_a_line_gave_points_for_stays(self):
        self.visit()
        self.process()
        with self.assertRaisesRegex(UserError, "has given points"), self.env.cr.savepoint():
            self.earning.event = 'on_time'
        self.earning.write({'event': 'visit', 'points': 20})
        self.assertBalance(self.card, 10)

    def test_a_new_line_earns_from_today_on(self):
        self.earning.unlink()
        self.program.earning_ids = [Command.create({'name': "Visit", 'points': 7})]
        self.visit()
        self.process()
        self.assertBalance(self.card, 0)
        self.visit(start=datetime.now())
        self.process()
        self.assertBalance(self.card, 7)

    def test_only_while_the_membership_lasts(self):
        self.program.write({'date_from': '2026-03-01', 'date_to': '2026-03-02'})
        visit = self.visit()
        self.visit(start=datetime(2026, 3, 3, 5))
        self.visit(start=datetime(2026, 2, 28, 5))
        self.process()
        self.assertBalance(self.card, 10)
        # what was given stays when the clinic changes its mind
        self.program.date_to = '2026-03-01'
        self.Cause._note('visit', visit.ids)
        self.process()
        self.assertBalance(self.card, 10)

    def test_what_is_undone_makes_room_for_what_a_limit_cut(self):
        self.earning.write({'points': 20, 'cap': 45, 'cap_period': 'month'})
        wrong, *_others = (self.visit(start=datetime(2026, 3, day, 5)) for day in (2, 3, 4, 5))
        self.visit(start=datetime(2026, 4, 1, 5))
        self.process()
        self.assertBalance(self.card, 65)
        before = self.card.history_ids.filtered(lambda one: one.date.month == 4)
        wrong.appointment_status = 'noshow'
        self.process()
        self.assertBalance(self.card, 65)
        earned = self.card.history_ids.filtered(lambda one: one.kind == 'earn')
        earned = earned.filtered(lambda one: not one.is_reversed and one.date.month == 3)
        self.assertEqual(sorted(earned.mapped('issued')), [5, 20, 20])
        self.assertFalse(before.is_reversed, "another month")
        # not as many are left as there is room for
        (self.Event.browse(earned.mapped('order_id'))[:2]).appointment_status = 'noshow'
        self.process()
        self.assertBalance(self.card, 40)

    def test_room_below_the_limit_of_a_day(self):
        self.program.day_cap = 10
        desk = self.env['healthcare.loyalty.earning'].create(
            {'program_id': self.program.id, 'name': "Letter", 'event': 'manual', 'points': 8}
        )
        given = desk._give_by_hand(self.card, 'a' * 8)
        self.visit(start=datetime.now())
        self.process()
        self.assertBalance(self.card, 10)
        self.Card._claw_back(given.ids)
        self.process()
        self.assertBalance(self.card, 10)
        [earned] = self.card.history_ids.filtered(lambda one: one.earning_id == self.earning)[:1]
        self.assertEqual(earned.issued, 10)

    def test_the_day_of_joining_earns_whenever_the_job_runs(self):
        for job_ran in (False, True):
            with self.subTest(job_ran=job_ran):
                patient = self.make_patient()
                self.make_appointment(
                    patient,
                    datetime.now(),
                    appointment_status='fulfilled',
                    company_id=self.company.id,
                )
                if job_ran:
                    self.process()
                card = self.program._join(patient)
                self.process()
                self.assertBalance(card, 10)

    def test_the_day_of_coming_back_earns_and_the_time_away_does_not(self):
        self.card._leave()
        today, before = (self.visit(start=datetime.now() - timedelta(days=days)) for days in (0, 1))
        self.process()
        self.card._join_again()
        self.process()
        self.assertBalance(self.card, 10)
        self.assertEqual(self.card.history_ids.order_id, today.id)
        self.assertNotEqual(self.card.history_ids.order_id, before.id)

    def test_points_have_two_decimals(self):
        self.program.whole_points = False
        for record, name in (
            (self.earning, 'points'),
            (self.earning, 'cap'),
            (self.program, 'day_cap'),
        ):
            with (
                self.subTest(name=name),
                mute_logger('odoo.sql_db'),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                record[name] = 0.125
                self.env.flush_all()
        self.earning.points = 0.1
        for day in (2, 3, 4):
            self.visit(start=datetime(2026, 3, day, 5))
            self.process()
        self.assertBalance(self.card, 0.3)

    def test_lines_and_limits_of_before_are_whole_as_well(self):
        self.program.whole_points = False
        for record, values in (
            (self.earning, {'points': 1.5}),
            (self.earning, {'cap': 1.5}),
            (self.program, {'day_cap': 10.5}),
        ):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                record.write(values)
                with self.assertRaises(ValidationError):
                    self.program.whole_points = True
                savepoint.rollback()
        self.env.invalidate_all()
        self.program.whole_points = True
        with self.assertRaises(ValidationError):
            self.program.day_cap = 10.5

    def test_no_fraction_is_earned_where_fractions_were(self):
        self.program.whole_points = False
        self.earning.points = 1.5
        self.visit()
        self.process()
        self.earning.points = 10
        self.program.write({'whole_points': True, 'day_cap': 10})
        self.visit(start=NOON.replace(hour=6))
        self.process()
        self.assertBalance(self.card, 9.5)

    def test_days_are_those_of_the_clinic(self):
        self.earning.event = 'joining'
        for zone, now, day in (
            ('Pacific/Auckland', '2026-11-23 23:00:00', date(2026, 11, 24)),
            ('America/Los_Angeles', '2026-11-24 01:00:00', date(2026, 11, 23)),
        ):
            self.company.resource_calendar_id.tz = zone
            with self.subTest(zone=zone), freeze_time(now):
                card = self.program._join(self.make_patient())
                self.assertEqual(card.joined_on, day)
                self.process()
                self.Card._claw_back(card.history_ids.ids)
                card._give(5, description="Sorry")
                self.assertEqual(set(card.history_ids.mapped('date')), {day})

    def test_nothing_before_joining_nor_for_others(self):
        self.card.joined_on = '2026-03-03'
        self.visit()
        self.visit(card=self.make_member(program=self.make_membership(name="Other")))
        self.process()
        self.assertBalance(self.card, 0)

    def test_arriving_on_time(self):
        self.earning.event = 'on_time'
        late, early = self.visit(status='booked'), self.visit(status='booked')
        for visit, arrival in ((late, NOON.replace(minute=1)), (early, NOON)):
            with patch('odoo.fields.Datetime.now', lambda arrival=arrival: arrival):
                visit.appointment_status = 'arrived'
            visit.appointment_status = 'fulfilled'
        self.process()
        self.assertBalance(self.card, 10)
        self.assertEqual(self.card.history_ids.order_id, early.id)

    def test_who_arrived_by_mistake_is_late_all_the_same(self):
        self.earning.event = 'on_time'
        mistake, moved = self.visit(status='booked'), self.visit(status='booked')
        for visit, later in ((mistake, {}), (moved, {'start': NOON - timedelta(minutes=30)})):
            with patch('odoo.fields.Datetime.now', lambda: NOON - timedelta(hours=3)):
                visit.appointment_status = 'arrived'
            visit.write({'appointment_status': 'booked', **later})
            self.assertFalse(visit.arrived_at)
            with patch('odoo.fields.Datetime.now', lambda: NOON + timedelta(hours=1)):
                visit.appointment_status = 'arrived'
            visit.appointment_status = 'fulfilled'
            self.assertTrue(visit.arrived_at)
        self.process()
        self.assertBalance(self.card, 0)

    def test_joining_and_birthdays(self):
        self.earning.event = 'joining'
        today = self.program._get_today()
        card = self.program._join(self.make_patient(birth_date=today - relativedelta(years=30)))
        self.process()
        self.assertBalance(card, 10)
        self.program.earning_ids = [
            Command.create({'name': "Birthday", 'event': 'birthday', 'points': 10})
        ]
        for _time in range(2):
            self.program._note_birthdays(today)
            self.process()
        self.assertBalance(card, 20)

    def test_birthdays_of_the_last_days_when_nothing_ran(self):
        self.earning.event = 'birthday'
        today = self.program._get_today()
        late, over, dead, coming = (
            self.make_member(
                name=name, birth_date=today - relativedelta(years=30) - timedelta(days=days)
            )
            for name, days in (("Late", 5), ("Over", 20), ("Dead", 0), ("Coming", -3))
        )
        dead.partner_id.deceased = True
        self.program._note_birthdays(today)
        cards = late | over | dead | coming
        self.Cause._note('birthday', cards.partner_id.ids)
        self.process()
        self.assertEqual(cards.mapped('points'), [10, 0, 0, 0])
        self.assertEqual(late.history_ids.date, today - timedelta(days=5))

    def test_birthdays_on_february_29(self):
        card = self.make_member(birth_date='2000-02-29')
        for day, is_found in (
            (date(2027, 2, 27), False),
            (date(2027, 2, 28), True),
            (date(2027, 3, 3), True),
            (date(2028, 2, 28), False),
            (date(2028, 2, 29), True),
        ):
            with self.subTest(day=day):
                found = self.program._find_birthdays(day)
                self.assertEqual(card.partner_id.id in found, is_found)

    def test_points_that_come_too_late_pay_nothing_that_is_owed(self):
        self.program.points_months = 1
        visit = self.visit(datetime.now())
        self.process()
        self.card._spend(10, description="Soap")
        visit.appointment_status = 'noshow'
        self.process()
        self.visit(datetime(2025, 1, 2, 5))
        self.process()
        self.assertEqual(self.card.owed, 10)
        self.assertBalance(self.card, 0)

    def test_a_card_that_does_not_add_up_stops_nobody(self):
        self.visit(datetime.now())
        self.card.owed = 5
        self.env.flush_all()
        self.env.cr.execute('UPDATE loyalty_card SET points = 7 WHERE id = %s', self.card.ids)
        self.card._forget()
        self.card._settle()
        self.assertEqual(self.card.owed, 5)
        self.process()
        self.assertFalse(self.card.owed)

    def test_fractions_are_refused_where_points_are_whole(self):
        with self.assertRaises(ValidationError):
            self.earning.points = 1.5

    def test_a_branch_earns_with_its_head_clinic(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        stranger = self.env['res.company'].create({'name': "Stranger"})
        self.visit(company_id=branch.id)
        self.visit(company_id=stranger.id)
        self.process()
        self.assertBalance(self.card, 10)

    def test_a_branch_congratulates_a_patient_of_the_head_clinic(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        program = self.make_membership(name="Branch club", company_id=branch.id)
        program.earning_ids.event = 'birthday'
        today = program._get_today()
        card = self.make_member(
            program=program,
            birth_date=today - relativedelta(years=30),
            company_id=self.company.id,
        )
        program._note_birthdays(today)
        self.process()
        self.assertBalance(card, 10)

    def test_what_is_left_goes_on_at_once(self):
        self.process()
        for day in range(1, 12):
            self.visit(start=datetime(2026, 3, day, 5))
        self.env.flush_all()
        with (
            patch.object(healthcare_loyalty_cause, 'BATCH', 1),
            patch.object(ir_cron, 'MIN_TIME_PER_JOB', 0),
            patch.object(ir_cron, 'MIN_RUNS_PER_JOB', 3),
        ):
            self.run_job()
        self.assertBalance(self.card, 30)
