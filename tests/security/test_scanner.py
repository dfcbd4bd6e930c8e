"""What looks for markers finds each that is planted."""

import base64
import gzip
import io
import json
import logging
import time
import zipfile
import zlib

from odoo.tests import TransactionCase, tagged
from odoo.tools import config

from . import scanner


@tagged('post_install', '-at_install')
class TestScanner(TransactionCase):
    def setUp(self):
        super().setUp()
        self.marker = scanner.new_marker()

    def find(self):
        self.env.flush_all()
        return {found.where for found in scanner.find_rows(self.env.cr, self.marker)}

    def test_nothing_is_found_where_nothing_is(self):
        self.assertEqual(scanner.find_rows(self.env.cr, self.marker), [])

    def test_every_kind_of_column(self):
        coded = base64.b64encode(f'xy {self.marker} z'.encode()).decode()
        partner = self.env['res.partner'].create({'name': self.marker, 'comment': coded})
        self.env.cr.execute(
            """
            CREATE TABLE a_planted_table (
                a text, b jsonb, c bytea, d varchar[], e json, f xml, g bytea
            );
            INSERT INTO a_planted_table VALUES (%s, %s, %s, %s, %s, %s, %s)
            """,
            [
                self.marker.lower(),
                json.dumps({'deep': [{'down': self.marker}]}),
                self.marker.encode('utf-16-le'),
                ['x', self.marker],
                json.dumps([self.marker]),
                f'<a>{self.marker}</a>',
                gzip.compress(self.marker.encode()),
            ],
        )
        found = self.find()
        self.assertTrue({f'a_planted_table.{name}' for name in 'abcdefg'} <= found, found)
        self.assertTrue({'res_partner.name', 'res_partner.comment'} <= found, found)
        (one,) = [
            one for one in scanner.find_rows(self.env.cr, self.marker) if one.column == 'comment'
        ]
        self.assertEqual(one.key, str(partner.id))

    def test_files(self):
        since = time.time() - 2
        folder = config.filestore(self.env.cr.dbname)
        self.env['ir.attachment'].create({'name': 'x', 'raw': b'nothing at all'})
        self.assertEqual(scanner.find_files(folder, self.marker, since), [])
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr('sheet.xml', f'<c>{self.marker}</c>')
        contents = [
            f'see {self.marker}'.encode(),
            packed.getvalue(),
            b'%PDF-1.7 stream\n' + zlib.compress(self.marker.encode()) + b'\nendstream',
            base64.b64encode(packed.getvalue()),
        ]
        attachments = self.env['ir.attachment'].create(
            [{'name': 'x', 'raw': content} for content in contents]
        )
        found = {one.key for one in scanner.find_files(folder, self.marker, since)}
        self.assertEqual(found, set(attachments.mapped('store_fname')))

    def test_log(self):
        logger = logging.getLogger('odoo.addons.test_scanner')
        with scanner.LogWatch() as log:
            logger.info("said %s", self.marker)
            try:
                raise ValueError(self.marker)
            except ValueError:
                logger.info("failed", exc_info=True)
        self.assertEqual(len(log.find(self.marker)), 2)
