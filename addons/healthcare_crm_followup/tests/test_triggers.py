import unittest
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from ..engine import clock, enroll, graph
from ..engine.triggers import TRIGGER_KINDS
from ..engine.triggers.anniversary import AnniversaryTrigger
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
TZ = 'Asia/Taipei'


def about_patients(trigger, **values):
    """Return the definition of a workflow about patients that starts by ``trigger`` and ends."""
    return {
        'schema': graph.SCHEMA,
        'subject': 'res.partner',
        'tz': TZ,
        'triggers': {'t1': trigger},
        'entry': [['name', '=like', 'Trigger %']],
        'start': 's1',
        'steps': {'s1': {'kind': 'end', 'name': "End", 'as': 'neutral', 'next': {}}},
    } | values


def problem_codes(trigger):
    kind = TRIGGER_KINDS[trigger['kind']]
    return [(path, code) for path, code, _detail in kind.validate(trigger)]


class TestAnniversaryDays(unittest.TestCase):
    """Which days come, without a database."""

    def days(self, today, **values):
        trigger = AnniversaryTrigger.from_json(values)
        return [
            (key, day, clock.to_local(moment, TZ).replace(tzinfo=None))
            for key, day, _anchor, moment in trigger.coming(today, TZ)
        ]

    @given(
        st.dates(date(1900, 1, 1), date(2020, 1, 1)),
        st.dates(date(2021, 1, 1), date(2060, 1, 1)),
        st.integers(-60, 60),
        st.sampled_from(['before', 'after']),
    )
    def test_every_birthday_of_the_coming_year_is_listed_once(self, born, today, days, feb29):
        trigger = AnniversaryTrigger.from_json(
            {'field': 'birth_date', 'days': days, 'at': '10:30', 'feb29': feb29}
        )
        listed = [
            (day, clock.to_local(moment, TZ))
            for key, day, _anchor, moment in trigger.coming(today, TZ)
            if key == 100 * born.month + born.day
        ]
        expected = {
            birthday
            for year in range(today.year - 1, today.year + 3)
            if today
            <= (birthday := clock.anniversary(born, year, feb29)) + days * DAY
            < today + 365 * DAY
        }
        self.assertEqual({day for day, _moment in listed}, expected)
        self.assertEqual(len(listed), len(expected))
        for day, moment in listed:
            self.assertEqual(moment.date(), day + days * DAY)
            self.assertEqual(moment.time(), time(10, 30))

    def test_born_on_a_leap_day(self):
        for feb29, year, day in (
            ('before', 2030, date(2030, 2, 28)),
            ('after', 2030, date(2030, 3, 1)),
            ('before', 2032, date(2032, 2, 29)),
            ('after', 2032, date(2032, 2, 29)),
        ):
            with self.subTest(feb29=feb29, year=year):
                found = self.days(date(year, 1, 1), field='birth_date', feb29=feb29)
                self.assertEqual([day for key, day, _at in found if key == 229], [day])

    def test_day_of_the_calendar(self):
        found = self.days(date(2030, 1, 7), month=1, day=6, days=-3, at='08:00')
        self.assertEqual(
            [(day, moment) for _key, day, moment in found],
            [(date(2031, 1, 6), datetime(2031, 1, 3, 8))],
        )

    def test_festival_of_the_moon(self):
        found = self.days(date(2030, 1, 7), holiday='mid_autumn', country='TW', days=-7)
        self.assertEqual(
            [(day, moment) for _key, day, moment in found],
            [(date(2030, 9, 12), datetime(2030, 9, 5, 9))],
        )

    def test_tet_is_vietnams(self):
        (found,) = self.days(date(2030, 1, 7), holiday='tet')
        self.assertEqual(found[1], date(2030, 2, 2))


