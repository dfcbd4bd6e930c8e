# Part of Healthcare CRM for Odoo. License LGPL-3.
import base64
import csv
import io
from unittest.mock import patch

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.healthcare_crm.exporting import columns, writing
from odoo.addons.healthcare_crm.importing.columns import TARGETS
from odoo.addons.healthcare_crm.models import healthcare_export

from .common import HealthcareCase

ROLES = (
    'reception',
    'call_desk',
    'nurse',
    'practitioner',
    'marketing',
    'quality',
    'privacy_officer',
    'clinic_administrator',
)
EXPORTING = {'marketing', 'privacy_officer', 'clinic_administrator'}
EVIL = '=HYPERLINK("http://x","y")'


class ExportCase(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(
                cls.env, f'export_{role}', groups=f'healthcare_crm.group_{role}', password='x' * 12
            )
            for role in ROLES
        }
        cls.tag = cls.env['res.partner.category'].create({'name': "Exported"})
        cls.patients = cls.Partner.browse()
        for number, name in enumerate(('Nguyễn Văn An', '王小明', EVIL)):
            cls.patients += cls.make_patient(
                name,
                gender='female',
                birth_date=f'1980-02-0{number + 1}',
                email=f'p{number}@example.org',
                phone=f'+8491234567{number}',
                lang='vi_VN',
                preferred_channel='call',
                country_id=cls.env.ref('base.vn').id,
                category_id=cls.tag.ids,
                occupation='teacher',
            )
        cls.env['healthcare.allergy'].create(
            {'patient_id': cls.patients[0].id, 'name': "Penicillin"}
        )
        cls.domain = repr([('category_id', '=', cls.tag.id)])

    def make(self, role='clinic_administrator', **vals):
        return (
            self.env['healthcare.export']
            .with_user(self.users[role])
            .create({'reason': "Test", 'domain': self.domain, 'file_format': 'csv', **vals})
        )

    def get_file(self, export):
        return export.sudo()._read_sealed_file('file')

    def get_lines(self, export):
        return list(csv.reader(io.StringIO(self.get_file(export).decode('utf-8-sig'))))

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm.ir_cron_healthcare_export').method_direct_trigger()
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestExport(ExportCase):
    def test_a_file_and_its_record(self):
        export = self.make(column_codes=['clinic_number', 'name', 'gender', 'birth_date', 'phone'])
        self.assertEqual(export.patient_count, 3)
        action = export.action_export()
        self.assertEqual((action['res_id'], action['target']), (export.id, 'new'))
        self.assertEqual(export.action_download()['url'], f'/healthcare/export/{export.id}')
        lines = self.get_lines(export)
        first = self.patients[0]
        self.assertEqual(lines[0][1:], ["Full name", "Gender", "Birth date", "Phone"])
        self.assertEqual(
            lines[1],
            [first.patient_number, first.name, 'Female', '1980-02-01', "'+84912345670"],
        )
        self.assertEqual(lines[3][1], "'" + EVIL)
        self.assertRecordValues(
            export,
            [
                {
                    'state': 'done',
                    'row_count': 3,
                    'user_id': self.users['clinic_administrator'].id,
                    'column_names': "Patient's number in this clinic, Full name, Gender, "
                    "Birth date, Phone",
                    'progress': 100,
                }
            ],
        )
        self.assertFalse(self.env['healthcare.export.part'].search([]))

    def test_a_spreadsheet(self):
        export = self.make(file_format='xlsx', column_codes=['name', 'phone'])
        export.action_export()
        sheet = openpyxl.load_workbook(io.BytesIO(self.get_file(export))).active
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        self.assertEqual(rows[1], ["Nguyễn Văn An", "+84912345670"])
        self.assertEqual(rows[3][0], EVIL)
        self.assertEqual(sheet['A4'].data_type, 's', "text, not a formula")

    def test_no_cell_runs(self):
        starts = [*'=+-@', '\t', '\r', *'＝＋－＠']
        rows = [[start + "1+cmd|'/c calc'!A0"] for start in starts]
        text = writing.write_part('csv', rows).decode()
        cells = [line[0] for line in csv.reader(io.StringIO(text, newline=''))]
        self.assertEqual(cells, ["'" + row[0] for row in rows])
        target = io.BytesIO()
        writing.write_file('xlsx', [writing.write_part('xlsx', rows)], target, "Patients")
        sheet = openpyxl.load_workbook(target).active
        self.assertEqual({cell.data_type for (cell,) in sheet.iter_rows()}, {'s'})
        self.assertEqual(
            [cell.value.strip() for (cell,) in sheet.iter_rows()], [row[0].strip() for row in rows]
        )

    def test_what_is_written_is_read_back(self):
        """In any language: an import takes an export without a choice to be made."""
        admin = self.users['clinic_administrator']
        for file_format, lang in (('csv', 'en_US'), ('xlsx', 'zh_TW'), ('csv', 'vi_VN')):
            self.env['res.lang']._activate_lang(lang)
            admin.lang = lang
            export = self.make(
                file_format=file_format, column_codes=[c.code for c in columns.COLUMNS][:17]
            )
            export.action_export()
            record = (
                self.env['healthcare.import']
                .with_user(admin)
                .create(
                    {
                        'file': base64.b64encode(self.get_file(export)),
                        'file_name': 'x.' + file_format,
                    }
                )
            )
            record.action_read()
            self.assertEqual(record.kind, 'patients')
            self.assertEqual(
                record.column_ids.mapped('patient_field'), export.column_codes, file_format + lang
            )
            record.action_check()
            self.assertEqual(
                (record.unchanged_count, record.problem_count),
                (3, 0),
                record.problem_ids.mapped('reason'),
            )

    def test_every_column_is_one_of_an_import(self):
        self.assertLessEqual(set(columns.BY_CODE), set(TARGETS['patients']))

    def test_who_may(self):
        for role in ROLES:
            with self.subTest(role=role):
                if role in EXPORTING:
                    self.make(role, column_codes=['name'])
                    continue
                with self.assertRaises(AccessError):
                    self.make(role, column_codes=['name'])
                with self.assertRaises(AccessError):
                    self.env['healthcare.export'].with_user(self.users[role]).search([])

    def test_health_only_for_clinical_users(self):
        with self.assertRaisesRegex(AccessError, "may not export all"):
            self.make(column_codes=['name', 'allergies'])
        nurse = self.users['nurse']
        nurse.group_ids += self.env.ref('healthcare_crm.group_patient_export')
        export = self.make('nurse', column_codes=['name', 'allergies'])
        export.action_export()
        self.assertEqual(self.get_lines(export)[1], ["Nguyễn Văn An", "Penicillin"])
        allergy = self.patients[0].allergy_ids
        allergy.verification_status = 'entered-in-error'
        export = self.make('nurse', column_codes=['name', 'allergies'])
        export.action_export()
        self.assertEqual(self.get_lines(export)[1], ["Nguyễn Văn An", ""])

    def test_marketing_gets_what_was_agreed_to(self):
        for codes in (['name', 'birth_date'], ['allergies'], ['name', 'tags']):
            with self.assertRaises(AccessError):
                self.make('marketing', column_codes=codes)
        codes = ['name', 'email', 'phone']
        export = self.make('marketing', column_codes=codes)
        export.action_export()
        self.assertEqual((export.row_count, len(self.get_lines(export))), (0, 1))
        first, second, third = self.patients
        self.make_consent(first, 'email', purpose=self.purpose_marketing)
        self.make_consent(second, 'sms', purpose=self.purpose_marketing)
        self.make_consent(third, 'email', purpose=self.purpose_reminder)
        export = self.make('marketing', column_codes=codes)
        export.action_export()
        self.assertEqual(
            self.get_lines(export)[1:],
            [[first.name, 'p0@example.org', ''], [second.name, '', "'+84912345671"]],
        )
        first.contact_blocked = True
        self.make_consent(second, 'sms', 'deny', purpose=self.purpose_marketing)
        export = self.make('marketing', column_codes=codes)
        export.action_export()
        self.assertEqual(export.row_count, 0)

    def test_marketing_learns_nothing_about_segments_or_health(self):
        segment = self.env['healthcare.segment'].create({'name': "S"})
        with self.assertRaises(AccessError):
            self.make('marketing', column_codes=['name'], segment_id=segment.id)
        for domain in (
            f"[('segment_member_ids.segment_id', '=', {segment.id})]",
            "[('allergy_ids.name', '=', 'Penicillin')]",
        ):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                self.make('marketing', column_codes=['name'], domain=domain)

    def test_hostile_arguments(self):
        for vals in (
            {'domain': '__import__("os")'},
            {'domain': "[('nonsense', '=', 1)]"},
            {'domain': '[(1'},
            {'column_codes': []},
            {'column_codes': 'name'},
        ):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                self.make(**vals)
        for codes in (['password'], [['name']], [1]):
            with self.subTest(codes=codes), self.assertRaises(AccessError):
                self.make(column_codes=codes)
        forged = self.make(state='done', row_count=9, user_id=self.env.ref('base.user_root').id)
        self.assertRecordValues(
            forged,
            [
                {
                    'state': 'draft',
                    'row_count': 0,
                    'user_id': self.users['clinic_administrator'].id,
                }
            ],
        )

    def test_the_record_stays(self):
        export = self.make()
        export.reason = "Another purpose"
        export.action_export()
        for change in (
            lambda: export.write({'reason': "No"}),
            lambda: export.write({'row_count': 1}),
            lambda: export.unlink(),
            lambda: export.action_export(),
        ):
            with self.assertRaises(UserError):
                change()
        officer = export.with_user(self.users['privacy_officer'])
        self.assertEqual(officer.row_count, 3)
        with self.assertRaises(UserError):
            officer.action_export()
        with self.assertRaises(AccessError):
            export.with_user(self.users['marketing']).read(['row_count'])

    def test_the_file_is_gone_after_a_day(self):
        export = self.make()
        export.action_export()
        self.assertTrue(self.get_file(export))
        draft = self.make()
        self.env['healthcare.export']._gc_files()
        self.assertTrue(export.has_file)
        self.env.cr.execute(
            "UPDATE healthcare_export SET started_at = started_at - interval '2 days',"
            " create_date = create_date - interval '2 days'"
        )
        self.env.invalidate_all()
        self.env['healthcare.export']._gc_files()
        self.assertFalse(self.get_file(export))
        self.assertFalse(export.has_file)
        self.assertEqual(export.row_count, 3)
        self.assertFalse(draft.exists())

    def test_large_ones_in_the_background(self):
        self.startPatcher(patch.object(healthcare_export, 'PATIENTS_AT_ONCE', 1))
        self.startPatcher(patch.object(healthcare_export, 'BATCH_SIZE', 2))
        export = self.make(column_codes=['name'])
        action = export.action_export()
        self.assertEqual((action['res_model'], export.state), (export._name, 'running'))
        original = type(export)._write_batch
        calls = []

        def write_batch(export):
            calls.append(1)
            with export.env.cr.savepoint():
                original(export)
                if len(calls) == 2:
                    raise SystemExit

        with patch.object(type(export), '_write_batch', write_batch):
            try:
                self.run_cron()
            except SystemExit:
                self.env.invalidate_all()
        self.assertEqual((export.state, export.position), ('running', 2))
        self.run_cron()
        self.assertEqual((export.state, export.row_count), ('done', 3))
        self.assertEqual(len(self.get_lines(export)), 4, "no line twice")

    def test_a_right_that_was_taken_away(self):
        self.startPatcher(patch.object(healthcare_export, 'PATIENTS_AT_ONCE', 1))
        export = self.make('marketing', column_codes=['name'])
        export.action_export()
        self.users['marketing'].group_ids = self.env.ref('healthcare_crm.group_quality')
        with mute_logger('odoo.addons.healthcare_crm.models.healthcare_export'):
            self.run_cron()
        self.assertEqual(export.sudo().state, 'failed')
        self.assertIn("not allowed", export.sudo().failure)
        self.assertFalse(self.get_file(export))

    def test_only_patients_of_the_clinic(self):
        company = self.env['res.company'].create({'name': "Other clinic"})
        self.patients[1].company_id = company
        export = self.make()
        export.action_export()
        self.assertEqual(export.row_count, 2)

    def test_the_segment(self):
        segment = self.env['healthcare.segment'].create({'name': "S", 'domain': self.domain})
        segment._refresh()
        self.patients[2].category_id = False
        export = self.make(domain='[]', segment_id=segment.id)
        export.action_export()
        self.assertEqual(export.row_count, 3)

    def test_begins_with_what_the_list_shows(self):
        Export = self.env['healthcare.export'].with_user(self.users['clinic_administrator'])
        shown = [('city', '=', 'Taipei')]
        context = {'active_model': 'res.partner', 'active_domain': shown, 'active_ids': []}
        self.assertEqual(Export.with_context(**context).new({}).domain, repr(shown))
        context['active_ids'] = [3, 5]
        self.assertEqual(Export.with_context(**context).new({}).domain, "[('id', 'in', [3, 5])]")

    def test_odoos_own_export(self):
        group = self.env.ref('base.group_allow_export')
        for role in ('reception', 'marketing'):
            user = self.users[role]
            with self.assertRaises(UserError):
                self.patients.with_user(user).export_data(['name'])
            user.group_ids += group
            with self.assertRaises(AccessError):
                self.patients.with_user(user).export_data(['name'])
        admin = self.users['clinic_administrator']
        admin.group_ids += group
        self.patients.with_user(admin).export_data(['name', 'phone'])
        export = self.env['healthcare.export'].search([], limit=1)
        self.assertRecordValues(
            export, [{'row_count': 3, 'column_names': 'name, phone', 'user_id': admin.id}]
        )
        with self.assertRaises(AccessError):
            self.patients.with_user(admin).export_data(['allergy_ids/name'])

    def test_which_roles_have_odoos_own_export(self):
        for role in ROLES:
            self.assertFalse(self.users[role].has_group('base.group_allow_export'), role)


@tagged('post_install', '-at_install')
class TestExportDownload(ExportCase, HttpCase):
    def test_only_by_whoever_asked(self):
        export = self.make()
        export.action_export()
        url = f'/healthcare/export/{export.id}'
        self.authenticate('export_clinic_administrator', 'x' * 12)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn('attachment', response.headers['Content-Disposition'])
        self.assertTrue(response.content.startswith('\ufeff'.encode()))
        for path in (
            f'/web/content/healthcare.export/{export.id}/file',
            '/healthcare/export/999999999',
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)
        self.authenticate('export_privacy_officer', 'x' * 12)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate('export_clinic_administrator', 'x' * 12)
        self.users['clinic_administrator'].group_ids = self.env.ref(
            'healthcare_crm.group_reception'
        )
        self.assertEqual(self.url_open(url).status_code, 404)
