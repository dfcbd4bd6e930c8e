from datetime import timedelta

from odoo.tests import new_test_user, tagged

from ..engine import enroll
from ..engine.steps import STEP_KINDS
from ..engine.steps.workflow import MAX_DEPTH
from .common import NOW, FollowupCase


def definition(*children, subject='calendar.event'):
    """Return a definition that starts each of ``children``, one after the other."""
    steps = {
        f'x{index}': {
            'kind': 'workflow',
            'name': "Other",
            'workflow': child.id,
            'wait': True,
            'next': {'done': f'x{index + 1}'},
        }
        for index, child in enumerate(children)
    }
    steps[f'x{len(children)}'] = {'kind': 'wait', 'name': "W", 'amount': 1, 'unit': 'days'}
    return {
        'schema': 1,
        'subject': subject,
        'tz': 'UTC',
        'triggers': {'t1': {'kind': 'hook'}},
        'start': 'x0',
        'steps': steps,
    }


@tagged('post_install', '-at_install')
class TestSubworkflows(FollowupCase):
    def problems(self, workflow, child, subject='calendar.event'):
        """Return the codes of what is wrong with starting ``child`` from ``workflow``."""
        values = {'kind': 'workflow', 'workflow': child.id}
        found = STEP_KINDS['workflow'].check(values, {'subject': subject}, workflow)
        return [code for _path, code, _detail in found]

    def test_a_workflow_inside_itself_is_a_problem_however_many_are_between(self):
        first = self.publish(definition())
        second = self.publish(definition(first))
        third = self.publish(definition(first, second))
        self.assertEqual(self.problems(third, second), [])
        self.assertEqual(self.problems(first, third), ['workflow_circle'])
        self.assertEqual(self.problems(first, first), ['workflow_circle'])

    def test_a_draft_that_is_not_saved_is_no_circle(self):
        child = self.publish(definition())
        self.assertEqual(self.problems(child.new({}), child), [])

    def test_an_answer_that_came_while_the_patient_was_moved_away_is_heard_after_undoing(self):
        visit = self.appointment(self.patient())
        child = self.publish(definition())
        parent = self.publish(definition(child))
        enroll.by_hand(self.env, parent, visit.ids, NOW)
        self.go(NOW)
        elsewhere = definition()
        elsewhere['steps'] = {'x9': elsewhere['steps']['x0'] | {'amount': 9}}
        elsewhere['start'] = 'x9'
        parent.version_id = parent.version_id.create(
            {
                'workflow_id': parent.id,
                'number': 2,
                'graph': elsewhere,
                'checksum': 'elsewhere',
                'publisher_id': self.env.uid,
                'date': NOW,
            }
        )
        plan = self.env['healthcare.workflow.move']._propose(parent)
        plan.line_ids.target_id = plan.target_ids.filtered(lambda one: one.key == 'x9')
        parent._pause('keep', NOW)
        plan._apply(NOW)
        self.go(NOW + timedelta(days=2))
        plan._undo(NOW + timedelta(days=2))
        parent._resume(NOW + timedelta(days=2))
        self.go(NOW + timedelta(days=2))
        enrollment = visit.enrollment_ids.filtered(lambda one: one.workflow_id == parent)
        self.assertEqual(enrollment.token_ids.step_key, 'x1')

    def test_no_deeper_than_the_limit(self):
        chain = [self.publish(definition())]
        for _level in range(MAX_DEPTH - 1):
            chain.append(self.publish(definition(chain[-1])))
        top = self.env['healthcare.workflow'].create({'name': "Top"})
        self.assertEqual(self.problems(top, chain[-1]), [])
        chain.append(self.publish(definition(chain[-1])))
        self.assertEqual(self.problems(top, chain[-1]), ['workflow_depth'])

    def test_who_is_too_deep_already_is_not_enrolled(self):
        visit = self.appointment(self.patient())
        bottom = self.publish(definition())
        chain = [bottom]
        for _level in range(MAX_DEPTH + 1):
            chain.append(self.publish(definition(chain[-1])))
        enroll.by_hand(self.env, chain[-1], visit.ids, NOW)
        self.go(NOW)
        enrolled = visit.enrollment_ids.workflow_id
        self.assertEqual(len(enrolled), MAX_DEPTH + 1)
        self.assertNotIn(bottom, enrolled)
        reasons = visit.enrollment_ids.log_ids.mapped('reason')
        self.assertIn('too_deep', reasons)

    def test_it_has_to_run_and_to_be_about_the_same_or_the_patient(self):
        draft = self.env['healthcare.workflow'].create({'name': "Draft"})
        about = self.publish(definition())
        self.assertEqual(self.problems(about, draft), ['workflow_not_running'])
        self.assertEqual(self.problems(draft, about), [])
        self.assertEqual(self.problems(draft, about, 'res.partner'), ['workflow_model'])

    def test_another_clinics_workflow_does_not_run_for_ours(self):
        clinic = self.env['res.company'].create({'name': "Elsewhere"})
        theirs = self.publish(definition())
        theirs.company_id = clinic
        user = new_test_user(
            self.env, 'test_clinic_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        mine = self.env['healthcare.workflow'].with_user(user).create({'name': "Mine"})
        self.assertEqual(self.problems(mine, theirs), ['workflow_not_running'])

    def test_two_visits_of_one_patient_ask_for_the_patient_once_each(self):
        patient = self.patient()
        visits = self.appointment(patient) + self.appointment(patient)
        child = self.publish(definition(subject='res.partner'))
        main = self.publish(definition(child))
        enroll.by_hand(self.env, main, visits.ids, NOW)
        self.go(NOW)
        outcomes = visits.enrollment_ids.log_ids.filtered('outcome').mapped('outcome')
        self.assertEqual(outcomes, ['not_enrolled'], "a patient is in it once at a time")
