"""What staff and administrators try, to reach beyond their clinic or what they may read."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import NOW, FollowupCase

DAY = timedelta(days=1)


class ClinicsCase(FollowupCase):
    """Our clinic, and people of another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        cls.administrator = new_test_user(
            cls.env, 'sec_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        cls.nurse = new_test_user(cls.env, 'sec_nurse', groups='healthcare_crm.group_nurse')
        cls.stranger = cls.of('sec_stranger', 'healthcare_crm.group_reception', cls.elsewhere)
        cls.intruder = cls.of(
            'sec_intruder', 'healthcare_crm.group_clinic_administrator', cls.elsewhere
        )

    @classmethod
    def of(cls, login, groups, company):
        """Return a user who works in one clinic only."""
        return new_test_user(
            cls.env,
            login,
            groups=groups,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            email=f'{login}@example.org',
        )


@tagged('post_install', '-at_install')
class TestOracles(ClinicsCase):
    """Who draws workflows asks nothing of health records that they may not read."""

    def draft(self, **values):
        """Return a draft of the administrator's about patients."""
        flow = self.workflow(subject_model='res.partner', entry_domain='[]')
        flow = flow.with_user(self.administrator)
        flow.trigger_ids.unlink()
        self.env['healthcare.workflow.trigger'].create(
            {'workflow_id': flow.id, 'kind': 'event', 'event': 'patient_created'} | values
        )
        return flow

    def refused(self, flow):
        """Say whether a listener on what happens to health records keeps it from running."""
        flow.invalidate_recordset()
        problems = [one for one in flow._get_problems() if one.code == 'bad_condition']
        if problems:
            with self.assertRaises(UserError):
                flow.action_publish()
            self.assertNotIn(
                'bad_condition',
                [one.code for one in flow.with_user(self.doctor())._get_problems()],
            )
        return bool(problems)

    def doctor(self):
        groups = 'healthcare_crm.group_clinic_administrator,healthcare_crm.group_practitioner'
        return self.env['res.users'].search([('login', '=', 'sec_doctor')]) or new_test_user(
            self.env, 'sec_doctor', groups=groups
        )

    def test_a_trigger_on_what_happens_to_health_records(self):
        self.assertFalse(self.refused(self.draft()))
        for event in ('procedure_completed', 'stage_changed'):
            with self.subTest(event=event):
                self.assertTrue(self.refused(self.draft(event=event)))

    def test_a_start_about_such_records_tells_no_more_than_that_there_are(self):
        flow = self.draft(event='procedure_completed')
        flow.subject_model = 'healthcare.procedure'
        self.assertFalse(self.refused(flow))
        flow.subject_model = 'healthcare.condition'
        self.assertTrue(self.refused(flow))

    def test_goals_exits_and_waits_for_it(self):
        flow = self.draft()
        flow.write({'has_goal': True, 'goal_event': 'procedure_completed'})
        self.assertTrue(self.refused(flow))
        flow = self.draft()
        flow.exit_ids = [Command.create({'name': "Operated", 'event': 'procedure_completed'})]
        self.assertTrue(self.refused(flow))
        flow = self.draft()
        flow.step_ids[0].write({'kind': 'wait', 'wait_for': 'event', 'wait_event': 'stage_changed'})
        self.assertTrue(self.refused(flow))

    def test_a_patients_workflow_is_not_told_that_a_health_record_was_made(self):
        an = self.patient()
        end = {'name': "End", 'kind': 'care_task', 'role': 'nurse', 'hours': 8}
        definition = {
            'schema': 1,
            'tz': 'Asia/Taipei',
            'subject': 'res.partner',
            'entry': [],
            'triggers': {'t1': {'kind': 'event', 'event': 'created'}},
            'exits': [{'name': "Ill", 'event': 'changed'}],
            'start': 'end',
            'steps': {'end': end},
        }
        flow = self.publish(definition)
        condition = self.env['healthcare.condition'].create(
            {'patient_id': an.id, 'name': "Type 2 diabetes"}
        )
        self.go(NOW)
        enrollments = self.env['healthcare.workflow.enrollment']
        mine = [('workflow_id', '=', flow.id)]
        self.assertFalse(enrollments.search(mine))
        flow.subject_model = 'res.partner'
        flow._enroll(an, 'test')
        condition.onset_date = '2029-01-01'
        self.go(NOW)
        self.assertEqual(enrollments.search(mine).mapped('state'), ['active'])

    def test_the_words_of_a_condition_name_no_record_the_reader_may_not_see(self):
        an = self.patient("Secret Person", company_id=self.env.company.id)
        condition = self.env['healthcare.condition'].create(
            {'patient_id': an.id, 'name': "Secret illness"}
        )
        flow = self.workflow(company_id=self.elsewhere.id)
        flow._publish(NOW)
        version = flow.version_id
        flow.entry_domain = str(
            [
                ('patient_id', '=', an.id),
                ('patient_id.condition_ids', 'in', condition.ids),
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        told = str(flow.with_user(self.intruder).versions_compare(version.id, False))
        self.assertNotIn("Secret", told)
        self.assertIn(str(an.id), told)

    def test_whom_it_is_about_is_a_condition_too(self):
        flow = self.workflow(subject_model='healthcare.procedure', entry_domain='[]')
        definition = flow._to_definition()
        self.assertTrue(flow.with_user(self.doctor())._reads_conditions(definition))
        self.assertFalse(flow.with_user(self.administrator)._reads_conditions(definition))

    def test_an_anonymous_simulation_does_not_tell_the_language(self):
        flow = self.workflow()
        an = self.patient(lang='vi_VN')
        self.appointment(an, start=fields.Datetime.now() + 3 * DAY)
        period = (fields.Datetime.now(), fields.Datetime.now() + 5 * DAY)
        played = flow.with_user(self.administrator)
        self.assertIn(
            'vi_VN', [line.get('lang') for line in played.simulate_play(*period)['lines']]
        )
        self.patch(type(flow), '_reads_conditions', lambda *_args: False)
        found = played.simulate_play(*period)['lines']
        self.assertTrue(found)
        self.assertEqual({line['lang'] for line in found if 'lang' in line}, {'en_US'})


@tagged('post_install', '-at_install')
class TestWorklistAttacks(ClinicsCase):
    def task(self, **values):
        given = {
            'name': "Call",
            'patient_id': self.patient().id,
            'role': 'nurse',
            'company_id': self.env.company.id,
        }
        return self.env['healthcare.care.task'].create(given | values)

    def test_the_patients_own_link_is_not_shown_to_who_calls(self):
        an = self.patient()
        visit = self.appointment(an, start=fields.Datetime.now() + DAY)
        task = self.task(
            patient_id=an.id, appointment_id=visit.id, instruction="See {cancel_link}, {clinic}."
        )
        quality = new_test_user(self.env, 'sec_quality', groups='healthcare_crm.group_quality')
        tasks = self.env['healthcare.care.task'].with_user(quality)
        (script,) = tasks.worklist_load({}, task.id)['card']['script']
        self.assertEqual(script['text'], "See https://…, Test Clinic.")

    def test_a_task_goes_to_nobody_of_another_clinic(self):
        task = self.task().with_user(self.nurse)
        with self.assertRaises(UserError):
            task.worklist_assign(self.stranger.id)
        with self.assertRaises(UserError):
            task.worklist_assign(self.env.ref('base.public_user').id)
        task.worklist_assign(self.nurse.id)
        self.assertEqual(task.user_id, self.nurse)

    def test_who_may_not_write_holds_and_assigns_nothing(self):
        quality = new_test_user(self.env, 'sec_quality', groups='healthcare_crm.group_quality')
        task = self.task().with_user(quality)
        task.worklist_load({}, task.id)
        self.assertFalse(task.sudo().held_by_id)
        for call in (
            lambda: task.worklist_assign(quality.id),
            lambda: task.worklist_postpone('hour'),
            lambda: task.worklist_finish('reached'),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_one_task_that_cannot_be_read_leaves_the_others(self):
        """A patient who went to another clinic leaves tasks behind."""
        gone = self.patient("Secret Person", company_id=self.elsewhere.id)
        self.task(patient_id=gone.id, priority='2')
        mine = self.task()
        self.env.flush_all()
        self.env.invalidate_all()
        tasks = self.env['healthcare.care.task'].with_user(self.nurse)
        found = tasks.worklist_load({'scope': 'team'}, 'next')
        self.assertIn(mine.id, [row['id'] for row in found['tasks']])
        self.assertNotIn("Secret", str(found))
        day = self.env['healthcare.my.day'].with_user(self.nurse)
        self.assertNotIn("Secret", str(day.my_day_block('tasks')))

    def test_strange_arguments_are_refused(self):
        tasks = self.env['healthcare.care.task'].with_user(self.nurse)
        task = self.task().with_user(self.nurse)
        for at in ('9999-12-31T23:59', '1-1-1', 'x', None, 5):
            with self.subTest(at=at), self.assertRaises(UserError):
                task.worklist_postpone('at', at)
        self.assertTrue(tasks.worklist_load({'search': "%' OR 1=1 --"}))


@tagged('post_install', '-at_install')
class TestSetupAttacks(ClinicsCase):
    def assistant(self, user):
        return self.env['healthcare.setup'].with_user(user)

    def share(self, **values):
        """Let the other clinic keep our hours."""
        calendar = self.env.company.resource_calendar_id
        calendar.write(values)
        self.elsewhere.resource_calendar_id = calendar
        self.env.flush_all()
        self.env.invalidate_all()
        return calendar

    def change(self, step, **values):
        assistant = self.assistant(self.intruder)
        try:
            assistant.save(step, assistant.load()['values'][step] | values)
        except UserError:  # as an access error is one
            self.env.invalidate_all()

    def test_nobody_changes_the_hours_of_another_clinic(self):
        for values in ({}, {'company_id': False}):
            with self.subTest(values=values):
                calendar = self.share(**values)
                before = (calendar.tz, len(calendar.attendance_ids))
                self.change('clinic', name="X", time_zone='Europe/Paris')
                self.change('hours', days=[[False, False, False]] * 7)
                self.assertEqual((calendar.tz, len(calendar.attendance_ids)), before)

    def test_nor_directly(self):
        calendar = self.env.company.resource_calendar_id.with_user(self.intruder)
        for call in (
            lambda: calendar.write({'tz': 'Europe/Paris'}),
            lambda: calendar.attendance_ids[:1].write({'hour_from': 1}),
            lambda: calendar.attendance_ids[:1].unlink(),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_a_branch_publishes_no_draft_of_another_clinic(self):
        branch = self.env['res.company'].create(
            {'name': "Branch", 'parent_id': self.env.company.id}
        )
        draft = (
            self.env['healthcare.workflow'].with_company(branch)._install_from_gallery('birthday')
        )
        draft.company_id = branch
        self.assistant(self.administrator).save(
            'workflows', {'items': [{'code': 'birthday', 'chosen': True}]}
        )
        self.assertEqual(draft.state, 'draft')
        own = self.env['healthcare.workflow'].search(
            [('gallery_code', '=', 'birthday'), ('company_id', '=', self.env.company.id)]
        )
        self.assertEqual(own.state, 'published')
