import json
from datetime import datetime, timedelta

from odoo.tests import tagged

from ..engine import enroll
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
WAIT = {'kind': 'wait', 'name': "Wait", 'amount': 5, 'unit': 'days', 'next': {}}


@tagged('post_install', '-at_install')
class TestEntering(FollowupCase):
    """Who comes into a workflow, how often, and what takes them out again."""

    def definition(self, *, triggers=None, steps=None, **rules):
        """Return a definition that waits five days, unless told otherwise."""
        steps = steps or {'wait': WAIT}
        return {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': triggers or {'t1': {'kind': 'event', 'event': 'appointment_noshow'}},
            'start': next(iter(steps)),
            'steps': steps,
        } | rules

    def enrollments(self, workflow):
        """Return the enrollments of a workflow in order."""
        return self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', workflow.id)], order='id'
        )

    def patients_of(self, workflow):
        """Return [(patient's name, state, why it ended)] of a workflow's enrollments, in order."""
        return [
            (one.patient_id.name, one.state, one.exit_reason or None)
            for one in self.enrollments(workflow)
        ]

    # ------------------------------------------------------------ happenings

    def test_a_happening_starts_the_workflow_and_its_history_does_not(self):
        missed = self.appointment(self.patient("Before"), NOW - DAY)
        missed.appointment_status = 'noshow'
        flow = self.publish(self.definition())
        visit = self.appointment(self.patient("After"), NOW - DAY)
        self.go(NOW)
        self.assertEqual(self.patients_of(flow), [])
        visit.appointment_status = 'noshow'
        self.go(NOW)
        self.assertEqual(self.patients_of(flow), [("After", 'active', None)])

    def test_the_first_step_may_come_later(self):
        delay = {'amount': 3, 'unit': 'hours'}
        trigger = {'kind': 'event', 'event': 'appointment_noshow', 'delay': delay}
        flow = self.publish(self.definition(triggers={'t1': trigger}))
        self.appointment(self.patient(), NOW - DAY).appointment_status = 'noshow'
        self.go(NOW)
        token = self.enrollments(flow).token_ids
        self.assertEqual(token.due_at, NOW + timedelta(hours=3))

    def test_a_change_counts_only_of_the_fields_asked_for(self):
        trigger = {'kind': 'event', 'event': 'changed', 'fields': ['practitioner_id']}
        flow = self.publish(self.definition(triggers={'t1': trigger}))
        visit = self.appointment(self.patient())
        self.go(NOW)
        visit.appointment_status = 'arrived'
        self.go(NOW)
        self.assertEqual(self.patients_of(flow), [])
        visit.practitioner_id = self.env['healthcare.practitioner'].create({'name': "Dr Chen"})
        self.go(NOW)
        self.assertEqual(len(self.patients_of(flow)), 1)

    def test_what_happens_to_an_appointment_happens_to_its_patient(self):
        flow = self.publish(self.definition(subject='res.partner'))
        an = self.patient()
        self.appointment(an, NOW - DAY).appointment_status = 'noshow'
        self.go(NOW)
        self.assertEqual(self.patients_of(flow), [(an.name, 'active', None)])

    def test_entry_conditions_hold_for_happenings_too(self):
        flow = self.publish(self.definition(entry=[['practitioner_id.name', '=', "Somebody else"]]))
        self.appointment(self.patient(), NOW - DAY).appointment_status = 'noshow'
        self.go(NOW)
        self.assertEqual(self.patients_of(flow), [])

    def test_a_cancelled_appointment_waits_for_no_date(self):
        date = {'kind': 'date', 'field': 'start', 'amount': 1, 'unit': 'days'}
        plain = self.publish(self.definition(triggers={'t1': date}))
        entry = [['appointment_status', '=', 'cancelled']]
        asked = self.publish(self.definition(triggers={'t1': date}, entry=entry))
        visit = self.appointment(self.patient())
        self.go(NOW)
        visit.appointment_status = 'cancelled'
        self.go(NOW)
        self.assertEqual(self.patients_of(plain)[0][1:], ('exited', 'subject_cancelled'))
        self.assertEqual(len(self.patients_of(plain)), 1)
        self.assertEqual(self.patients_of(asked)[0][1:], ('active', None))

    def test_a_workflow_for_cancellations_is_not_cancelled_by_them(self):
        message = {
            'kind': 'message',
            'name': "Another day?",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': {'email': {'subject': {'en_US': "Hi"}, 'body': {'en_US': "Hi"}}},
        }
        steps = {'wait': WAIT | {'next': {'done': 'ask'}}, 'ask': message}
        trigger = {'kind': 'event', 'event': 'appointment_cancelled'}
        flow = self.publish(
            self.definition(triggers={'t1': trigger}, steps=steps, guards={'quiet': None})
        )
        visit = self.appointment(self.patient())
        visit.appointment_status = 'cancelled'
        self.go(NOW)
        visit.cancellation_reason = 'patient'
        self.go(NOW)
        self.go(NOW + 5 * DAY)
        self.assertEqual(self.patients_of(flow)[0][1:], ('done', None))
        self.assertEqual(len(self.sent), 1)

    # ------------------------------------------------------------ how often

    def enter_twice(self, reentry, later=timedelta(0), same_visit=True):
        """Let one patient be called into a workflow twice; return how often they were let in."""
        flow = self.publish(self.definition(reentry=reentry, subject='calendar.event'))
        an = self.patient()
        first = self.appointment(an)
        second = first if same_visit else self.appointment(an, NOW + 3 * DAY)
        enroll.by_hand(self.env, flow, first.ids, NOW)
        self.go(NOW)
        self.go(NOW + later)
        enroll.by_hand(self.env, flow, second.ids, NOW + later)
        return len(self.patients_of(flow))

    def test_an_episode_is_one_subject_at_a_time(self):
        self.assertEqual(self.enter_twice({'per': 'episode'}), 1)
        self.assertEqual(self.enter_twice({'per': 'episode'}, same_visit=False), 2)
        self.assertEqual(self.enter_twice({'per': 'episode'}, later=6 * DAY), 2)

    def test_a_patient_at_a_time(self):
        self.assertEqual(self.enter_twice({'per': 'patient'}, same_visit=False), 1)
        self.assertEqual(self.enter_twice({'per': 'patient'}, later=6 * DAY), 2)

    def test_once_is_once(self):
        self.assertEqual(self.enter_twice({'per': 'once'}, later=6 * DAY, same_visit=False), 1)

    def test_always_is_always_but_the_same_occasion_never_twice(self):
        self.assertEqual(self.enter_twice({'per': 'any'}), 2)
        flow = self.publish(self.definition(reentry={'per': 'any'}))
        visit = self.appointment(self.patient())
        for _again in range(2):
            enroll.by_hand(self.env, flow, visit.ids, NOW, key='the same call')
        self.assertEqual(len(self.patients_of(flow)), 1)

    def test_days_between_two_enrollments(self):
        rule = {'per': 'any', 'days': 10}
        self.assertEqual(self.enter_twice(rule, later=9 * DAY, same_visit=False), 1)
        self.assertEqual(self.enter_twice(rule, later=11 * DAY, same_visit=False), 2)

    def test_two_subjects_of_one_patient_in_one_call_are_one_patient(self):
        flow = self.publish(self.definition(reentry={'per': 'patient'}))
        an = self.patient()
        visits = self.appointment(an) | self.appointment(an, NOW + 3 * DAY)
        enroll.by_hand(self.env, flow, visits.ids, NOW)
        self.assertEqual(len(self.patients_of(flow)), 1)

    def test_a_workflow_that_does_not_run_takes_nobody(self):
        flow = self.publish(self.definition())
        flow.action_pause()
        visit = self.appointment(self.patient())
        self.assertEqual(enroll.by_hand(self.env, flow, visit.ids, NOW), {})

    # ------------------------------------------------------------ siblings

    def test_a_sibling_keeps_a_patient_who_is_in_another(self):
        first = self.publish(self.definition(siblings='win back'))
        second = self.publish(self.definition(siblings='win back'))
        visit = self.appointment(self.patient())
        enroll.by_hand(self.env, first, visit.ids, NOW)
        enroll.by_hand(self.env, second, visit.ids, NOW)
        self.assertEqual(self.patients_of(second), [])
        self.go(NOW)
        self.go(NOW + 6 * DAY)
        enroll.by_hand(self.env, second, visit.ids, NOW + 6 * DAY)
        self.assertEqual(len(self.patients_of(second)), 1)

    def test_a_more_important_sibling_takes_over(self):
        first = self.publish(self.definition(siblings='win back'))
        second = self.publish(self.definition(siblings='win back', guards={'priority': 3}))
        visit = self.appointment(self.patient())
        enroll.by_hand(self.env, first, visit.ids, NOW)
        enroll.by_hand(self.env, second, visit.ids, NOW)
        self.env.invalidate_all()
        name = visit.patient_id.name
        self.assertEqual(self.patients_of(first), [(name, 'exited', 'sibling')])
        self.assertEqual(self.patients_of(second), [(name, 'active', None)])

    def test_a_sibling_that_takes_nobody_in_ends_nobody(self):
        trigger = {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'hours'}
        exits = [{'name': "Confirmed", 'event': 'appointment_confirmed'}]
        important = self.publish(
            self.definition(
                triggers={'t1': trigger}, siblings='win back', exits=exits, guards={'priority': 3}
            )
        )
        visit = self.appointment(self.patient())
        self.go(NOW)
        visit.patient_response = 'accepted'
        self.go(NOW)
        self.assertEqual([one.state for one in self.enrollments(important)], ['exited'])
        other = self.publish(self.definition(siblings='win back'))
        enroll.by_hand(self.env, other, visit.ids, NOW)
        enroll.reconcile(self.env, important.version_id, NOW)
        self.env.invalidate_all()
        self.assertEqual([one.state for one in self.enrollments(other)], ['active'])

    # ------------------------------------------------------------ exits and goals

    def test_exit_rules_by_condition_and_by_happening(self):
        exits = [
            {'name': "Confirmed", 'domain': [['patient_response', '=', 'accepted']]},
            {'name': "Arrived", 'event': 'appointment_arrived'},
        ]
        flow = self.publish(self.definition(exits=exits))
        confirmed, arrived, stays = (
            self.appointment(self.patient(name)) for name in ("Confirms", "Arrives", "Stays")
        )
        enroll.by_hand(self.env, flow, (confirmed | arrived | stays).ids, NOW)
        self.go(NOW)
        confirmed.patient_response = 'accepted'
        arrived.appointment_status = 'arrived'
        self.go(NOW)
        self.assertEqual(
            self.patients_of(flow),
            [
                ("Confirms", 'exited', 'rule'),
                ("Arrives", 'exited', 'rule'),
                ("Stays", 'active', None),
            ],
        )
        self.assertEqual(
            self.enrollments(flow).mapped('exit_detail'), ["Confirmed", "Arrived", False]
        )

    def test_a_rule_that_came_true_unheard_holds_before_the_next_step(self):
        exits = [{'name': "Old", 'domain': [['start', '<', '2030-01-10']]}]
        steps = {
            'wait': WAIT | {'amount': 1, 'next': {'done': 'more'}},
            'more': WAIT | {'amount': 9},
        }
        flow = self.publish(self.definition(steps=steps))
        self.break_exits(flow, exits)
        visit = self.appointment(self.patient(), NOW + 2 * DAY)
        enroll.by_hand(self.env, flow, visit.ids, NOW)
        self.go(NOW)
        self.assertEqual(self.patients_of(flow)[0][1:], ('exited', 'rule'))

    def break_exits(self, flow, exits):
        """Give the running version exit rules, as if it had been published with them."""
        graph = flow.version_id.graph | {'exits': exits}
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE healthcare_workflow_version SET graph = %s::jsonb WHERE id = %s',
            [json.dumps(graph), flow.version_id.id],
        )
        self.env.invalidate_all()

    def test_the_goal_ends_the_way_and_counts_after_its_end_as_well(self):
        goal = {'domain': [['patient_response', '=', 'accepted']], 'days': 10}
        flow = self.publish(self.definition(goal=goal))
        early, late, too_late = (
            self.appointment(self.patient(name), NOW + 30 * DAY)
            for name in ("Early", "Late", "Too late")
        )
        enroll.by_hand(self.env, flow, (early | late | too_late).ids, NOW)
        self.go(NOW)
        early.patient_response = 'accepted'
        self.go(NOW + DAY)
        self.go(NOW + 6 * DAY)
        late.patient_response = 'accepted'
        self.go(NOW + 9 * DAY)
        too_late.patient_response = 'accepted'
        self.go(NOW + 11 * DAY)
        self.assertEqual(
            self.patients_of(flow),
            [("Early", 'done', 'goal'), ("Late", 'done', None), ("Too late", 'done', None)],
        )
        self.assertEqual(
            self.enrollments(flow).mapped('goal_at'),
            [NOW + DAY, NOW + 9 * DAY, False],
        )
        stats = self.env['healthcare.workflow.stat'].search([('outcome', '=', 'goal')])
        self.assertEqual(sum(stats.mapped('total')), 2)

    def test_a_goal_may_be_a_happening_of_the_patient(self):
        goal = {'event': 'appointment_booked', 'days': 30}
        flow = self.publish(self.definition(subject='res.partner', goal=goal))
        an, binh = self.patient(), self.patient("Binh Tran")
        enroll.by_hand(self.env, flow, (an | binh).ids, NOW)
        self.go(NOW)
        self.appointment(an, NOW + 9 * DAY)
        self.go(NOW)
        self.assertEqual(
            self.patients_of(flow), [(an.name, 'done', 'goal'), (binh.name, 'active', None)]
        )

    # ------------------------------------------------------------ working days

    def test_working_days_skip_weekends_and_follow_a_moved_date(self):
        trigger = {'kind': 'date', 'field': 'start', 'amount': -2, 'unit': 'working_days'}
        flow = self.publish(self.definition(triggers={'t1': trigger}))
        # a Tuesday: two working days before is the Friday of the week before
        visit = self.appointment(self.patient(), datetime(2030, 1, 22, 2))
        self.go(NOW)
        token = self.enrollments(flow).token_ids
        self.assertEqual(token.due_at, datetime(2030, 1, 18, 2))
        visit.write({'start': datetime(2030, 1, 24, 2), 'stop': datetime(2030, 1, 24, 3)})
        self.go(NOW)
        self.assertEqual(token.due_at, datetime(2030, 1, 22, 2))

    def test_holidays_are_those_of_the_country_the_clinic_names(self):
        trigger = {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'working_days'}
        company = self.env.company
        company.country_id = self.env.ref('base.us')
        company.healthcare_holiday_country_id = self.env.ref('base.tw')
        flow = self.publish(self.definition(triggers={'t1': trigger}))
        # the day before, 28 February, is a holiday in Taiwan and none in the United States
        self.appointment(self.patient(), datetime(2030, 3, 1, 2))
        self.go(NOW)
        due_at = self.enrollments(flow).token_ids.due_at
        self.assertEqual(due_at, datetime(2030, 2, 27, 2))
