from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestConditionCodes(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Code = cls.env['healthcare.condition.code']
        cls.diabetes = cls.env.ref('healthcare_crm.condition_code_e11_9')

    def found(self, words, **context):
        """Return the codes somebody finds who types ``words``."""
        codes = self.Code.with_context(**context)
        ids = [one for one, _name in codes.name_search(words, limit=50)]
        return set(self.Code.browse(ids).mapped('code'))

    def test_found_by_code_and_by_words(self):
        self.env['res.lang']._activate_lang('zh_TW')
        self.diabetes.with_context(lang='zh_TW').name = "第二型糖尿病"
        for words, context in (
            ("E11", {}),
            ("e11.9", {}),
            ("diab", {}),
            ("type 2 diabetes", {}),
            ("diabetes 2", {}),
            ("糖尿病", {'lang': 'zh_TW'}),
            ("diab", {'lang': 'zh_TW'}),
        ):
            with self.subTest(words=words):
                self.assertIn('E11.9', self.found(words, **context))
        self.assertNotIn('E11.9', self.found("E10"))
        self.assertNotIn('E11.9', self.found("diabetes eye"))
        self.assertIn('E11.3', self.found("diabetes eye"))

    def test_what_it_is_called(self):
        self.assertEqual(self.diabetes.display_name, "E11.9 Type 2 diabetes")
        short = self.diabetes.with_context(only_code=True)
        self.assertEqual(short.display_name, 'E11.9')
        choosing = short.with_context(formatted_display_name=True)
        self.assertEqual(choosing.display_name, "E11.9 Type 2 diabetes")

    def test_written_as_icd_10_writes_it(self):
        code = self.Code.create({'code': 'k210', 'name': "Reflux with inflammation"})
        self.assertEqual((code.code, code.chapter), ('K21.0', '11'))
        with self.assertRaisesRegex(ValidationError, "“DIABETES” is not written as a code"):
            self.Code.create({'code': 'diabetes', 'name': "Diabetes"})
        with self.assertRaises(ValidationError):
            self.diabetes.code = '11'
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.Code.create({'code': ' e119', 'name': "Again"})

    def test_imported_by_the_list(self):
        """A clinic's own list: a file with the columns code and name."""
        rows = "code,name\nk210,Reflux with inflammation\nX99.9,Something\n"
        wizard = self.env['base_import.import'].create(
            {
                'res_model': 'healthcare.condition.code',
                'file': rows.encode(),
                'file_name': 'codes.csv',
                'file_type': 'text/csv',
            }
        )
        options = {'quoting': '"', 'separator': ',', 'has_headers': True}
        result = wizard.execute_import(['code', 'name'], ['code', 'name'], options)
        self.assertFalse(result['messages'])
        self.assertEqual(self.found("K21.0"), {'K21.0'})
        wizard.file = b"code,name\nreflux,Reflux\n"
        result = wizard.execute_import(['code', 'name'], ['code', 'name'], options)
        self.assertIn("not written as a code of ICD-10", result['messages'][0]['message'])

    def test_who_changes_the_list(self):
        nurse = self.make_user('nurse')
        self.assertTrue(self.diabetes.with_user(nurse).name)
        with self.assertRaises(AccessError):
            self.diabetes.with_user(nurse).name = "Sugar"
        self.diabetes.with_user(self.make_user('clinic_administrator')).name = "Diabetes, type 2"

    def test_a_condition_takes_code_and_words_from_the_list(self):
        patient = self.make_patient()
        Condition = self.env['healthcare.condition'].with_user(self.make_user('nurse'))
        chosen = Condition.create({'patient_id': patient.id, 'code_id': self.diabetes.id})
        self.assertRecordValues(
            chosen, [{'code': 'E11.9', 'name': "Type 2 diabetes", 'course': 'chronic'}]
        )
        written = Condition.create(
            {'patient_id': patient.id, 'code': 'e119', 'name': "Sugar since 2010"}
        )
        self.assertRecordValues(
            written, [{'code_id': self.diabetes.id, 'name': "Sugar since 2010"}]
        )
        written.code = 'I10'
        self.assertRecordValues(
            written,
            [
                {
                    'code_id': self.env.ref('healthcare_crm.condition_code_i10').id,
                    'name': "Sugar since 2010",
                }
            ],
        )
        written.code = 'X98.7'
        self.assertFalse(written.code_id, "no such code on the list")
        own = Condition.create({'patient_id': patient.id, 'name': "Tired"})
        self.assertEqual((own.name, own.code, own.course), ("Tired", False, False))
