from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from ..engine import tick
from ..engine.steps.branch import BranchStep
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@tagged('post_install', '-at_install')
class TestMishaps(FollowupCase):
    """What goes wrong in the middle of many, and clocks that are not what they were."""

    def definition(self, **changes):
        """Return: a day before the visit, a branch; who is not confirmed waits an hour."""
        ways = [
            {
                'outcome': 'way1',
                'name': "Confirmed",
                'domain': [['patient_response', '=', 'accepted']],
            }
        ]
        return {
            'schema': 1,
            'subject': 'calendar.event',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}},
            'start': 'look',
            'steps': {
                'look': {
                    'kind': 'branch',
                    'name': "Confirmed?",
                    'ways': ways,
                    'next': {'otherwise': 'wait'},
                },
                'wait': {'kind': 'wait', 'name': "Wait", 'amount': 1, 'unit': 'hours', 'next': {}},
            },
        } | changes

    def copies(self, visit, count):
        """Book ``count`` more appointments like ``visit``; return the ids of all."""
        self.env.flush_all()
        columns = SQL(', ').join(
            SQL.identifier(name)
            for name, field in visit._fields.items()
            if field.store and field.column_type and name not in ('id', 'access_token')
        )
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO calendar_event (%(columns)s)
                SELECT %(columns)s FROM calendar_event, generate_series(1, %(count)s)
                 WHERE id = %(id)s RETURNING id
                """,
                columns=columns,
                count=count,
                id=visit.id,
            )
        )
        return [visit.id, *(one for (one,) in rows)]

    def test_one_bad_record_among_five_thousand_delays_none_of_the_others(self):
        ids = self.copies(self.appointment(self.patient()), 4999)
        bad = ids[2500]
        flow = self.publish(self.definition())
        run = BranchStep.run

        def raising(step, rows, scene):
            if any(row.subject_id == bad for row in rows):
                raise ValueError("this one cannot be read")
            return run(step, rows, scene)

        moment = self.env['calendar.event'].browse(bad).start - DAY
        with patch.object(BranchStep, 'run', raising):
            tick.run(self.env, moment, self._no_commit)
        self.env.invalidate_all()
        found = dict(
            self.env['healthcare.workflow.token']._read_group(
                [('version_id', '=', flow.version_id.id)], ['step_key'], ['__count']
            )
        )
        self.assertEqual(found, {'look': 1, 'wait': 4999})
        # and the bad one is not forgotten
        self.go(moment + HOUR)
        stuck = self.env['healthcare.workflow.enrollment'].search(
            [('subject_id', '=', bad), ('workflow_id', '=', flow.id)]
        )
        self.assertEqual(stuck.token_ids.step_key, 'wait')

    def test_a_bad_record_becomes_an_incident_after_so_many_tries(self):
        visit = self.appointment(self.patient())
        self.publish(self.definition())
        moment = visit.start - DAY
        with patch.object(BranchStep, 'run', side_effect=ValueError("never")):
            for number in range(tick.MAX_ATTEMPTS):
                self.go(moment + number * DAY)
        self.assertEqual(visit.enrollment_ids.token_ids.state, 'incident')

    def test_a_clock_that_jumps_back_repeats_nothing(self):
        visit = self.appointment(self.patient(), NOW + 5 * DAY)
        self.workflow()._publish(NOW)
        due = visit.start - DAY
        self.go(due)
        for moment in (due - 3 * DAY, due - HOUR, due, due + HOUR):
            self.go(moment)
        self.assertEqual(len(self.sent), 1)
        self.assertEqual(len(self.ledger(visit.patient_id)), 1)

    def test_a_clock_that_jumps_ahead_sends_nothing_of_the_past(self):
        soon = self.appointment(self.patient(), NOW + 2 * DAY)
        later = self.appointment(self.patient("Binh Tran"), NOW + 40 * DAY)
        self.workflow()._publish(NOW)
        # the server slept for more than a month
        self.go(later.start - DAY)
        self.assertEqual([message.to for message in self.sent], [later.patient_id.email])
        self.assertEqual(self.ledger(soon.patient_id).reason, 'late')

    def test_a_patient_whose_data_were_erased_half_way_hears_nothing_more(self):
        an = self.patient()
        visit = self.appointment(an, NOW + 5 * DAY)
        self.workflow()._publish(NOW)
        an.write({'name': "Erased", 'email': False, 'phone': False, 'active': False})
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertFalse(self.tasks(an))
        self.assertEqual(set(self.ledger(an).mapped('status')), {'suppressed'})

    def test_the_same_event_told_twice_is_one_event(self):
        trigger = {'kind': 'event', 'event': 'appointment_noshow'}
        flow = self.publish(self.definition(triggers={'t1': trigger}, reentry={'per': 'any'}))
        visit = self.appointment(self.patient())
        events = self.env['healthcare.workflow.event']
        for _twice in range(2):
            events._happened('appointment_noshow', visit, keys=['noshow 4711'])
        self.go(NOW)
        for _twice in range(2):
            events._happened('appointment_noshow', visit, keys=['noshow 4711'])
        self.go(NOW)
        count = self.env['healthcare.workflow.enrollment'].search_count(
            [('workflow_id', '=', flow.id)]
        )
        self.assertEqual(count, 1)

    def test_events_that_come_in_the_wrong_order_end_the_same(self):
        visit = self.appointment(self.patient(), NOW + 5 * DAY)
        flow = self.workflow()
        flow._publish(NOW)
        events = self.env['healthcare.workflow.event']
        visit.appointment_status = 'cancelled'
        # what was told of it before comes in after
        for code in ('appointment_booked', 'moved', 'created', 'changed'):
            events._happened(code, visit)
        self.go(NOW)
        self.go(visit.start - DAY)
        self.assertFalse(self.sent)
        self.assertEqual(visit.enrollment_ids.exit_reason, 'subject_cancelled')
