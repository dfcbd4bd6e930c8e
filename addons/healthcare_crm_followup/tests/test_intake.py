from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, Form, new_test_user, tagged

from ..intake import answers as intake
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestIntakeAnswers(BaseCase):
    def test_rows(self):
        for text, found in (
            ("Penicillin\npeanuts", ["Penicillin", "peanuts"]),
            ("花生、蝦；盤尼西林", ["花生", "蝦", "盤尼西林"]),
            ("Tôm, cua, tôm", ["Tôm", "cua"]),
            ("none", []),
            ("None.", []),
            ("無", []),
            ("没有。", []),
            ("không có", []),
            ("Nonesuch", ["Nonesuch"]),
            (" \n,;", []),
            ("", []),
            (None, []),
            ("x" * 500, ["x" * 100]),
            ("\n".join(f"a{n}" for n in range(50)), [f"a{n}" for n in range(20)]),
        ):
            with self.subTest(text=text):
                self.assertEqual(intake.rows(text), found)


@tagged('post_install', '-at_install')
class TestIntake(FollowupCase):
    """The answers of a form land in fields."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ('zh_TW', 'zh_CN', 'vi_VN'):
            cls.env['res.lang']._activate_lang(code)
        cls.admin = new_test_user(
            cls.env, 'intake_admin', groups='healthcare_crm.group_clinic_administrator'
        )
        action = cls.env['survey.survey'].with_user(cls.admin).open_new_patient_form()
        cls.form = cls.env['survey.survey'].browse(action['res_id'])

    def question(self, target):
        return self.form.question_ids.filtered(lambda one: one.patient_field == target)

    def fill_in(self, patient, **answers):
        """Let the patient answer; choices by their code."""
        filled = self.form.sudo()._create_answer(partner=patient)
        filled._mark_in_progress()
        for target, answer in answers.items():
            question = self.question(target)
            if question.question_type == 'simple_choice':
                chosen = question.suggested_answer_ids
                answer = chosen.filtered(lambda one, code=answer: one.patient_value == code).id
            filled._save_lines(question, answer)
        filled._mark_done()
        self.env.flush_all()
        return filled

    def decisions(self, patient):
        return self.tasks(patient).filtered(
            lambda task: (task.idempotency_key or '').endswith('intake')
        )

    def test_empty_fields_are_filled(self):
        patient = self.patient(phone=False, email=False)
        self.fill_in(
            patient,
            birth_date='1991-04-18',
            gender='female',
            phone='0912 345 678',
            email='lan@example.org',
            street="12 Lê Lợi",
            city="Huế",
            preferred_channel='sms',
            occupation="Teacher",
            member_number='HC123',
            allergy="Penicillin\ntôm, cua",
            condition="Diabetes",
        )
        self.assertRecordValues(
            patient,
            [
                {
                    'birth_date': fields.Date.to_date('1991-04-18'),
                    'gender': 'female',
                    'email': 'lan@example.org',
                    'street': "12 Lê Lợi",
                    'city': "Huế",
                    'preferred_channel': 'sms',
                    'occupation': "Teacher",
                }
            ],
        )
        self.assertTrue(patient.phone.endswith('912345678'))
        self.assertEqual(set(patient.allergy_ids.mapped('name')), {"Penicillin", "tôm", "cua"})
        self.assertEqual(set(patient.allergy_ids.mapped('verification_status')), {'unconfirmed'})
        self.assertEqual(patient.condition_ids.verification_status, 'provisional')
        self.assertRecordValues(
            patient.coverage_ids, [{'status': 'draft', 'member_number': 'HC123'}]
        )
        self.assertFalse(self.decisions(patient))

    def test_what_differs_is_for_people(self):
        patient = self.patient(email='old@example.org', occupation="Nurse", birth_date='1991-04-18')
        self.fill_in(
            patient, email='new@example.org', occupation=" nurse ", birth_date='1991-04-19'
        )
        self.assertEqual((patient.email, patient.occupation), ('old@example.org', "Nurse"))
        self.assertEqual(str(patient.birth_date), '1991-04-18')
        task = self.decisions(patient)
        self.assertEqual(len(task), 1)
        self.assertIn('new@example.org', task.note)
        self.assertIn('1991-04-19', task.note)
        self.assertNotIn('nurse', task.note)
        self.assertEqual((task.role, task.task_type), ('reception', 'check'))

    def test_nothing_is_entered_twice(self):
        patient = self.patient()
        patient.allergy_ids = [(0, 0, {'name': "PENICILLIN"})]
        self.fill_in(patient, allergy="penicillin\nNone", member_number='A100000001')
        self.assertEqual(patient.allergy_ids.mapped('name'), ["PENICILLIN"])
        self.fill_in(patient, allergy="none", member_number='a100000001')
        self.assertEqual(len(patient.coverage_ids), 1)
        self.assertFalse(self.decisions(patient))
        self.fill_in(patient, member_number='B200000002')
        self.assertEqual(patient.coverage_ids.member_number, 'A100000001')
        self.assertIn('B20****002', self.decisions(patient).note)

    def test_wrong_answers_are_refused_with_a_sentence(self):
        for target, wrong, right in (
            ('phone', '12', '+84 912 345 678'),
            ('email', 'nobody', 'a@example.org'),
            ('email', 'a@b.example, c@d.example', 'a@example.org'),
            ('birth_date', '0001-01-01', '1990-01-01'),
            ('birth_date', '2999-01-01', '1990-01-01'),
        ):
            question = self.question(target)
            with self.subTest(target=target, wrong=wrong):
                errors = question.validate_question(wrong)
                self.assertEqual(list(errors), [question.id])
                self.assertTrue(errors[question.id].endswith('.'))
                self.assertFalse(question.validate_question(right))

    def test_what_the_record_refuses_is_for_people(self):
        patient = self.patient(email=False)
        filled = self.form.sudo()._create_answer(partner=patient)
        # past the form's own check
        filled._save_lines(self.question('email'), 'no address')
        filled._save_lines(self.question('occupation'), 'Cook')
        filled._mark_done()
        self.assertFalse(patient.email)
        self.assertEqual(patient.occupation, "Cook")
        self.assertIn('no address', self.decisions(patient).note)

    def test_nobody_but_patients_and_no_tests(self):
        contact = self.env['res.partner'].create({'name': "No patient"})
        self.fill_in(contact, city="Huế")
        self.assertFalse(contact.city)
        patient = self.patient()
        filled = self.form.sudo()._create_answer(partner=patient, test_entry=True)
        filled._save_lines(self.question('occupation'), "Cook")
        filled._mark_done()
        self.assertFalse(patient.occupation)

    def test_form_in_four_languages_once(self):
        again = self.env['survey.survey'].with_user(self.admin).open_new_patient_form()
        self.assertEqual(again['res_id'], self.form.id)
        self.assertEqual(self.form.with_context(lang='zh_TW').title, "初診資料表")
        self.assertIn("三分鐘", self.form.with_context(lang='zh_TW').description)
        gender = self.question('gender').with_context(lang='vi_VN')
        self.assertEqual(gender.title, "Giới tính")
        self.assertEqual(gender.suggested_answer_ids[0].value, "Nữ")

    def test_who_says_where_answers_go(self):
        survey_user = new_test_user(
            self.env, 'intake_survey', groups='base.group_user,survey.group_survey_user'
        )
        question = self.question('occupation')
        with self.assertRaises(AccessError):
            question.with_user(survey_user).patient_field = 'email'
        with self.assertRaises(AccessError):
            self.env['survey.survey'].with_user(survey_user).open_new_patient_form()
        both = new_test_user(
            self.env,
            'intake_both',
            groups='healthcare_crm.group_clinic_administrator,survey.group_survey_user',
        )
        question.with_user(both).patient_field = 'city'
        self.assertEqual(question.patient_field, 'city')
        with Form(question.with_user(survey_user)) as form:
            form.title = "Which town?"
