from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.steps.message import MessageStep
from .common import NOW, FollowupCase

DAY = timedelta(days=1)


def failing(_step, rows, _scene):
    """Stand in for a step that cannot be run."""
    raise RuntimeError("no paper")


def refusing(_step, rows, scene):
    """Stand in for a step that tells people why not."""
    raise UserError(scene.env._("Choose a printer.\nThen try again."))


@tagged('post_install', '-at_install')
class TestIncidents(FollowupCase):
    """What keeps failing waits for a person, who tries again or lets go."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, 'test_incidents', groups='healthcare_crm.group_clinic_administrator'
        )

    def incident(self, run=failing, visit=None):
        """Return a token whose message step failed for good."""
        visit = visit or self.appointment(self.patient())
        if not visit.enrollment_ids:
            self.workflow()._publish(NOW)
        with patch.object(MessageStep, 'run', run):
            for hours in range(6):
                self.go(visit.start - DAY + timedelta(hours=hours))
        token = visit.enrollment_ids.token_ids
        self.assertEqual(token.state, 'incident')
        return token

    def test_list_says_who_where_since_when_and_why(self):
        token = self.incident().with_user(self.administrator)
        self.assertEqual(token.patient_id.name, "An Nguyen")
        self.assertEqual(token.step_name, "E-mail")
        self.assertEqual(token.attempt, 5)
        self.assertEqual(token.incident_at, NOW + DAY + timedelta(hours=4))
        self.assertEqual(token.incident_error, "Unexpected error: RuntimeError: no paper")

    def test_what_an_error_says_to_people_is_said_as_it_is(self):
        self.assertEqual(self.incident(refusing).incident_error, "Choose a printer.")

    def test_traceback_is_for_system_administrators(self):
        token = self.incident()
        self.assertIn('in failing', token.incident_trace)
        with self.assertRaises(AccessError):
            token.with_user(self.administrator).incident_trace  # noqa: B018 - reading is refused

    def test_trying_again_sends_at_last(self):
        token = self.incident()
        moment = NOW + DAY + timedelta(hours=9)
        with patch('odoo.fields.Datetime.now', lambda: moment):
            token.with_user(self.administrator).action_retry_incident()
        self.assertEqual((token.state, token.attempt, token.due_at), ('scheduled', 0, moment))
        self.go(moment)
        self.assertEqual(len(self.sent), 1)
        self.assertIn('retried', token.enrollment_id.log_ids.mapped('kind'))

    def test_step_that_failed_on_its_answer_goes_on_from_there(self):
        visit = self.appointment(self.patient())
        flow = self.workflow()
        message, call = flow.step_ids
        self.env['healthcare.workflow.edge'].create(
            {'step_id': message.id, 'outcome': 'failed', 'target_id': call.id}
        )
        flow._publish(NOW)
        self.go(visit.start - DAY)
        token = visit.enrollment_ids.token_ids
        self.assertEqual(token.state, 'parked')
        with patch.object(MessageStep, 'run', failing):
            for hours in range(6):
                self.go(token.due_at + timedelta(hours=hours))
        self.assertEqual(token.state, 'incident')
        token.action_retry_incident()
        self.assertEqual((token.state, token.woken), ('parked', 'due'))
        self.go(token.due_at)
        self.assertEqual(token.state, 'done')
        self.assertEqual(len(self.sent), 1)

    def test_letting_go_ends_the_enrollment_with_a_reason(self):
        token = self.incident()
        token.with_user(self.administrator).action_let_go_incident()
        self.assertEqual(token.enrollment_id.state, 'exited')
        self.assertEqual(token.enrollment_id.exit_reason, 'incident')

    def test_what_is_settled_is_not_settled_twice(self):
        token = self.incident()
        token.action_let_go_incident()
        for action in (token.action_retry_incident, token.action_let_go_incident):
            with self.assertRaises(UserError):
                action()
        self.assertEqual(token.state, 'done')

    def test_one_already_settled_does_not_keep_the_others_of_a_selection(self):
        first = self.incident()
        second = self.incident(visit=self.second_visit())
        first.action_let_go_incident()
        (first | second).action_retry_incident()
        self.assertEqual((first.state, second.state), ('done', 'scheduled'))

    def second_visit(self):
        visit = self.appointment(self.patient("Binh Tran"))
        self.go(NOW)
        return visit

    def test_only_the_clinic_administrator_settles(self):
        token = self.incident()
        nurse = new_test_user(self.env, 'test_nurse', groups='healthcare_crm.group_nurse')
        for action in ('action_retry_incident', 'action_let_go_incident'):
            with self.assertRaises(AccessError):
                getattr(token.with_user(nurse), action)()

    def test_workflow_leads_to_its_own_incidents(self):
        token = self.incident()
        flow = token.workflow_id
        tokens = self.env['healthcare.workflow.token']
        self.assertEqual(tokens.search(flow.action_open_incidents()['domain']), token)
        self.assertFalse(tokens.search(flow.copy().action_open_incidents()['domain']))
