from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine import graph
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestEnrollWizard(FollowupCase):
    """The desk enrolls and takes out by hand, and knows beforehand what that comes to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = new_test_user(cls.env, 'desk', 'healthcare_crm.group_reception')

    def setUp(self):
        super().setUp()
        self.an, self.hoa = self.patient("An"), self.patient("Hoa", lang='vi_VN')
        self.flow = self.run_workflow('res.partner')

    def run_workflow(self, model, name="Care", **values):
        """Run a workflow about ``model`` that nothing else starts and that waits for a month."""
        flow = self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': model,
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'hook'}},
                'start': 's1',
                'steps': {'s1': {'kind': 'wait', 'name': "Wait", 'amount': 1, 'unit': 'months'}},
            }
            | values
        )
        flow.write({'subject_model': model, 'name': name})
        return flow

    def open(self, records, direction='in', user=None):
        """Return the form of the wizard as the menu of a list opens it."""
        return Form(
            self.env['healthcare.workflow.enroll']
            .with_user(user or self.reception)
            .with_context(
                active_model=records._name,
                active_ids=records.ids,
                active_id=records[:1].id,
                default_direction=direction,
            )
        )

    def confirm(self, form):
        return form.save().action_confirm()['params']['message']

    def active(self, flow=None):
        return self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', (flow or self.flow).id), ('state', '=', 'active')]
        )

    def test_patients_are_enrolled(self):
        form = self.open(self.an | self.hoa)
        self.assertEqual(form.record_count, 2)
        form.workflow_id = self.flow
        self.assertEqual(form.moving_count, 2)
        self.assertFalse(form.refusals)
        self.assertFalse(self.active(), "looking enrolls nobody")
        self.assertEqual(self.confirm(form), "2 enrolled in Care.")
        self.assertEqual(self.active().patient_id, self.an | self.hoa)

    def test_confirming_twice_enrolls_once(self):
        flow = self.run_workflow('res.partner', reentry={'per': 'any'})
        form = self.open(self.an)
        form.workflow_id = flow
        wizard = form.save()
        wizard.action_confirm()
        wizard.action_confirm()
        self.assertEqual(len(self.active(flow)), 1)

    def test_why_some_are_refused(self):
        flow = self.run_workflow('res.partner', entry=[['lang', '=', 'vi_VN']])
        supplier = self.env['res.partner'].create({'name': "Supplier", 'lang': 'vi_VN'})
        flow._enroll(self.hoa, 'before')
        lan = self.patient("Lan", lang='vi_VN')
        form = self.open(self.an | self.hoa | lan | supplier)
        form.workflow_id = flow
        self.assertEqual(form.moving_count, 1)
        self.assertIn("2 do not meet its conditions.", form.refusals)
        self.assertIn("1 are in it already", form.refusals)
        self.assertEqual(self.confirm(form), "1 enrolled in Care.")
        self.assertEqual(self.active(flow).patient_id, self.hoa | lan)

    def outlook(self, flow, records):
        """Return the outlook, after a look at whether it tells the truth."""
        found = flow._get_outlook(records)
        self.assertEqual(flow._enroll(records, 'really'), found.get('enters', 0))
        return found

    def test_two_appointments_of_one_patient_in_a_workflow_once_a_patient(self):
        flow = self.run_workflow('calendar.event', reentry={'per': 'patient'})
        visits = self.appointment(self.an) | self.appointment(self.an) | self.appointment(self.hoa)
        self.assertEqual(self.outlook(flow, visits), {'enters': 2, 'active': 1})
        self.assertEqual(self.outlook(flow, visits), {'active': 3})

    def test_two_appointments_of_one_patient_are_two_episodes(self):
        flow = self.run_workflow('calendar.event')
        visits = self.appointment(self.an) | self.appointment(self.an)
        self.assertEqual(self.outlook(flow, visits), {'enters': 2})

    def test_in_it_too_short_a_time_ago(self):
        flow = self.run_workflow('res.partner', reentry={'per': 'episode', 'days': 30})
        self.assertEqual(self.outlook(flow, self.an), {'enters': 1})
        flow._take_out(self.an)
        self.assertEqual(self.outlook(flow, self.an | self.hoa), {'enters': 1, 'recent': 1})

    def test_once_for_ever(self):
        flow = self.run_workflow('res.partner', reentry={'per': 'once'})
        self.assertEqual(self.outlook(flow, self.an), {'enters': 1})
        flow._take_out(self.an)
        self.assertEqual(self.outlook(flow, self.an), {'active': 1})

    def test_workflows_of_one_group(self):
        other = self.run_workflow('res.partner', siblings='care')
        other._enroll(self.an, 'before')
        flow = self.run_workflow('res.partner', siblings='care')
        self.assertEqual(self.outlook(flow, self.an | self.hoa), {'enters': 1, 'sibling': 1})
        urgent = self.run_workflow('res.partner', siblings='care', guards={'priority': 3})
        self.assertEqual(self.outlook(urgent, self.an | self.hoa), {'enters': 2})
        self.assertFalse(self.active(other))

    def test_only_workflows_that_run_and_are_about_these_are_offered(self):
        about_visits = self.run_workflow('calendar.event')
        paused = self.run_workflow('res.partner')
        paused.state = 'paused'
        offered = self.open(self.an).available_ids[:]
        self.assertIn(self.flow, offered)
        self.assertNotIn(about_visits, offered)
        self.assertNotIn(paused, offered)
        offered = self.open(self.appointment(self.an)).available_ids[:]
        self.assertLessEqual(self.flow | about_visits, offered)
        wizard = self.env['healthcare.workflow.enroll'].create(
            {'res_model': 'res.partner', 'res_ids': self.an.ids, 'workflow_id': paused.id}
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()

    def test_patients_are_taken_out_of_whatever_it_is_about(self):
        flow = self.run_workflow('calendar.event')
        visits = self.appointment(self.an) | self.appointment(self.an) | self.appointment(self.hoa)
        flow._enroll(visits, 'before')
        form = self.open(self.an, 'out')
        form.workflow_id = flow
        self.assertEqual(form.moving_count, 2)
        self.assertEqual(self.confirm(form), "2 taken out of Care.")
        self.assertEqual(self.active(flow).patient_id, self.hoa)

    def test_an_appointment_is_taken_out_alone(self):
        flow = self.run_workflow('calendar.event')
        visits = self.appointment(self.an) | self.appointment(self.an)
        flow._enroll(visits, 'before')
        form = self.open(visits[0], 'out')
        form.workflow_id = flow
        self.confirm(form)
        self.assertEqual(self.active(flow).subject_id, visits[1].id)

    def test_out_of_nothing(self):
        self.assertFalse(self.open(self.an, 'out').available_ids[:])

    def test_it_is_for_staff(self):
        marketing = new_test_user(self.env, 'ads', 'healthcare_crm.group_marketing')
        with self.assertRaises(AccessError):
            self.open(self.an, user=marketing).save()
        bindings = self.env['ir.actions.actions']
        for user, offered in ((self.reception, True), (marketing, False)):
            for model in ('res.partner', 'calendar.event'):
                found = bindings.with_user(user).get_bindings(model).get('action', [])
                names = [action['name'] for action in found]
                with self.subTest(user=user.login, model=model):
                    self.assertEqual("Enroll in Workflow" in names, offered)
                    self.assertEqual("Take out of Workflow" in names, offered)

    def test_records_of_other_clinics_are_left_alone(self):
        other = self.env['res.company'].create({'name': "Other"})
        visit = self.appointment(self.an)
        visit.company_id = other
        form = self.open(visit)
        self.assertEqual(form.record_count, 0)