class TestTriggerProblems(unittest.TestCase):
    def test_anniversary(self):
        for values, problems in (
            ({'field': 'birth_date'}, []),
            ({'month': 2, 'day': 29}, []),
            ({'holiday': 'tet', 'at': '23:59', 'days': -7, 'feb29': 'after'}, []),
            ({}, [('field', 'no_field')]),
            ({'month': 4, 'day': 31}, [('day', 'no_day')]),
            ({'month': 4}, [('day', 'no_day')]),
            ({'holiday': 'christmas'}, [('holiday', 'unknown_holiday')]),
            ({'field': 'birth_date', 'at': '25:00'}, [('at', 'bad_time')]),
            ({'field': 'birth_date', 'days': 'x'}, [('days', 'no_amount')]),
            ({'field': 'birth_date', 'feb29': 'never'}, [('feb29', 'unknown_feb29')]),
        ):
            with self.subTest(values=values):
                self.assertEqual(problem_codes({'kind': 'anniversary'} | values), problems)

    def test_segment(self):
        self.assertEqual(problem_codes({'kind': 'segment', 'segment': 7}), [])
        self.assertEqual(
            problem_codes({'kind': 'segment', 'change': 'x'}),
            [('segment', 'no_segment'), ('change', 'unknown_change')],
        )

    def test_cycle(self):
        whole = {'of': 'calendar.event', 'date': 'start', 'amount': 6, 'unit': 'months'}
        self.assertEqual(problem_codes({'kind': 'cycle'} | whole), [])
        self.assertEqual(
            problem_codes({'kind': 'cycle'}),
            [
                ('of', 'no_model'),
                ('date', 'no_field'),
                ('amount', 'no_amount'),
                ('unit', 'unknown_unit'),
            ],
        )


class TriggerCase(FollowupCase):
    def publish(self, definition, now=NOW):
        """Publish a definition about whatever it says it is about."""
        workflow = self.env['healthcare.workflow'].create(
            {'name': "By hand", 'subject_model': definition['subject']}
        )
        workflow.version_id = self.env['healthcare.workflow.version'].create(
            {
                'workflow_id': workflow.id,
                'number': 1,
                'graph': definition,
                'checksum': graph.checksum(definition),
                'publisher_id': self.env.uid,
                'date': now,
            }
        )
        workflow.first_event_id = (
            self.env['healthcare.workflow.event'].search([], order='id desc', limit=1).id
        )
        workflow.state = 'published'
        self.env.flush_all()
        self.sweep(workflow, now)
        return workflow

    def sweep(self, workflow, now):
        """Look at everybody, as the hourly job does."""
        enroll.reconcile(self.env, workflow.version_id, now)
        self.env.invalidate_all()

    def born(self, name, day):
        return self.patient(f"Trigger {name}", birth_date=day)

    def due(self, workflow):
        """Return {name of the patient: moment of the first step, at the clinic}."""
        enrollments = self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', workflow.id), ('state', '=', 'active')]
        )
        return {
            enrollment.patient_id.name.removeprefix("Trigger "): clock.to_local(
                enrollment.token_ids.due_at, TZ
            ).strftime('%m-%d %H:%M')
            for enrollment in enrollments
        }


