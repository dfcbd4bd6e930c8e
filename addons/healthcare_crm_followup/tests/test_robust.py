from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..engine import enroll, happenings, tick
from ..engine.steps.message import MessageStep
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


def once_contended(work):
    """Return ``work`` that meets somebody else's write the first time."""
    failures = [SerializationFailure()]

    def contended(*args, **kwargs):
        if failures:
            raise failures.pop()
        return work(*args, **kwargs)

    return contended


@tagged('post_install', '-at_install')
class TestRobust(FollowupCase):
    """One workflow, one write at the wrong moment: nobody else is held up."""

    def test_step_that_meets_another_write_is_run_again_and_is_no_failure(self):
        visit = self.appointment(self.patient())
        self.workflow()._publish(NOW)
        with (
            patch.object(MessageStep, 'run', once_contended(MessageStep.run)),
            patch.object(self.env.cr, 'rollback') as rollback,
        ):
            self.go(visit.start - DAY)
        rollback.assert_called_once()
        self.assertEqual(len(self.sent), 1)
        self.assertNotIn('retry', visit.enrollment_ids.log_ids.mapped('kind'))

    def test_events_are_taken_in_again_after_meeting_another_write(self):
        self.workflow()._publish(NOW)
        visit = self.appointment(self.patient())
        with (
            patch.object(enroll, 'reconcile', once_contended(enroll.reconcile)),
            patch.object(self.env.cr, 'rollback', self.untake),
        ):
            self.go(NOW)
        self.assertEqual(len(visit.enrollment_ids), 1)

    def untake(self):
        """Stand in for a rollback: the events are new again."""
        self.env.cr.execute('UPDATE healthcare_workflow_event SET processed_at = NULL')

    def break_version(self, flow, path, value):
        """Change a frozen definition as the removal of another addon would."""
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE healthcare_workflow_version SET graph = jsonb_set(graph, %s, %s) WHERE id = %s',
            [path, value, flow.version_id.id],
        )
        self.env.invalidate_all()

    def test_condition_that_became_unreadable_stops_its_own_workflow_only(self):
        broken, sound = self.workflow(name="A broken one"), self.workflow(name="B sound one")
        for flow in (broken, sound):
            flow._publish(NOW)
        self.break_version(broken, ['entry'], '[["x_field_of_a_lost_addon", "=", 1]]')
        visit = self.appointment(self.patient())
        with mute_logger('odoo.addons.healthcare_crm_followup.engine.tick'):
            self.go(NOW)
        self.assertEqual(visit.enrollment_ids.workflow_id, sound)

    def test_version_that_cannot_run_any_more_stops_its_own_patients_only(self):
        broken, sound = self.workflow(name="A broken one"), self.workflow(name="B sound one")
        visit = self.appointment(self.patient())
        for flow in (broken, sound):
            flow._publish(NOW)
        step = broken.step_ids[0].key
        self.break_version(broken, ['steps', step, 'kind'], '"of a lost addon"')
        self.go(visit.start - DAY)
        self.assertEqual(len(self.sent), 1)
        stuck = visit.enrollment_ids.filtered(lambda one: one.workflow_id == broken)
        self.assertEqual(stuck.token_ids.attempt, 1)

    def test_happenings_left_over_wake_the_engine_at_once(self):
        self.workflow()._publish(NOW)
        self.appointment(self.patient())
        with patch.object(happenings, 'EVENTS', 1):
            tick.run(self.env, NOW, lambda processed: float('inf') if not processed else 0)
        self.appointment(self.patient("Binh Tran"))
        self.assertLess(tick.next_due(self.env), NOW)

    def test_enrolling_again_uses_up_no_numbers(self):
        self.appointment(self.patient())
        flow = self.workflow()
        flow._publish(NOW)
        used = SQL('SELECT last_value FROM healthcare_workflow_enrollment_id_seq')
        before = self.env.execute_query(used)
        enroll.reconcile(self.env, flow.version_id, NOW)
        self.assertEqual(self.env.execute_query(used), before)

    def test_what_moved_while_a_workflow_was_put_away_is_made_up_for(self):
        visit = self.appointment(self.patient())
        gone = self.appointment(self.patient("Binh Tran"))
        flow = self.workflow()
        flow._publish(NOW)
        flow.action_archive()
        old = visit.start
        visit.write({'start': old + 3 * DAY, 'stop': visit.stop + 3 * DAY})
        gone.appointment_status = 'cancelled'
        flow.action_unarchive()
        flow._resume(NOW)
        self.assertEqual(visit.enrollment_ids.token_ids.due_at, old + 2 * DAY)
        self.assertEqual(gone.enrollment_ids.exit_reason, 'subject_cancelled')

    def test_another_trigger_in_a_new_version_leaves_the_old_enrollments_alone(self):
        an = self.patient(email=False)
        visit = self.appointment(an)
        flow = self.workflow()
        flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(self.tasks(an).state, 'requested')
        flow.trigger_ids.field_name = 'stop'
        flow._publish(visit.start - DAY)
        visit.patient_response = 'tentative'
        self.go(visit.start - DAY)
        self.assertEqual(self.tasks(an).mapped('state'), ['requested'])
