import re
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..engine.steps import STEP_KINDS
from .common import FollowupCase

TEXTS = {'email': {'subject': {'en_US': "Hello"}, 'body': {'en_US': "{survey_link}"}}}


class SurveyCase(FollowupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey = cls.env['survey.survey'].create(
            {
                'title': "After your visit",
                'access_mode': 'token',
                'lang_ids': False,
                'scoring_type': 'scoring_without_answers',
                'questions_layout': 'one_page',
                'question_and_page_ids': [
                    Command.create(
                        {
                            'title': "How bad is the pain?",
                            'question_type': 'simple_choice',
                            'suggested_answer_ids': [
                                Command.create({'value': "None", 'answer_score': 1}),
                                Command.create(
                                    {
                                        'value': "Unbearable",
                                        'answer_score': 10,
                                        'is_red_flag': True,
                                    }
                                ),
                            ],
                        }
                    )
                ],
            }
        )
        cls.question = cls.survey.question_ids
        cls.none, cls.unbearable = cls.question.suggested_answer_ids

    def invite(self, *patients, **values):
        """Send each patient the survey; return their empty answers."""
        visits = [self.appointment(patient) for patient in patients]
        step = {
            'kind': 'survey',
            'name': "How are you?",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': TEXTS,
            'survey': self.survey.id,
        }
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'UTC',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -1, 'unit': 'days'}
                },
                'start': 'q',
                'steps': {'q': step | values, 'e': {'kind': 'end', 'name': "End"}},
            }
        )
        self.go(visits[0].start - timedelta(days=1))
        answers = self.env['survey.user_input'].search([('survey_id', '=', self.survey.id)])
        by_patient = {one.partner_id: one for one in answers}
        return [by_patient.get(patient) for patient in patients]

    def answer(self, answers, chosen):
        answers._mark_in_progress()
        answers._save_lines(self.question, chosen.id)
        answers._mark_done()


