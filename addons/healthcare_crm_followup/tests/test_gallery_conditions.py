"""Conditions that look at health records: as the gallery ships them they count as vetted, changed
ones do not, and nobody learns by them whom they fit (decision 008)."""

import copy
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .. import gallery
from .common import FollowupCase

DIABETES = [
    ['patient_id.condition_ids.code', '=like', 'E11%'],
    ['patient_id.condition_ids.clinical_status', '=', 'active'],
]
REFUSAL = "That is allowed only while Starts"


def in_all(text):
    return dict.fromkeys(gallery.LANGUAGES, text)


ITEM = {
    'code': 'clinical',
    'name': in_all("Diabetes"),
    'summary': in_all("Reviews."),
    'document': {
        'format': 'healthcare-workflow',
        'version': 1,
        'definition': {
            'triggers': {'before': {'kind': 'date', 'field': 'start', 'amount': -3}},
            'entry': DIABETES,
            'exits': [
                {'name': in_all("Well"), 'domain': [['patient_id.condition_ids', '=', False]]}
            ],
            'steps': {
                'which': {
                    'kind': 'branch',
                    'ways': [
                        {
                            'outcome': 'late',
                            'name': in_all("Far gone"),
                            'domain': [['patient_id.condition_ids.stage', '!=', False]],
                        }
                    ],
                    'next': {'late': 'call', 'otherwise': 'pause'},
                },
                'pause': {'kind': 'wait', 'amount': 1, 'next': {'done': 'call'}},
                'call': {'kind': 'care_task', 'role': 'nurse'},
            },
        },
    },
}


@tagged('post_install', '-at_install')
class TestGalleryConditions(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = copy.deepcopy(ITEM) | {'code': 'other'}
        other['document']['definition']['entry'] = [['appointment_status', '=', 'booked']]
        items = {'clinical': ITEM, 'other': other}
        cls.startClassPatcher(patch.object(gallery, 'items', lambda: items))
        admin = 'healthcare_crm.group_clinic_administrator'
        cls.admin = new_test_user(cls.env, 'vet_admin', groups=admin)
        cls.doctor = new_test_user(
            cls.env, 'vet_doctor', groups=f'{admin},healthcare_crm.group_practitioner'
        )
        cls.reception = new_test_user(
            cls.env, 'vet_reception', groups='healthcare_crm.group_reception'
        )
        cls.nurse = new_test_user(cls.env, 'vet_nurse', groups='healthcare_crm.group_nurse')

    def install(self, user=None, code='clinical'):
        workflows = self.env['healthcare.workflow'].with_user(user or self.admin)
        return workflows._install_from_gallery(code)

    def refused(self, workflow):
        """Say whether publishing is refused in the words of the decision."""
        told = [one.code for one in workflow._get_problems() if one.level == 'error']
        if 'changed_condition' not in told:
            return False
        with self.assertRaises(UserError) as refused:
            workflow.action_publish()
        self.assertIn(REFUSAL, refused.exception.args[0])
        return True

    def test_an_administrator_without_clinical_rights_publishes_what_the_gallery_ships(self):
        workflow = self.install()
        self.assertFalse(workflow.has_errors, workflow.problem_html)
        workflow.action_publish()
        self.assertEqual(workflow.state, 'published')

    def test_the_same_file_imported_by_hand_is_refused(self):
        content = gallery.localised(ITEM, 'en_US')
        with self.assertRaises(UserError):
            self.env['healthcare.workflow'].with_user(self.admin)._import_document(content)

    def test_each_changed_or_added_condition_is_refused(self):
        for change in (
            lambda workflow: workflow.write({'entry_domain': str(DIABETES[:1])}),
            lambda workflow: workflow.write({'entry_domain': "[('id', '=', 42)]"}),
            lambda workflow: workflow.exit_ids.unlink(),
            lambda workflow: workflow.exit_ids.write({'domain': "[]", 'event': 'opted_out'}),
            lambda workflow: workflow.write(
                {'has_goal': True, 'goal_domain': "[('patient_id.name', '=', 'An')]"}
            ),
            lambda workflow: workflow.trigger_ids.write({'field_name': 'stop'}),
            lambda workflow: workflow.step_ids.edge_ids.filtered('code').write(
                {'domain': "[('id', '=', 42)]"}
            ),
            self.add_a_branch,
        ):
            with self.subTest(change=change):
                workflow = self.install()
                change(workflow)
                self.assertTrue(self.refused(workflow))

    def add_a_branch(self, workflow):
        branch = self.env['healthcare.workflow.step'].with_user(self.admin)
        branch = branch.create(
            {'workflow_id': workflow.id, 'name': "One", 'kind': 'branch', 'sequence': 1}
        )
        self.env['healthcare.workflow.edge'].create(
            {
                'step_id': branch.id,
                'outcome': 'way',
                'domain': "[('id', '=', 42)]",
                'target_id': workflow.step_ids.filtered(lambda step: step.key == 'which').id,
            }
        )

    def test_words_waits_and_order_are_free(self):
        workflow = self.install()
        steps = {step.key: step for step in workflow.step_ids}
        workflow.name = "Ours"
        steps['pause'].wait_amount = 3
        steps['call'].write({'role': 'call_desk', 'instruction': "Be kind."})
        self.assertFalse(workflow.has_errors, workflow.problem_html)
        self.assertFalse(self.refused(workflow))

    def test_a_branch_may_be_left_out(self):
        workflow = self.install()
        steps = {step.key: step for step in workflow.step_ids}
        steps['which'].unlink()
        self.assertFalse(self.refused(workflow), workflow.problem_html)

    def test_who_may_read_the_records_may_change_the_conditions(self):
        workflow = self.install(self.doctor)
        workflow.entry_domain = str(DIABETES[:1])
        self.assertFalse(workflow.has_errors, workflow.problem_html)
        self.assertTrue(self.refused(workflow.with_user(self.admin)))

    def test_the_code_cannot_be_written_and_vouches_for_one_file_only(self):
        workflow = self.install()
        with self.assertRaises(AccessError):
            workflow.gallery_code = 'other'
        workflow.sudo().gallery_code = 'other'
        self.assertTrue(self.refused(workflow))
        workflow.sudo().gallery_code = 'gone'
        self.assertTrue(self.refused(workflow))

    def test_a_copy_is_no_longer_from_the_gallery(self):
        copied = self.install().copy()
        self.assertFalse(copied.gallery_code)
        self.assertTrue(copied.has_errors)

    def test_nobody_learns_whom_the_conditions_fit(self):
        workflow = self.install()
        workflow.action_publish()
        patient = self.patient()
        period = ('2026-01-01 00:00:00', '2026-02-01 00:00:00')
        played = workflow.with_user(self.admin)
        with self.assertRaisesRegex(UserError, "health data that you may not see"):
            played.simulate_play(*period, patient.ids)
        self.assertFalse(played.simulate_play(*period)['is_named'])
        self.assertIn(workflow, self.offered(self.nurse, patient))
        self.assertNotIn(workflow, self.offered(self.reception, patient))

    def offered(self, user, patient):
        """Return the workflows that ``user`` may enroll ``patient`` in by hand."""
        visit = self.appointment(patient)
        return (
            self.env['healthcare.workflow.enroll']
            .with_user(user)
            .with_context(active_model='calendar.event', active_ids=visit.ids)
            .create({'workflow_id': self.env['healthcare.workflow'].search([], limit=1).id})
            .available_ids
        )