@tagged('post_install', '-at_install')
class TestAnniversary(TriggerCase):
    """NOW is Monday, 7 January 2030, 9:00 in Taipei."""

    def test_birthdays_of_the_coming_two_days_are_enrolled_at_the_clinics_time(self):
        for name, day in (
            ("today", '1990-01-07'),
            ("tomorrow", '2010-01-08'),
            ("after", '1950-01-09'),
            ("later", '1950-01-10'),
            ("yesterday", '1950-01-06'),
        ):
            self.born(name, day)
        self.born("unknown", False)
        self.env.flush_all()
        # no form would take it: the day itself is no anniversary
        self.env.cr.execute(
            "UPDATE res_partner SET birth_date = '2030-01-08' WHERE name = 'Trigger unknown'"
        )
        flow = self.publish(
            about_patients({'kind': 'anniversary', 'field': 'birth_date', 'at': '08:30'})
        )
        self.assertEqual(self.due(flow), {"tomorrow": '01-08 08:30', "after": '01-09 08:30'})

    def test_every_year_once(self):
        patient = self.born("A", '1990-01-08')
        flow = self.publish(about_patients({'kind': 'anniversary', 'field': 'birth_date'}))
        self.sweep(flow, NOW)
        self.assertEqual(len(patient.enrollment_ids), 1)
        self.go(NOW + DAY)
        self.assertEqual(patient.enrollment_ids.state, 'done')
        self.sweep(flow, NOW + DAY)
        self.assertEqual(len(patient.enrollment_ids), 1)
        self.sweep(flow, NOW + 364 * DAY)
        self.assertEqual(len(patient.enrollment_ids), 2)

    def test_days_before_and_after(self):
        self.born("A", '1990-01-11')
        self.born("B", '1990-01-05')
        before = self.publish(
            about_patients({'kind': 'anniversary', 'field': 'birth_date', 'days': -3})
        )
        after = self.publish(
            about_patients({'kind': 'anniversary', 'field': 'birth_date', 'days': 3})
        )
        self.assertEqual(self.due(before), {"A": '01-08 09:00'})
        self.assertEqual(self.due(after), {"B": '01-08 09:00'})

    def test_born_on_a_leap_day(self):
        self.born("A", '2000-02-29')
        now = datetime(2030, 2, 27, 1)
        flow = self.publish(about_patients({'kind': 'anniversary', 'field': 'birth_date'}), now)
        self.assertEqual(self.due(flow), {"A": '02-28 09:00'})

    def test_a_moment_that_is_kept_in_the_database_comes_round_too(self):
        self.born("A", False)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2028-01-07 20:00' WHERE name = 'Trigger A'"
        )
        flow = self.publish(about_patients({'kind': 'anniversary', 'field': 'create_date'}))
        # at the clinic it was the 8th already
        self.assertEqual(self.due(flow), {"A": '01-08 09:00'})

    def test_a_day_of_the_calendar_is_everybodys(self):
        self.born("A", False)
        self.born("B", '1990-01-11')
        flow = self.publish(about_patients({'kind': 'anniversary', 'month': 1, 'day': 8}))
        self.assertEqual(self.due(flow), {"A": '01-08 09:00', "B": '01-08 09:00'})

    def test_a_festival(self):
        self.born("A", False)
        trigger = {'kind': 'anniversary', 'holiday': 'tet', 'days': -25}
        flow = self.publish(about_patients(trigger))
        self.assertEqual(self.due(flow), {"A": '01-08 09:00'})

    def test_about_appointments_it_is_the_birthday_of_the_patient(self):
        patient = self.born("A", '1990-01-08')
        visit = self.appointment(patient)
        definition = about_patients(
            {'kind': 'anniversary', 'field': 'birth_date'}, subject='calendar.event', entry=[]
        )
        flow = self.publish(definition)
        self.assertEqual(visit.enrollment_ids.workflow_id, flow)
        self.assertEqual(visit.enrollment_ids.patient_id, patient)

    def test_birthdays_are_found_by_their_index(self):
        flow = self.publish(about_patients({'kind': 'anniversary', 'field': 'birth_date'}))
        scene = enroll.scene_of(self.env, flow.version_id, NOW)
        trigger = scene.graph.triggers['t1']
        candidates = self.env.cr.mogrify(trigger.candidates(scene)).decode()
        # a few patients are read as fast without it
        for way in ('enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'):
            self.env.cr.execute(f'SET LOCAL {way} = off')
        self.env.cr.execute(
            'EXPLAIN SELECT * FROM (' + candidates.replace('%', '%%') + ') AS candidate'
            " WHERE moment > %s AND moment <= %s",
            [NOW, NOW + trigger.horizon],
        )
        plan = '\n'.join(line for (line,) in self.env.cr.fetchall())
        self.assertIn('res_partner_birthday_idx', plan)


