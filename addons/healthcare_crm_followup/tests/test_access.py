from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import NOW, FollowupCase

STAFF = ('reception', 'call_desk', 'nurse', 'practitioner', 'clinic_administrator')
OTHERS = ('marketing', 'quality', 'privacy_officer')


@tagged('post_install', '-at_install')
class TestAccess(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f'test_{role}', groups=f'healthcare_crm.group_{role}')
            for role in STAFF + OTHERS
        }
        cls.employee = new_test_user(cls.env, 'test_employee', groups='base.group_user')

    def test_only_the_clinic_administrator_builds_workflows(self):
        for role, user in self.users.items():
            with self.subTest(role=role):
                workflows = self.env['healthcare.workflow'].with_user(user)
                if role == 'clinic_administrator':
                    self.assertFalse(user.has_group('base.group_system'))
                    self.assertTrue(workflows.create({'name': "Mine"}))
                else:
                    with self.assertRaises(AccessError):
                        workflows.create({'name': "Mine"})

    def test_administrator_publishes_and_previews_without_system_rights(self):
        user = self.users['clinic_administrator']
        self.appointment(self.patient())
        flow = self.workflow().with_user(user)
        self.assertEqual(flow._preview(NOW)['entering'], 1)
        self.assertEqual(flow._publish(NOW), 1)
        self.assertEqual(flow.version_id.publisher_id, user)

    def test_nobody_writes_what_only_the_engine_writes(self):
        self.appointment(self.patient())
        flow = self.workflow()
        flow._publish(NOW)
        records = (flow.version_id, self.env['healthcare.workflow.enrollment'].search([], limit=1))
        for record in records:
            for role in STAFF:
                with self.subTest(model=record._name, role=role), self.assertRaises(AccessError):
                    record.with_user(self.users[role]).check_access('write')

    def test_staff_work_off_tasks_and_others_do_not(self):
        task = self.env['healthcare.care.task'].create(
            {'name': "Call", 'patient_id': self.patient().id}
        )
        for role in STAFF:
            task.with_user(self.users[role]).check_access('write')
        for user in (self.users['marketing'], self.users['privacy_officer'], self.employee):
            with self.assertRaises(AccessError):
                task.with_user(user).check_access('read')

    def test_a_receptionist_finishes_a_call_though_the_ledger_is_not_hers(self):
        patient = self.patient(email=False)
        visit = self.appointment(patient)
        self.workflow()._publish(NOW)
        self.go(visit.enrollment_ids.token_ids.due_at)
        task = self.tasks(patient).with_user(self.users['reception'])
        task.action_confirmed()
        self.assertEqual(self.ledger(patient)[-1].channel, 'call')
        self.assertEqual(visit.patient_response, 'accepted')

    def test_moving_an_appointment_needs_no_right_to_workflows(self):
        visit = self.appointment(self.patient())
        self.workflow()._publish(NOW)
        before = visit.enrollment_ids.token_ids.due_at
        visit.with_user(self.users['reception']).write({'start': '2030-01-12 02:00:00'})
        self.go(NOW)
        self.assertGreater(visit.enrollment_ids.token_ids.due_at, before)

    def test_condition_an_administrator_may_not_look_at_is_refused(self):
        flow = self.workflow().with_user(self.users['clinic_administrator'])
        flow.entry_domain = "[('user_id.oauth_access_token', '!=', False)]"
        with self.assertRaises(UserError):
            flow._publish(NOW)
        flow.entry_domain = "[('user_id.password', 'like', 'a')]"
        with self.assertRaises(UserError):
            flow._publish(NOW)

    def test_steps_are_added_in_the_form_as_an_administrator_does(self):
        env = self.env(user=self.users['clinic_administrator'])
        with Form(env['healthcare.workflow']) as form:
            form.name = "By hand"
        flow = form.record
        self.assertTrue(flow.has_errors)
        steps = env['healthcare.workflow.step'].with_context(default_workflow_id=flow.id)
        with Form(steps) as first:
            first.name = "E-mail"
        with Form(steps) as second:
            second.kind = 'care_task'
            second.name = "Call"
            self.assertEqual(second.after_id.name, "E-mail")
            self.assertEqual(second.after_outcome, 'suppressed')
        flow.invalidate_recordset()
        self.assertFalse(flow.has_errors)
        self.assertEqual(flow.step_ids.edge_ids.target_id.name, "Call")

    def test_copying_draws_the_arrows_again(self):
        flow = self.workflow()
        copied = flow.copy()
        self.assertEqual(copied.step_ids.edge_ids.target_id, copied.step_ids[1])
        self.assertEqual((copied.state, bool(copied.version_id)), ('draft', False))

    def test_staff_cannot_forge_what_the_engine_writes(self):
        patient = self.patient(email=False)
        visit = self.appointment(patient)
        self.workflow()._publish(NOW)
        self.go(visit.enrollment_ids.token_ids.due_at)
        task = self.tasks(patient).with_user(self.users['reception'])
        forged = {
            'idempotency_key': 'x',
            'enrollment_id': visit.enrollment_ids.id,
            'step_key': 's1',
            'visit': 7,
            'state': 'completed',
            'outcome': 'reached',
            'completed_at': '2030-01-01 00:00:00',
            'completed_by_id': self.users['nurse'].id,
        }
        for name, value in forged.items():
            with self.subTest(field=name):
                with self.assertRaises(AccessError):
                    task.write({name: value})
                with self.assertRaises(AccessError):
                    task.create({'name': "Forged", 'patient_id': patient.id, name: value})
        for name in ('idempotency_key', 'enrollment_id', 'step_key', 'visit', 'lease_until'):
            with self.subTest(ledger=name), self.assertRaises(AccessError):
                self.env['healthcare.communication'].with_user(self.users['reception']).create(
                    {
                        'patient_id': patient.id,
                        'channel': 'call',
                        'status': 'sent',
                        name: forged.get(name, '2030-01-01 00:00:00'),
                    }
                )

    def test_staff_take_finish_and_copy_tasks(self):
        patient = self.patient(email=False)
        visit = self.appointment(patient)
        self.workflow()._publish(NOW)
        self.go(visit.enrollment_ids.token_ids.due_at)
        task = self.tasks(patient).with_user(self.users['reception'])
        task.action_assign_to_me()
        self.assertEqual((task.state, task.user_id), ('in-progress', self.users['reception']))
        task.action_no_answer()
        self.assertEqual((task.state, task.outcome), ('completed', 'no_answer'))
        self.assertEqual(task.completed_by_id, self.users['reception'])
        copied = task.copy()
        self.assertEqual((copied.state, copied.enrollment_id.id), ('requested', False))
        with Form(self.env['healthcare.care.task'].with_user(self.users['reception'])) as form:
            form.name = "Call back"
            form.patient_id = patient
        self.assertEqual(form.record.state, 'requested')

    def test_who_may_not_write_tasks_does_not_finish_them(self):
        task = self.env['healthcare.care.task'].create(
            {'name': "Call", 'patient_id': self.patient().id}
        )
        for action in ('action_assign_to_me', 'action_reached'):
            with self.assertRaises(AccessError):
                getattr(task.with_user(self.users['quality']), action)()

    def test_other_clinics_workflows_are_not_seen_step_by_step_either(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        self.appointment(self.patient(), company_id=elsewhere.id, practitioner_id=False)
        flow = self.workflow(company_id=elsewhere.id)
        flow._publish(NOW)
        enrollment = self.env['healthcare.workflow.enrollment'].search(
            [('workflow_id', '=', flow.id)]
        )
        self.assertTrue(enrollment)
        records = (
            flow.step_ids,
            flow.step_ids.edge_ids,
            flow.version_id,
            enrollment.log_ids,
            enrollment.token_ids,
        )
        for record in records:
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(self.users['clinic_administrator']).check_access('read')

    def test_condition_of_any_nonsense_is_a_problem_and_no_crash(self):
        flow = self.workflow().with_user(self.users['clinic_administrator'])
        for text in ('5', '{[]: 1}', "[('id', '=', 'abc')]", "[('duration', '>', 'abc')]", "['&']"):
            with self.subTest(text=text), mute_logger('odoo.sql_db'):
                flow.entry_domain = text
                self.assertTrue(flow.has_errors)
                self.env['res.partner'].search([], limit=1)

    def test_what_went_wrong_is_for_the_administrator(self):
        visit = self.appointment(self.patient())
        self.workflow()._publish(NOW)
        visit.enrollment_ids.token_ids.step_key = 'nowhere'
        self.go(visit.start)
        line = visit.enrollment_ids.log_ids[0]
        self.assertIn(
            'KeyError', line.with_user(self.users['clinic_administrator']).detail['error']
        )
        with self.assertRaises(AccessError):
            line.with_user(self.users['marketing']).detail  # noqa: B018 - reading is what is refused

    def test_what_a_message_is_for_is_not_for_marketing(self):
        self.appointment(self.patient())
        self.workflow()._publish(NOW)
        message = self.env['healthcare.communication'].create(
            {
                'patient_id': self.patient().id,
                'channel': 'sms',
                'status': 'queued',
                'purpose_id': self.reminder.id,
                'enrollment_id': self.env['healthcare.workflow.enrollment'].search([], limit=1).id,
            }
        )
        fields = ['enrollment_id', 'step_key', 'step_name']
        for role in ('reception', 'nurse', 'clinic_administrator', 'privacy_officer'):
            self.assertTrue(message.with_user(self.users[role]).read(fields)[0]['enrollment_id'])
        for role in ('marketing', 'quality'):
            asked = message.with_user(self.users[role])
            for name in fields:
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    asked.read([name])
                with self.subTest(role=role, field=name), self.assertRaises(AccessError):
                    asked.search([(name, '!=', False)])
            asked.invalidate_recordset()
            self.assertEqual(asked.read(['status', 'waits_for'])[0]['status'], 'queued')

    def test_an_administrator_chooses_a_survey_and_its_answers_but_reads_nobodys(self):
        survey, secret = self.env['survey.survey'].create(
            [{'title': "How was it?"}, {'title': "Restricted"}]
        )
        secret.restrict_user_ids = self.env.ref('base.user_admin')
        answers = {}
        for one in survey + secret:
            question = self.env['survey.question'].create(
                {
                    'survey_id': one.id,
                    'title': "Q",
                    'question_type': 'simple_choice',
                    'suggested_answer_ids': [Command.create({'value': "Well"})],
                }
            )
            answers[one] = question.suggested_answer_ids
        env = self.env(user=self.users['clinic_administrator'])
        found = env['survey.survey'].search([('id', 'in', (survey + secret).ids)])
        self.assertEqual(found.mapped('title'), ["How was it?"])
        chosen = env['survey.question.answer'].search(
            [('question_id.survey_id', 'in', (survey + secret).ids)]
        )
        self.assertEqual(chosen, answers[survey])
        for model in ('survey.survey', 'survey.question', 'survey.question.answer'):
            for mode in ('write', 'create', 'unlink'):
                self.assertFalse(env[model].has_access(mode), (model, mode))
        self.assertFalse(env['survey.user_input'].has_access('read'))

    def test_an_administrator_names_an_action_but_does_not_change_it(self):
        env = self.env(user=self.users['clinic_administrator'])
        self.assertTrue(env['ir.actions.server'].has_access('read'))
        for mode in ('write', 'create', 'unlink'):
            self.assertFalse(env['ir.actions.server'].has_access(mode), mode)
