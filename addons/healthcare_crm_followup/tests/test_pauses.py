from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .common import NOW, FollowupCase

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@tagged('post_install', '-at_install')
class TestPauses(FollowupCase):
    """A workflow stands still; what was chosen then happens to those who waited."""

    def waiting(self, name="An Nguyen"):
        """Return a workflow with one patient who waits three days since ``NOW + DAY``."""
        visit = self.appointment(self.patient(name))
        flow = self.workflow()
        message, call = flow.step_ids
        wait = self.env['healthcare.workflow.step'].create(
            {
                'workflow_id': flow.id,
                'name': "Three days",
                'kind': 'wait',
                'sequence': 15,
                'wait_amount': 3,
                'wait_unit': 'days',
            }
        )
        self.env['healthcare.workflow.edge'].create(
            [
                {'step_id': message.id, 'outcome': 'sent', 'target_id': wait.id},
                {'step_id': wait.id, 'outcome': 'done', 'target_id': call.id},
            ]
        )
        flow._publish(NOW)
        self.go(visit.start - DAY)
        self.assertEqual(visit.enrollment_ids.token_ids.due_at, NOW + 4 * DAY)
        return flow, visit.enrollment_ids

    def test_nothing_happens_while_paused(self):
        flow, enrollment = self.waiting()
        flow._pause('keep', NOW + 2 * DAY)
        self.go(NOW + 5 * DAY)
        self.assertFalse(self.tasks(enrollment.patient_id))
        self.assertEqual((flow.state, flow.paused_at), ('paused', NOW + 2 * DAY))

    def test_keep_goes_on_with_what_fell_due(self):
        flow, enrollment = self.waiting()
        flow._pause('keep', NOW + 2 * DAY)
        flow._resume(NOW + 6 * DAY)
        self.assertEqual(enrollment.token_ids.due_at, NOW + 4 * DAY)
        self.go(NOW + 6 * DAY)
        self.assertEqual(len(self.tasks(enrollment.patient_id)), 1)
        self.assertEqual((flow.state, flow.paused_at, flow.pause_mode), ('published', False, False))

    def test_keep_leaves_a_late_message_to_its_late_policy(self):
        visit = self.appointment(self.patient())
        flow = self.workflow()
        flow.step_ids[0].late_policy = 'skip'
        flow._publish(NOW)
        flow._pause('keep', NOW)
        flow._resume(visit.start - HOUR)
        self.go(visit.start - HOUR)
        self.assertFalse(self.sent)
        self.assertEqual(self.ledger(visit.patient_id)[0].reason, 'late')

    def test_restart_lengthens_a_wait_by_the_pause(self):
        flow, enrollment = self.waiting()
        flow._pause('restart', NOW + 2 * DAY)
        flow._resume(NOW + 7 * DAY)
        self.assertEqual(enrollment.token_ids.due_at, NOW + 9 * DAY)
        self.assertEqual(enrollment.log_ids[0].kind, 'lengthened')

    def test_restart_leaves_what_hangs_on_a_date_there(self):
        visit = self.appointment(self.patient(), NOW + 5 * DAY)
        flow = self.workflow()
        flow._publish(NOW)
        flow._pause('restart', NOW)
        flow._resume(NOW + 3 * DAY)
        self.assertEqual(visit.enrollment_ids.token_ids.due_at, NOW + 4 * DAY)

    def test_restart_does_not_put_off_an_answer(self):
        flow, enrollment = self.waiting()
        self.go(NOW + 4 * DAY)
        flow._pause('restart', NOW + 4 * DAY)
        self.tasks(enrollment.patient_id).action_reached()
        self.go(NOW + 4 * DAY + HOUR)
        flow._resume(NOW + 8 * DAY)
        self.assertEqual(enrollment.token_ids.due_at, NOW + 4 * DAY + HOUR)
        self.go(NOW + 8 * DAY)
        self.assertEqual(enrollment.state, 'done')

    def test_drop_lets_go_those_who_had_something_fall_due_and_keeps_the_others(self):
        flow, enrollment = self.waiting()
        later = self.appointment(self.patient("Binh Tran"), NOW + 20 * DAY)
        flow._pause('drop', NOW + 2 * DAY)
        self.go(NOW + 2 * DAY)
        flow._resume(NOW + 5 * DAY)
        self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'paused'))
        self.assertEqual(later.enrollment_ids.state, 'active')

    def test_drop_looks_at_where_dates_are_now(self):
        visit = self.appointment(self.patient())
        flow = self.workflow()
        flow._publish(NOW)
        flow._pause('drop', NOW)
        visit.write({'start': visit.start + 5 * DAY, 'stop': visit.stop + 5 * DAY})
        flow._resume(NOW + 2 * DAY)
        self.assertEqual(visit.enrollment_ids.state, 'active')

    def test_publishing_a_paused_workflow_is_going_on_too(self):
        flow, enrollment = self.waiting()
        flow._pause('drop', NOW + 2 * DAY)
        flow._publish(NOW + 5 * DAY)
        self.assertEqual((flow.state, flow.paused_at), ('published', False))
        self.assertEqual(enrollment.exit_reason, 'paused')

    def test_wizard_asks(self):
        flow, _enrollment = self.waiting()
        action = flow.action_ask_pause()
        wizard = self.env[action['res_model']].with_context(**action['context'])
        with Form(wizard) as form:
            form.mode = 'restart'
        form.record.action_confirm()
        self.assertEqual((flow.state, flow.pause_mode), ('paused', 'restart'))

    def test_archived_workflow_lets_those_under_way_finish(self):
        flow, enrollment = self.waiting()
        self.archive(flow, 'finish')
        self.appointment(self.patient("Binh Tran"), NOW + 9 * DAY)
        self.go(NOW + 4 * DAY)
        self.assertFalse(flow.active)
        self.assertEqual(len(self.tasks(enrollment.patient_id)), 1)
        self.assertEqual(flow.waiting_count, 1)

    def test_archived_workflow_still_hears_of_cancellations(self):
        flow, enrollment = self.waiting()
        self.archive(flow, 'finish')
        enrollment.patient_id.appointment_ids.appointment_status = 'cancelled'
        self.go(NOW + 2 * DAY)
        self.assertEqual(enrollment.exit_reason, 'subject_cancelled')

    def test_archived_workflow_may_let_everybody_go(self):
        flow, enrollment = self.waiting()
        self.archive(flow, 'leave')
        self.assertEqual((flow.active, flow.state), (False, 'paused'))
        self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'archived'))

    def archive(self, flow, mode):
        wizard = self.env['healthcare.workflow.archive'].create(
            {'workflow_ids': [Command.set(flow.ids)], 'mode': mode}
        )
        wizard.action_confirm()

    def test_only_who_edits_workflows_pauses_them(self):
        flow, _enrollment = self.waiting()
        nurse = new_test_user(self.env, 'test_nurse', groups='healthcare_crm.group_nurse')
        for action in ('action_ask_pause', 'action_ask_archive', 'action_pause', 'action_resume'):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(flow.with_user(nurse), action)()
