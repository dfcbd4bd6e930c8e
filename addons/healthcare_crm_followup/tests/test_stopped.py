from datetime import timedelta

from odoo.tests import tagged

from ..engine import enroll
from .common import NOW, FollowupCase

DAY = timedelta(days=1)
WAIT = {'kind': 'wait', 'name': "Wait", 'amount': 5, 'unit': 'days', 'next': {}}


@tagged('post_install', '-at_install')
class TestStopped(FollowupCase):
    """A path that was stopped takes no further step, whoever stopped it and whenever."""

    def definition(self, steps, **rules):
        """Return the definition of a workflow about patients that is entered by hand."""
        return {
            'schema': 1,
            'subject': 'res.partner',
            'tz': 'Asia/Taipei',
            'triggers': {'t1': {'kind': 'hook'}},
            'start': next(iter(steps)),
            'steps': steps,
        } | rules

    def message(self):
        """Return a message step."""
        return {
            'kind': 'message',
            'name': "Write",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': {
                'email': {'subject': {'en_US': "Hello"}, 'body': {'en_US': "How are you?"}}
            },
            'next': {},
        }

    def exit_action(self):
        """Return the action that takes patients out of a workflow that is yet to be chosen."""
        return self.env['ir.actions.server'].create(
            {
                'name': "Take out",
                'state': 'healthcare_exit',
                'model_id': self.env['ir.model']._get_id('res.partner'),
            }
        )

    def publish(self, definition, now=NOW):
        workflow = super().publish(definition, now)
        workflow.subject_model = definition['subject']
        return workflow

    def enrollment(self, workflow):
        return self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', workflow.id)]
        )

    def test_an_action_that_takes_the_patient_out_is_the_last_step(self):
        action, an = self.exit_action(), self.patient()
        act = {'kind': 'action', 'name': "A", 'action': action.id, 'on': 'patient'}
        steps = {'act': act | {'next': {'done': ['write', 'wait']}}}
        steps |= {'write': self.message(), 'wait': WAIT}
        flow = self.publish(self.definition(steps))
        action.healthcare_workflow_id = flow
        enroll.by_hand(self.env, flow, an.ids, NOW)
        self.go(NOW)
        self.go(NOW + DAY)
        enrollment = self.enrollment(flow)
        self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'stopped'))
        self.assertEqual(enrollment.token_ids.mapped('state'), ['done'])
        self.assertEqual(enrollment.live, 0)
        self.assertFalse(self.sent)

    def test_an_action_that_takes_the_patient_out_of_what_runs_in_the_same_batch(self):
        action, an = self.exit_action(), self.patient()
        act = {'kind': 'action', 'name': "A", 'action': action.id, 'on': 'patient', 'next': {}}
        first = self.publish(self.definition({'act': act}))
        second = self.publish(self.definition({'write': self.message()}))
        action.healthcare_workflow_id = second
        for flow in (first, second):
            enroll.by_hand(self.env, flow, an.ids, NOW)
        self.go(NOW)
        enrollment = self.enrollment(second)
        self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'stopped'))
        self.assertFalse(self.ledger(an))
        self.assertEqual(self.enrollment(first).state, 'done')

    def test_a_more_important_sibling_stops_what_runs_in_the_same_batch(self):
        an = self.patient()
        important = self.publish(
            self.definition({'wait': WAIT}, siblings='one', guards={'priority': 3})
        )
        call = {'kind': 'workflow', 'name': "W", 'workflow': important.id, 'next': {}}
        first = self.publish(self.definition({'call': call}))
        second = self.publish(self.definition({'write': self.message()}, siblings='one'))
        for flow in (first, second):
            enroll.by_hand(self.env, flow, an.ids, NOW)
        self.go(NOW)
        enrollment = self.enrollment(second)
        self.assertEqual((enrollment.state, enrollment.exit_reason), ('exited', 'sibling'))
        self.assertFalse(self.ledger(an))
