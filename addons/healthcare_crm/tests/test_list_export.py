# Part of Healthcare CRM for Odoo. License LGPL-3.
import csv
import io
import json

import openpyxl

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm.importing.report import neutralize
from odoo.addons.healthcare_crm.importing.rows import unescape

STARTS = '=+-@\t\r\n＝＋－＠'
EVIL = [f"{start}cmd|' /C calc'!A0" for start in STARTS] + [
    '{=1+1}',
    'http://evil.example',
    'external:c:\\x.xls',
    'internal:Sheet1!A1',
]


@tagged('post_install', '-at_install')
class TestListExport(HttpCase):
    """No file that leaves runs anything in a spreadsheet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, 'csv_user', groups='base.group_user,base.group_allow_export,base.group_system'
        )
        cls.records = cls.env['res.country.state'].create(
            [
                {'name': name, 'code': f'X{at}', 'country_id': cls.env.ref('base.tw').id}
                for at, name in enumerate(EVIL)
            ]
        )

    def export(self, file_format, groupby=(), label='Name'):
        self.authenticate(self.user.login, None)
        data = {
            'model': 'res.country.state',
            'fields': [{'name': 'name', 'label': label, 'type': 'char'}],
            'ids': self.records.ids,
            'domain': [],
            'groupby': list(groupby),
            'import_compat': False,
            'context': {},
        }
        answer = self.url_open(
            f'/web/export/{file_format}',
            data={'data': json.dumps(data), 'csrf_token': http.Request.csrf_token(self)},
        )
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def read_xlsx(self, content):
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]

    def assert_text(self, cells):
        for cell in cells:
            self.assertNotEqual(cell.data_type, 'f', cell.value)
            self.assertIsNone(cell.hyperlink, cell.value)

    def test_csv(self):
        rows = list(csv.reader(io.StringIO(self.export('csv', label='=1+1').decode(), newline='')))
        cells = [row[0] for row in rows]
        self.assertEqual(cells[0], "'=1+1")
        self.assertEqual(len(cells), len(EVIL) + 1)
        for cell in cells:
            self.assertFalse(cell.startswith(tuple(STARTS)), cell)

    def test_xlsx(self):
        for groupby in ((), ('name',)):
            with self.subTest(groupby=groupby):
                cells = self.read_xlsx(self.export('xlsx', groupby, label='=1+1'))
                self.assertGreater(len(cells), len(EVIL))
                self.assert_text(cells)

    def test_pivot(self):
        self.authenticate(self.user.login, None)
        table = {
            'title': 'Table',
            'model': 'res.partner',
            'measure_count': 1,
            'origin_count': 1,
            'col_group_headers': [[{'title': evil, 'width': 1, 'height': 1} for evil in EVIL]],
            'measure_headers': [{'title': evil, 'is_bold': False} for evil in EVIL],
            'rows': [
                {
                    'title': evil,
                    'indent': 0,
                    'values': [
                        {'value': evil},
                        {'value': evil, 'is_bold': True},
                        {'value': -5},
                        {'value': 3.5},
                    ],
                }
                for evil in EVIL
            ],
        }
        answer = self.url_open(
            '/web/pivot/export_xlsx',
            data={'data': json.dumps(table), 'csrf_token': http.Request.csrf_token(self)},
        )
        cells = self.read_xlsx(answer.content)
        self.assert_text(cells)
        self.assertIn(-5, [cell.value for cell in cells], "a number stays a number")
        self.assertIn(3.5, [cell.value for cell in cells])

    def test_numbers_stay_numbers(self):
        rates = self.env['res.currency.rate'].create(
            {'name': '2031-01-01', 'rate': 0.25, 'currency_id': self.env.ref('base.VND').id}
        )
        self.authenticate(self.user.login, None)
        data = {
            'model': rates._name,
            'fields': [{'name': 'rate', 'label': 'Rate', 'type': 'float'}],
            'ids': rates.ids,
            'domain': [],
            'import_compat': False,
        }
        answer = self.url_open(
            '/web/export/xlsx',
            data={'data': json.dumps(data), 'csrf_token': http.Request.csrf_token(self)},
        )
        self.assertIn(0.25, [cell.value for cell in self.read_xlsx(answer.content)])

    def test_ours(self):
        for evil in EVIL[: len(STARTS)]:
            with self.subTest(cell=evil):
                self.assertFalse(neutralize(evil).startswith(tuple(STARTS)))
                self.assertEqual(unescape(neutralize(evil)), evil)
