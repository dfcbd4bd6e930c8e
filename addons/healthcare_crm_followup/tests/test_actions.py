from datetime import timedelta

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..engine.steps import STEP_KINDS
from .common import FollowupCase

COUNT = "records.write({'location': str(len(records))})"


@tagged('post_install', '-at_install')
class TestActions(FollowupCase):
    """Server actions as steps: for a whole batch at once, and only those that may be run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, 'test_clinic_admin', groups='healthcare_crm.group_clinic_administrator'
        )

    def action(self, user=None, model='calendar.event', **values):
        """Return a server action that ``user`` made, or else a system administrator."""
        actions = self.env['ir.actions.server']
        if user:
            actions = actions.with_user(user).sudo()
        return actions.create(
            {
                'name': "Do it",
                'model_id': self.env['ir.model']._get_id(model),
                'state': 'code',
                'code': COUNT,
            }
            | values
        )

    def start(self, action, on='subject', publisher=None):
        """Publish a workflow, the only one, that only runs ``action``, in the name of
        ``publisher``."""
        self.env['healthcare.workflow'].search([]).action_archive()
        workflow = self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'UTC',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}
                },
                'start': 'a',
                'steps': {'a': {'kind': 'action', 'name': "A", 'action': action.id, 'on': on}},
            }
        )
        if publisher:
            self.env.cr.execute(
                'UPDATE healthcare_workflow_version SET publisher_id = %s WHERE id = %s',
                [publisher.id, workflow.version_id.id],
            )
            workflow.version_id.invalidate_recordset()
        return workflow

    def visits(self, number):
        patients = [self.patient(f"Patient {index}") for index in range(number)]
        return self.env['calendar.event'].union(*(self.appointment(one) for one in patients))

    def run_step(self, visits):
        self.go(visits[0].start - timedelta(days=1))

    def problems(self, action, user=None, on='subject'):
        """Return the codes of what ``user`` would hear when publishing."""
        workflow = self.env['healthcare.workflow'].with_user(user or self.env.user)
        values = {'kind': 'action', 'action': action.id, 'on': on}
        definition = {'subject': 'calendar.event'}
        found = STEP_KINDS['action'].check(values, definition, workflow.new({}))
        return [code for _path, code, _detail in found]

    def refused(self, action, **values):
        """Say whether the step of ``action`` fails instead of running."""
        visits = self.visits(1)
        self.start(action, **values)
        self.run_step(visits)
        self.assertIn(visits.enrollment_ids.state, ('active', 'done'))
        self.assertEqual(bool(visits.location), visits.enrollment_ids.state == 'done')
        return visits.enrollment_ids.state == 'active'

    def test_once_for_all_records_of_a_batch(self):
        visits = self.visits(3)
        self.start(self.action())
        self.run_step(visits)
        self.assertEqual(visits.mapped('location'), ['3', '3', '3'])

    def test_a_patient_who_comes_twice_is_done_twice(self):
        patient = self.patient()
        visits = self.appointment(patient) + self.appointment(patient)
        action = self.action(
            model='res.partner',
            code="for one in records:\n  one.write({'ref': (one.ref or '') + '+'})",
        )
        self.start(action, on='patient')
        self.run_step(visits)
        self.assertEqual(patient.ref, '++')

    def test_one_bad_record_stops_nobody_else(self):
        visits = self.visits(5)
        visits[2].location = 'bad'
        code = f"if 'bad' in records.mapped('location'):\n  raise UserError('no')\n{COUNT}"
        self.start(self.action(code=code))
        self.run_step(visits)
        self.assertEqual([visit.enrollment_ids.state for visit in visits].count('done'), 4)
        self.assertEqual(visits[2].location, 'bad')
        self.assertEqual(visits[2].enrollment_ids.log_ids[0].kind, 'retry')

    def test_a_bad_record_makes_nobody_elses_webhook_called_twice(self):
        visits = self.visits(3)
        visits[2].location = 'bad'
        values = {'webhook_url': 'http://127.0.0.1:1/', 'state': 'webhook', 'code': False}
        check = "if 'bad' in records.mapped('location'):\n  raise UserError('no')"
        hook, checked = self.action(**values), self.action(code=check)
        hook.sequence, checked.sequence = 1, 2
        outer = self.action(state='multi', child_ids=[Command.set((hook + checked).ids)])
        self.start(outer)
        before = len(self.env.cr.postcommit)
        self.run_step(visits)
        self.assertEqual(len(self.env.cr.postcommit) - before, 2)

    def test_python_is_run_only_when_a_system_administrator_wrote_it(self):
        self.assertFalse(self.refused(self.action()))
        mine = self.action(self.administrator)
        self.assertEqual(self.problems(mine), ['action_code'])
        self.assertTrue(self.refused(mine))
        # to be moved about by a system administrator is not to be approved
        mine = mine.with_env(self.env)
        mine.sequence = 7
        self.assertEqual(self.problems(mine), ['action_code'])
        self.assertEqual(self.problems(mine.copy()), [])
        theirs = self.action()
        theirs.with_user(self.administrator).sudo().code = f'{COUNT} # changed'
        self.assertEqual(self.problems(theirs), ['action_code'])
        theirs.sequence = 7
        self.assertEqual(self.problems(theirs), ['action_code'])

    def test_python_is_found_in_a_formula_and_inside_several_actions(self):
        formula = {
            'state': 'object_write',
            'update_path': 'location',
            'evaluation_type': 'equation',
            'value': "env.user.name",
        }
        self.assertEqual(self.problems(self.action(self.administrator, **formula)), ['action_code'])
        self.assertFalse(self.refused(self.action(**formula)))
        inner = self.action(self.administrator)
        outer = self.action(state='multi', child_ids=[Command.set(inner.ids)])
        outermost = self.action(state='multi', child_ids=[Command.set(outer.ids)])
        self.assertEqual(self.problems(outermost), ['action_code'])
        self.assertTrue(self.refused(outermost))

    def test_several_in_one_run_in_order(self):
        values = {'state': 'object_write', 'update_path': 'location'}
        first, second = (self.action(**values, value=value) for value in ('first', 'second'))
        outer = self.action(state='multi', child_ids=[Command.set((first + second).ids)])
        first.sequence, second.sequence = 2, 1
        visits = self.visits(2)
        self.start(outer)
        self.run_step(visits)
        self.assertEqual(visits.mapped('location'), ['first', 'first'])

    def test_the_publisher_has_to_be_allowed_to_run_it(self):
        group = self.env['res.groups'].create({'name': "Few"})
        action = self.action(group_ids=[Command.set(group.ids)])
        self.assertEqual(self.problems(action, self.administrator), ['action_groups'])
        self.assertTrue(self.refused(action, publisher=self.administrator))
        group.user_ids = [Command.link(self.administrator.id)]
        self.assertEqual(self.problems(action, self.administrator), [])
        self.assertFalse(self.refused(action, publisher=self.administrator))

    def test_without_groups_the_publisher_has_to_be_allowed_to_write_the_records(self):
        marketing = new_test_user(
            self.env, 'test_marketing', groups='healthcare_crm.group_marketing'
        )
        self.assertEqual(self.problems(self.action(), self.administrator), [])
        self.assertEqual(
            self.problems(self.action(model='res.company'), self.administrator), ['action_model']
        )
        patients = self.action(model='res.partner')
        allowed = self.env['res.partner'].with_user(marketing).has_access('write')
        found = self.problems(patients, marketing, on='patient')
        self.assertEqual(found, [] if allowed else ['action_groups'])

    def test_it_has_to_exist_and_fit(self):
        patients = self.action(model='res.partner')
        self.assertEqual(self.problems(patients), ['action_model'])
        self.assertEqual(self.problems(patients, on='patient'), [])
        gone = self.action()
        gone.unlink()
        self.assertEqual(self.problems(gone), ['action_gone'])
