from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..engine import graph
from .common import NOW, FollowupCase


@tagged('post_install', '-at_install')
class TestServerActions(FollowupCase):
    """Into and out of a workflow by Odoo's own actions."""

    def setUp(self):
        super().setUp()
        self.an = self.patient()
        self.visit = self.appointment(self.an)
        self.flow = self.run_workflow('res.partner')

    def run_workflow(self, model, **values):
        """Run a workflow about ``model`` that nothing else starts and that waits for a month."""
        return self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': model,
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'hook'}},
                'start': 's1',
                'steps': {
                    's1': {'kind': 'wait', 'name': "Wait", 'amount': 1, 'unit': 'months'},
                },
            }
            | values
        )

    def publish(self, definition, now=NOW):
        workflow = super().publish(definition, now)
        workflow.subject_model = definition['subject']
        return workflow

    def action(self, state='healthcare_enroll', model='res.partner', flow=None, **values):
        return self.env['ir.actions.server'].create(
            {
                'name': "Act",
                'state': state,
                'model_id': self.env['ir.model']._get_id(model),
                'healthcare_workflow_id': (flow or self.flow).id,
            }
            | values
        )

    def run_action(self, action, records, user=None):
        context = {
            'active_model': records._name,
            'active_id': records[:1].id,
            'active_ids': records.ids,
        }
        return action.with_user(user or self.env.user).with_context(**context).run()

    def active(self, flow=None):
        return self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', (flow or self.flow).id), ('state', '=', 'active')]
        )

    # ------------------------------------------------------------ enrolling

    def test_patients_are_enrolled(self):
        others = self.an | self.patient("Hoa")
        self.run_action(self.action(), others)
        self.assertEqual(self.active().patient_id, others)
        self.assertEqual(self.active().mapped('state'), ['active', 'active'])

    def test_twice_in_one_transaction_enrolls_once(self):
        flow = self.run_workflow('res.partner', reentry={'per': 'any'})
        action = self.action(flow=flow)
        self.run_action(action, self.an)
        self.run_action(action, self.an)
        self.assertEqual(len(self.active(flow)), 1)
        self.env.cr.precommit.clear()
        self.run_action(action, self.an)
        self.assertEqual(len(self.active(flow)), 2)

    def test_appointments_lead_to_their_patients(self):
        self.run_action(self.action(model='calendar.event'), self.visit)
        self.assertEqual(self.active().patient_id, self.an)
        self.assertEqual(self.active().subject_model, 'res.partner')

    def test_appointments_as_subjects(self):
        flow = self.run_workflow('calendar.event')
        self.run_action(self.action(model='calendar.event', flow=flow), self.visit)
        self.assertEqual(self.active(flow).subject_id, self.visit.id)

    def test_conditions_hold(self):
        flow = self.run_workflow('res.partner', entry=[['lang', '=', 'vi_VN']])
        self.run_action(self.action(flow=flow), self.an)
        self.assertFalse(self.active(flow))

    def test_a_paused_workflow_takes_nobody_and_breaks_nothing(self):
        self.flow.state = 'paused'
        self.run_action(self.action(), self.an)
        self.assertFalse(self.active())

    def test_the_engine_is_woken(self):
        self.env['ir.cron.trigger'].search([]).unlink()
        self.run_action(self.action(), self.an)
        tick = self.env.ref('healthcare_crm_followup.ir_cron_tick')
        self.assertTrue(self.env['ir.cron.trigger'].search([('cron_id', '=', tick.id)]))

    # ------------------------------------------------------------ taking out

    def test_patients_are_taken_out(self):
        hoa = self.patient("Hoa")
        self.run_action(self.action(), self.an | hoa)
        self.run_action(self.action('healthcare_exit'), self.an)
        self.assertEqual(self.active().patient_id, hoa)
        self.assertEqual(self.an.enrollment_ids.exit_reason, 'stopped')

    def test_other_workflows_go_on(self):
        other = self.run_workflow('res.partner')
        for flow in (self.flow, other):
            self.run_action(self.action(flow=flow), self.an)
        self.run_action(self.action('healthcare_exit'), self.an)
        self.assertFalse(self.active())
        self.assertEqual(self.active(other).patient_id, self.an)

    # ------------------------------------------------------------ wherever Odoo runs actions

    def test_automation_rule(self):
        field = self.env['ir.model.fields']._get('res.partner', 'city')
        self.env['base.automation'].create(
            {
                'name': "Moved to Taipei",
                'model_id': self.env['ir.model']._get_id('res.partner'),
                'trigger': 'on_create_or_write',
                'trigger_field_ids': field.ids,
                'filter_domain': "[('city', '=', 'Taipei')]",
                'action_server_ids': self.action().ids,
            }
        )
        self.patient("Hoa", city="Hanoi")
        self.assertFalse(self.active())
        # by somebody who may not read enrollments of any kind
        seller = new_test_user(self.env, 'seller', 'base.group_user,base.group_partner_manager')
        self.an.with_user(seller).city = "Taipei"
        self.assertEqual(self.active().patient_id, self.an)

    def test_scheduled_job(self):
        self.visit.appointment_status = 'fulfilled'
        code = self.action(
            state='multi', model='calendar.event', child_ids=[], healthcare_workflow_id=False
        )
        child = self.action(model='calendar.event', parent_id=code.id)
        self.assertEqual(code.child_ids, child)
        self.run_action(code, self.visit)
        self.assertEqual(self.active().patient_id, self.an)

    def test_action_in_the_menu_of_a_list_is_for_who_may_change_the_records(self):
        action = self.action()
        action.create_action()
        marketing = new_test_user(self.env, 'marketing_user', 'healthcare_crm.group_marketing')
        with self.assertRaises(AccessError), self.assertLogs('odoo.addons.base', 'WARNING'):
            self.run_action(action, self.an, marketing)
        reception = new_test_user(self.env, 'desk', 'healthcare_crm.group_reception')
        self.run_action(action, self.an, reception)
        self.assertEqual(self.active().patient_id, self.an)

    # ------------------------------------------------------------ the form

    def test_the_name_follows_the_workflow(self):
        for state, name in (
            ('healthcare_enroll', "Enroll in By hand"),
            ('healthcare_exit', "Take out of By hand"),
        ):
            with Form(self.env['ir.actions.server']) as form:
                form.model_id = self.env['ir.model']._get('res.partner')
                form.state = state
                form.healthcare_workflow_id = self.flow
            self.assertEqual(form.record.name, name)

    def test_a_patient_is_taken_out_of_what_is_about_appointments(self):
        flow = self.run_workflow('calendar.event')
        self.run_action(self.action(model='calendar.event', flow=flow), self.visit)
        action = self.action('healthcare_exit', flow=flow)
        self.assertFalse(action.warning)
        self.run_action(action, self.an)
        self.assertFalse(self.active(flow))

    def test_warnings(self):
        self.assertFalse(self.action().warning)
        self.assertFalse(self.action(model='calendar.event').warning)
        self.assertIn("Choose a workflow", self.action(healthcare_workflow_id=False).warning)
        about_visits = self.run_workflow('calendar.event')
        self.assertIn("is about Appointments", self.action(flow=about_visits).warning)
        action = self.action(model='res.country')
        self.assertIn("is about Patients", action.warning)
        action.model_id = self.env['ir.model']._get('res.partner')
        self.assertFalse(action.warning)