@tagged('post_install', '-at_install')
class TestSurveys(SurveyCase):
    def test_the_invitation_belongs_to_the_visit_and_to_its_message(self):
        patient = self.patient(lang='zh_TW')
        (answers,) = self.invite(patient)
        token = patient.enrollment_ids.token_ids
        self.assertEqual(answers.enrollment_id, patient.enrollment_ids)
        self.assertEqual((answers.step_key, answers.visit), (token.step_key, token.visit))
        self.assertEqual(answers.lang_id.code, 'zh_TW')
        self.assertEqual(answers.predefined_question_ids, self.question)
        message = self.ledger(patient)
        self.assertEqual(message.survey_input_id, answers)
        self.assertIn(answers.access_token, self.sent[0].body)

    def test_a_survey_that_is_not_in_the_patients_language_comes_in_its_own(self):
        self.survey.lang_ids = self.env.ref('base.lang_en')
        (answers,) = self.invite(self.patient(lang='zh_TW'))
        self.assertFalse(answers.lang_id)

    def test_what_becomes_of_the_message_is_no_answer(self):
        patient = self.patient()
        (answers,) = self.invite(patient)
        events = self.env['healthcare.workflow.event']
        for outcome in ('delivered', 'opened'):
            events._answered(self.ledger(patient), outcome)
        self.answer(answers, self.none)
        self.go(self.ledger(patient).date)
        left = patient.enrollment_ids.log_ids.filtered(lambda line: line.kind == 'left')
        self.assertEqual(left.outcome, 'answered')

    def test_an_invitation_that_failed_leaves_by_its_arrow(self):
        patient = self.patient()
        self.invite(patient, next={'failed': 'e'})
        self.env['healthcare.workflow.event']._answered(self.ledger(patient), 'failed')
        self.go(self.ledger(patient).date)
        self.assertEqual(patient.enrollment_ids.log_ids[1].outcome, 'failed')

    def test_a_red_flag_wakes_the_engine_and_opens_an_urgent_task_at_once(self):
        patient, other = self.patient(), self.patient("Binh Tran")
        answers, others = self.invite(patient, other)
        cron = self.env.ref('healthcare_crm_followup.ir_cron_tick')
        triggers = self.env['ir.cron.trigger']
        triggers.search([('cron_id', '=', cron.id)]).unlink()
        self.answer(answers, self.unbearable)
        self.answer(others, self.none)
        task = self.tasks(patient)
        self.assertEqual((task.role, task.priority, task.state), ('nurse', '2', 'requested'))
        self.assertEqual(task.note, "How bad is the pain?: Unbearable")
        self.assertEqual(task.appointment_id.patient_id, patient)
        self.assertFalse(self.tasks(other))
        self.assertTrue(answers.is_red_flag)
        self.assertFalse(others.is_red_flag)
        self.assertTrue(triggers.search([('cron_id', '=', cron.id)]))
        kinds = self.env['healthcare.workflow.event'].search([('patient_id', '=', patient.id)])
        self.assertIn('survey_red_flag', kinds.mapped('kind'))

    def test_a_patient_who_answers_outside_a_workflow_is_a_red_flag_too(self):
        patient = self.patient()
        answers = self.survey._create_answer(partner=patient)
        self.answer(answers, self.unbearable)
        self.assertEqual(self.tasks(patient).priority, '2')

    def test_who_takes_the_way_of_complaints_complains(self):
        patients = self.patient(), self.patient("Binh Le")
        way = {'outcome': 'complaint', 'name': "Complains", 'answer': self.none.id}
        good, bad = self.invite(*patients, ways=[way])
        self.answer(good, self.unbearable)
        self.answer(bad, self.none)
        told = self.env['healthcare.workflow.event'].search([('kind', '=', 'complaint_received')])
        self.assertEqual(
            [(one.subject_model, one.patient_id) for one in told], [('res.partner', patients[1].id)]
        )

    def test_a_tryout_of_the_survey_and_a_stranger_open_nothing(self):
        before = self.env['healthcare.care.task'].search_count([])
        stranger = self.env['res.partner'].create({'name': "Visitor"})
        self.answer(self.survey._create_answer(partner=stranger), self.unbearable)
        tryout = self.survey._create_answer(
            user=self.env.ref('base.user_admin'), test_entry=True, partner=self.patient()
        )
        self.answer(tryout, self.unbearable)
        self.assertEqual(self.env['healthcare.care.task'].search_count([]), before)

    def test_nobody_forges_whose_answers_they_are(self):
        (answers,) = self.invite(self.patient())
        user = new_test_user(
            self.env,
            'test_survey_user',
            groups='survey.group_survey_manager,healthcare_crm.group_nurse',
        )
        for field in ('enrollment_id', 'step_key', 'visit', 'is_red_flag'):
            with self.subTest(field=field), self.assertRaises(AccessError):
                answers.with_user(user).write({field: False})

    def test_problems_of_the_survey(self):
        def found(**values):
            step = {'kind': 'survey', 'survey': self.survey.id} | values
            problems = STEP_KINDS['survey'].check(step, {}, self.env['healthcare.workflow'])
            return [(path, code) for path, code, *_rest in problems]

        score = [{'outcome': 'way1', 'score': {'min': 1}}]
        self.assertEqual(found(ways=score), [])
        self.assertEqual(found(ways=[{'outcome': 'way1', 'answer': self.none.id}]), [])
        other = self.survey.copy()
        theirs = other.question_ids.suggested_answer_ids[0].id
        self.assertEqual(
            found(ways=[{'outcome': 'way1', 'answer': theirs}]),
            [('ways/0/answer', 'survey_other_answer')],
        )
        self.survey.write(
            {
                'scoring_type': 'no_scoring',
                'users_login_required': True,
                'access_mode': 'public',
            }
        )
        self.assertEqual(
            found(ways=score),
            [
                ('survey', 'survey_login'),
                ('survey', 'survey_public'),
                ('survey', 'survey_no_score'),
            ],
        )
        self.survey.action_archive()
        self.assertEqual(found(), [('survey', 'empty_survey')])

    def test_a_closed_survey_invites_nobody_and_is_an_incident(self):
        patient = self.patient()
        self.survey.action_archive()
        self.assertEqual(self.invite(patient), [None])
        self.assertFalse(self.ledger(patient))
        self.assertEqual(patient.enrollment_ids.log_ids[0].kind, 'retry')


@tagged('post_install', '-at_install')
class TestSurveyPages(SurveyCase, HttpCase):
    """The link works without a login, and opens nobody else's answers."""

    def test_the_link_in_the_message(self):
        patient, other = self.patient(), self.patient("Binh Tran")
        mine, theirs = self.invite(patient, other)
        self.answer(theirs, self.unbearable)
        self.env.flush_all()
        link = re.search(r'https?://\S+', self.sent[0].body).group()
        path = '/survey/' + link.split('/survey/', 1)[1]
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn('After your visit', page.text)
        survey = self.survey.access_token
        # another's answers need another's token
        for guess in ('', '?answer_token=', f'?answer_token={mine.access_token[:-1]}x'):
            for what in ('start', 'print'):
                with self.subTest(what=what, guess=guess):
                    page = self.url_open(f'/survey/{what}/{survey}{guess}')
                    self.assertNotIn('Unbearable', page.text)
        printed = self.url_open(f'/survey/print/{survey}?answer_token={mine.access_token}')
        self.assertNotIn('Binh Tran', printed.text)
        count = self.env['survey.user_input'].search_count([('survey_id', '=', self.survey.id)])
        self.assertEqual(count, 2, "no page makes answers of its own")
