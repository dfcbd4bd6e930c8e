import csv
import io
import tempfile
from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm.models import healthcare_import
from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots


@tagged('post_install', '-at_install')
class TestImportTours(HttpCase, FollowupCase):
    """A clinic administrator brings a file of patients in, and takes one out."""

    def setUp(self):
        super().setUp()
        self.administrator = new_test_user(
            self.env,
            'importing',
            groups='healthcare_crm.group_clinic_administrator',
            name="Main Administrator",
            lang='en_US',
            tz='Asia/Taipei',
        )
        self.env.company.country_id = self.env.ref('base.tw')
        self.system = self.env.ref('healthcare_crm.identifier_system_import')
        self.system.name = "Former system"

    def use(self, path, tour, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login='importing', timeout=120)
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()

    def work_meanwhile(self):
        """Let the scheduled action do one batch each time the page looks how far it has come."""
        Import = self.env.registry['healthcare.import']
        original = Import.web_read

        def web_read(records, specification):
            if any(record.state == 'running' for record in records):
                records.sudo().with_context({})._cron_run()
            return original(records, specification)

        # a page that reads gets no cursor to write with otherwise
        web_read._readonly = False
        self.startPatcher(patch.object(Import, 'web_read', web_read))
        self.startPatcher(patch.object(healthcare_import, 'BATCH_SIZE', 20))
        self.startPatcher(patch.object(healthcare_import, 'CALL_SECONDS', 0))

    def test_bring_in(self):
        known = self.patient(
            "Tour Known",
            birth_date='1961-05-14',
            gender='male',
            phone='+886934567890',
            email='known@example.org',
        )
        self.work_meanwhile()
        self.use(
            '/odoo/imports',
            'healthcare_import',
            *('import-1-file', 'import-2-columns', 'import-3-check', 'import-4-lines'),
            *('import-5-progress', 'import-6-done'),
        )
        record = self.env['healthcare.import'].search([('file_name', '=', 'patients.csv')])
        self.assertEqual(record.state, 'done')
        counts = (record.row_count, record.created_count, record.linked_count, record.error_count)
        self.assertEqual(counts, (60, 58, 1, 1))
        self.assertEqual(record.mapping_id.name, "Former system")
        self.assertIn('A3', known.identifier_ids.mapped('value'))
        lines = list(csv.reader(io.StringIO(record._write_report().decode('utf-8-sig'))))
        self.assertEqual(lines[0][3:5], ['Former no.', 'Full name'])
        self.assertEqual(
            [line[4] for line in lines[1:]], ["Chen Wei-Ting", "Wu Chia-Hao", "Phạm Văn Đức"]
        )

    def test_take_out(self):
        self.use('/odoo/patients', 'healthcare_export', 'export-1-columns', 'export-2-ready')
        export = self.env['healthcare.export'].search([('user_id', '=', self.administrator.id)])
        self.assertEqual(export.state, 'done')
        self.assertTrue(export.row_count)
        self.assertIn('street', export.column_codes)