@tagged('post_install', '-at_install')
class TestCycle(TriggerCase):
    """Six months after the last visit that took place."""

    CYCLE = {
        'kind': 'cycle',
        'of': 'calendar.event',
        'date': 'start',
        'domain': [['appointment_status', '=', 'fulfilled']],
        'amount': 6,
        'unit': 'months',
    }

    def setUp(self):
        super().setUp()
        self.an = self.patient("Trigger An")
        # due on the 8th
        self.start = datetime(2029, 7, 8, 1)

    def visit(self, start, patient=None, status='fulfilled', **values):
        return self.appointment(patient or self.an, start, appointment_status=status, **values)

    def test_the_last_visit_is_so_long_ago(self):
        self.visit(self.start)
        self.visit(datetime(2029, 1, 1))
        self.visit(datetime(2029, 7, 20, 1), self.patient("Trigger Later"))
        self.visit(datetime(2029, 7, 1, 1), self.patient("Trigger Earlier"))
        self.patient("Trigger Never")
        flow = self.publish(about_patients(self.CYCLE))
        self.assertEqual(self.due(flow), {"An": '01-08 09:00'})

    def test_only_records_that_count(self):
        self.visit(self.start)
        self.visit(datetime(2029, 12, 1), status='noshow')
        self.visit(datetime(2030, 2, 1), status='booked')
        flow = self.publish(about_patients(self.CYCLE))
        self.assertEqual(self.due(flow), {"An": '01-08 09:00'})

    def test_a_newer_visit_before_the_moment_keeps_it_from_starting(self):
        self.visit(self.start)
        self.visit(datetime(2029, 12, 1))
        self.assertEqual(self.due(self.publish(about_patients(self.CYCLE))), {})

    def test_a_newer_visit_moves_what_waits(self):
        self.visit(self.start)
        flow = self.publish(about_patients(self.CYCLE))
        self.visit(NOW - timedelta(hours=1))
        self.go(NOW)
        self.assertEqual(self.due(flow), {"An": '07-07 08:00'})
        self.assertEqual(len(self.an.enrollment_ids), 1)

    def test_the_next_cycle_is_another_enrollment(self):
        self.visit(self.start)
        flow = self.publish(about_patients(self.CYCLE))
        self.go(NOW + DAY)
        self.assertEqual(self.an.enrollment_ids.state, 'done')
        self.sweep(flow, NOW + DAY)
        self.assertEqual(len(self.an.enrollment_ids), 1)
        self.visit(NOW + DAY)
        self.sweep(flow, datetime(2030, 7, 7, 1))
        self.assertEqual(self.due(flow), {"An": '07-08 09:00'})

    def test_two_visits_at_the_same_moment_are_one(self):
        self.visit(self.start)
        self.visit(self.start)
        flow = self.publish(about_patients(self.CYCLE))
        self.assertEqual(len(self.an.enrollment_ids), 1)
        self.assertEqual(self.due(flow), {"An": '01-08 09:00'})

    def test_before_a_date_that_is_to_come(self):
        # as before the end of a prescription; here, of a visit
        self.visit(datetime(2030, 1, 10, 1))
        cycle = self.CYCLE | {'date': 'stop', 'amount': -2, 'unit': 'days'}
        flow = self.publish(about_patients(cycle))
        self.assertEqual(self.due(flow), {"An": '01-08 09:30'})

    def test_it_can_be_about_the_visit_itself(self):
        self.visit(datetime(2029, 1, 1))
        last = self.visit(self.start)
        definition = about_patients(self.CYCLE, subject='calendar.event', entry=[])
        flow = self.publish(definition)
        self.assertEqual(last.enrollment_ids.workflow_id, flow)
        self.assertEqual(self.an.enrollment_ids, last.enrollment_ids)

    def test_the_clinic_is_that_of_the_visit(self):
        branch = self.env['res.company'].create(
            {'name': "Branch", 'parent_id': self.env.company.id}
        )
        # the practitioner's clinic would be taken otherwise
        self.visit(self.start).company_id = branch
        self.publish(about_patients(self.CYCLE))
        self.assertEqual(self.an.enrollment_ids.company_id, branch)

    def test_relative_dates_count_from_the_moment_it_is(self):
        cycle = self.CYCLE | {'domain': [['start', '>=', 'today -6m -7d']]}
        self.visit(self.start)
        self.assertEqual(self.due(self.publish(about_patients(cycle))), {"An": '01-08 09:00'})
        cycle = self.CYCLE | {'domain': [['start', '>=', 'today -5m']]}
        self.assertEqual(self.due(self.publish(about_patients(cycle))), {})

    def test_working_days(self):
        cycle = self.CYCLE | {'amount': 3, 'unit': 'working_days'}
        # three working days after Thursday is Tuesday
        self.visit(datetime(2030, 1, 3, 1))
        self.assertEqual(self.due(self.publish(about_patients(cycle))), {"An": '01-08 09:00'})


