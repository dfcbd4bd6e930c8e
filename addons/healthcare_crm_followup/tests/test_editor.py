from odoo.tests import Form, new_test_user, tagged

from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestEditor(FollowupCase):
    """What an administrator does to a workflow's steps on the screen."""

    def test_a_step_is_edited_in_its_panel(self):
        workflow = self.workflow()
        panel = 'healthcare_crm_followup.healthcare_workflow_step_view_form_panel'
        with Form(workflow.step_ids[0], view=panel) as step:
            step.name = "Remind"
            step.channel_1 = False
        self.assertIn("Remind: Choose the channel", workflow.problem_html)
        self.assertTrue(workflow.has_errors)
        with Form(workflow.step_ids[0], view=panel) as step:
            step.channel_1 = 'email'
        self.assertFalse(workflow.has_errors)
        self.assertEqual(workflow.step_ids[0].name, "Remind")

    def test_links_lead_to_the_canvas(self):
        workflow = self.workflow()
        canvas = self.env.ref('healthcare_crm_followup.healthcare_workflow_view_canvas')
        action = workflow.get_formview_action()
        self.assertEqual((action['res_id'], action['views']), (workflow.id, [(canvas.id, 'form')]))

    def test_an_arrow_moves_with_its_step(self):
        workflow = self.workflow()
        message, call = workflow.step_ids
        wait = self.env['healthcare.workflow.step'].create(
            {
                'workflow_id': workflow.id,
                'name': "Wait",
                'kind': 'wait',
                'after_id': call.id,
                'after_outcome': 'no_answer',
            }
        )
        self.assertEqual((call.edge_ids.outcome, call.edge_ids.target_id), ('no_answer', wait))
        with Form(wait) as form:
            form.after_id = message
            self.assertIn(form.after_outcome, dict(form.after_outcomes))
            form.after_outcome = 'sent'
        self.assertFalse(call.edge_ids)
        self.assertEqual((wait.after_id, wait.after_outcome), (message, 'sent'))
        self.assertEqual(message.edge_ids.mapped('outcome'), ['suppressed', 'sent'])
        wait.after_id = False
        self.assertEqual(message.edge_ids.mapped('outcome'), ['suppressed'])

    def test_each_way_of_a_branch_keeps_its_condition(self):
        workflow = self.workflow()
        branch, one, two = self.env['healthcare.workflow.step'].create(
            [
                {'workflow_id': workflow.id, 'name': name, 'kind': kind}
                for name, kind in (("Which?", 'branch'), ("One", 'end'), ("Two", 'end'))
            ]
        )
        way = self.env['healthcare.workflow.edge'].create(
            {'step_id': branch.id, 'outcome': 'way', 'domain': "[('id', '>', 0)]"}
        )
        one.write({'after_id': branch.id, 'after_outcome': 'way'})
        self.assertEqual(way.target_id, one)
        two.write({'after_id': branch.id, 'after_outcome': 'way'})
        self.assertEqual(way.target_id, one)
        one.write({'after_id': branch.id, 'after_outcome': 'otherwise'})
        self.assertFalse(way.target_id)
        self.assertTrue(way.domain)

    def test_what_is_proposed_for_reminders_is_taken_back_for_others(self):
        env = self.env
        with Form(env['healthcare.workflow']) as form:
            form.name = "No-show"
            self.assertIn('booked', form.entry_domain)
            with form.trigger_ids.edit(0) as start:
                start.kind = 'event'
                start.event = 'appointment_noshow'
            self.assertEqual(form.entry_domain, '[]')
        with Form(env['healthcare.workflow']) as form:
            form.name = "Before"
            with form.trigger_ids.edit(0) as start:
                start.amount = 48
            self.assertIn('booked', form.entry_domain)
            form.subject_model = 'res.partner'
            self.assertEqual(form.entry_domain, '[]')
        self.assertEqual(
            (form.record.trigger_ids.kind, form.record.trigger_ids.event), ('event', 'created')
        )
        with Form(env['healthcare.workflow']) as form:
            form.name = "After the operation"
            form.subject_model = 'healthcare.procedure'
        self.assertEqual(form.record.trigger_ids.event, 'procedure_completed')

    def test_who_may_not_read_health_records_starts_workflows_by_them_without_a_condition(self):
        flow = self.workflow(subject_model='healthcare.procedure', entry_domain='[]')
        admin = new_test_user(
            self.env, 'edit_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        flow = flow.with_user(admin)
        self.assertFalse(flow.can_filter)
        self.assertNotIn('bad_condition', [problem.code for problem in flow._get_problems()])
        flow.entry_domain = "[('status', '=', 'completed')]"
        self.assertIn('bad_condition', [problem.code for problem in flow._get_problems()])

    def test_a_new_step_proposes_what_is_usual_for_its_kind(self):
        flow = self.workflow()
        flow.step_ids[1].unlink()
        steps = self.env['healthcare.workflow.step'].with_context(default_workflow_id=flow.id)
        with Form(steps) as form:
            form.name = "New"
            for kind, outcome, own, purpose in (
                ('care_task', 'suppressed', 'reached', 'reminder'),
                ('wait', 'sent', 'done', 'reminder'),
                ('branch', 'sent', 'way', 'reminder'),
                ('survey', 'sent', 'way', 'survey'),
            ):
                with self.subTest(kind=kind):
                    form.kind = kind
                    self.assertEqual(form.after_outcome, outcome)
                    self.assertEqual(form.usual_outcome, own)
                    self.assertEqual(
                        form.purpose_id, self.env.ref(f'healthcare_crm.consent_purpose_{purpose}')
                    )
            form.kind = 'wait'
        self.assertEqual(steps.search([('name', '=', "New")]).summary, "1 day")

    def test_a_reminder_is_proposed_only_where_there_is_an_appointment(self):
        steps = self.env['healthcare.workflow.step']
        for subject in ('calendar.event', 'res.partner'):
            flow = self.env['healthcare.workflow'].create(
                {'name': subject, 'subject_model': subject}
            )
            form = Form(steps.with_context(default_workflow_id=flow.id))
            reminds = subject == 'calendar.event'
            with self.subTest(subject=subject):
                self.assertEqual(bool(form.template_ids[:]), reminds)
                self.assertEqual(form.purpose_id == self.reminder, reminds)
                form.kind = 'survey'
                self.assertFalse(form.template_ids[:])
                form.kind = 'message'
                self.assertEqual(bool(form.template_ids[:]), reminds)

    def test_a_survey_of_the_gallery_is_taken_over_once(self):
        ask = self.env['healthcare.workflow.step'].create(
            [
                {'workflow_id': self.workflow().id, 'name': name, 'kind': 'survey'}
                for name in ("Day 1", "Day 3")
            ]
        )
        ask.ready_survey = "How are you after your procedure?"
        self.assertEqual(len(ask.survey_id), 1)
        self.assertTrue(any(ask.survey_id.question_ids.suggested_answer_ids.mapped('is_red_flag')))
        self.assertFalse(ask[0].ready_survey)
        self.assertEqual(ask[0].template_ids, ask[1].template_ids)
        self.assertEqual(set(ask.template_ids.mapped('channel')), {'sms', 'email'})
        self.assertEqual(ask.purpose_id.code, 'followup')
