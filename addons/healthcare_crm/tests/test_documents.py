import base64

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .common import HealthcareCase

PDF = base64.b64encode(b'%PDF-1.4 secret')


class DocumentCase(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.env['healthcare.document'].create(
            {
                'patient_id': cls.make_patient(company_id=cls.company.id).id,
                'name': "Blood count",
                'file': PDF,
                'file_name': 'blood.pdf',
            }
        )
        cls.env.flush_all()
        cls.attachment = cls.env['ir.attachment'].search(
            [
                ('res_model', '=', 'healthcare.document'),
                ('res_id', '=', cls.document.id),
                ('res_field', '=', 'file_sealed'),
            ]
        )


@tagged('post_install', '-at_install')
class TestDocuments(DocumentCase):
    def test_the_file_is_for_those_who_treat(self):
        self.assertEqual(len(self.attachment), 1)
        nurse = self.make_user('nurse')
        self.assertEqual(self.document.with_user(nurse).file, PDF)
        # the attachment holds the sealed content, which is nobody's
        self.assertFalse(self.attachment.with_user(nurse).has_access('read'))
        self.assertNotIn(base64.b64decode(PDF), self.attachment.raw)
        self.assertFalse(self.attachment.index_content)

    def test_nobody_else_reads_it_by_the_number_of_its_attachment(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        others = [
            self.make_user(role)
            for role in (
                'reception',
                'call_desk',
                'marketing',
                'quality',
                'privacy_officer',
                'clinic_administrator',
            )
        ]
        others += [
            self.make_user(),
            self.make_user('nurse', 'stranger', company_id=elsewhere.id, company_ids=elsewhere.ids),
        ]
        for user in others:
            self.env.invalidate_all()
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.attachment.with_user(user).read(['datas'])
                self.assertFalse(
                    self.env['ir.attachment']
                    .with_user(user)
                    .search([('id', '=', self.attachment.id), ('res_field', '!=', False)])
                )
                with self.assertRaises(AccessError):
                    self.document.with_user(user).read(['file'])


@tagged('post_install', '-at_install')
class TestDocumentAddress(DocumentCase, HttpCase):
    def test_the_address_of_the_file(self):
        self.make_user('nurse', 'test-nurse-files', password='test-nurse-files')
        self.make_user('reception', 'test-desk-files', password='test-desk-files')
        # what is in the attachment is sealed, and nobody's
        sealed = f'/web/content/{self.attachment.id}'
        address = f'/web/content/healthcare.document/{self.document.id}/file'
        for login, status in (
            ('test-nurse-files', 200),
            ('test-desk-files', 404),
            (None, 404),
        ):
            self.authenticate(login, login)
            with self.subTest(login=login):
                response = self.url_open(address)
                self.assertEqual(response.status_code, status)
                self.assertEqual(b'secret' in response.content, status == 200)
                self.assertEqual(self.url_open(sealed).status_code, 404)