@tagged('post_install', '-at_install')
class TestSegmentTrigger(TriggerCase):
    def setUp(self):
        super().setUp()
        self.segment = self.env['healthcare.segment'].create(
            {'name': "Women", 'domain': "[('gender', '=', 'female'), ('name', 'like', 'Trigger')]"}
        )
        self.segment._refresh()

    def trigger(self, change='enters', segment=None):
        return {'kind': 'segment', 'segment': (segment or self.segment).id, 'change': change}

    def test_who_enters_is_enrolled(self):
        flow = self.publish(about_patients(self.trigger()))
        lan = self.patient("Trigger Lan", gender='female')
        self.patient("Trigger An", gender='male')
        self.segment._refresh()
        self.go(NOW)
        self.assertEqual(lan.enrollment_ids.workflow_id, flow)
        self.assertEqual(
            self.env['healthcare.workflow.enrollment'].search_count(
                [('workflow_id', '=', flow.id)]
            ),
            1,
        )

    def test_who_comes_to_meet_ready_made_conditions_is_enrolled(self):
        segment = self.env['healthcare.segment'].create(
            {
                'name': "Women not vaccinated",
                'condition_ids': [
                    Command.create({'kind': 'segment', 'segment_ids': self.segment.ids}),
                    Command.create({'kind': 'vaccination', 'text': 'triggerflu', 'negative': True}),
                ],
            }
        )
        segment._refresh()
        entering = self.publish(about_patients(self.trigger(segment=segment)))
        leaving = self.publish(about_patients(self.trigger('leaves', segment)))
        lan = self.patient("Trigger Lan", gender='female')
        self.segment._refresh()
        segment._refresh()
        self.go(NOW)
        self.assertEqual(lan.enrollment_ids.workflow_id, entering)
        self.env['healthcare.immunization'].create(
            {'patient_id': lan.id, 'vaccine_code': 'triggerflu', 'name': "Flu"}
        )
        segment._refresh()
        self.go(NOW)
        self.assertEqual(lan.enrollment_ids.workflow_id, entering | leaving)

    def test_a_condition_may_ask_who_is_in_a_segment(self):
        other = self.env['healthcare.segment'].create(
            {'name': "Lans", 'domain': "[('name', '=', 'Trigger Lan')]"}
        )
        asked = [['segment_member_ids.segment_id', '=', other.id]]
        self.publish(about_patients(self.trigger(), entry=asked))
        lan, hoa = (self.patient(f"Trigger {name}", gender='female') for name in ("Lan", "Hoa"))
        (other | self.segment).action_refresh()
        self.go(NOW)
        self.assertTrue(lan.enrollment_ids)
        self.assertFalse(hoa.enrollment_ids)

    def test_who_leaves_is_enrolled(self):
        lan = self.patient("Trigger Lan", gender='female')
        self.segment._refresh()
        flow = self.publish(about_patients(self.trigger('leaves')))
        lan.gender = 'other'
        self.segment._refresh()
        self.go(NOW)
        self.assertEqual(lan.enrollment_ids.workflow_id, flow)

    def test_who_was_in_it_before_is_history(self):
        lan = self.patient("Trigger Lan", gender='female')
        self.segment._refresh()
        self.publish(about_patients(self.trigger()))
        self.segment._refresh()
        self.go(NOW)
        self.assertFalse(lan.enrollment_ids)

    def test_another_segment_is_not_meant(self):
        other = self.env['healthcare.segment'].create({'name': "Other"})
        other._refresh()
        self.publish(about_patients(self.trigger(segment=other)))
        lan = self.patient("Trigger Lan", gender='female')
        self.segment._refresh()
        self.go(NOW)
        self.assertFalse(lan.enrollment_ids)

    def test_who_comes_back_is_enrolled_again(self):
        self.publish(about_patients(self.trigger()))
        lan = self.patient("Trigger Lan", gender='female')
        for gender in ('female', 'other', 'female'):
            lan.gender = gender
            self.segment._refresh()
            self.go(NOW)
        self.assertEqual(len(lan.enrollment_ids), 2)
