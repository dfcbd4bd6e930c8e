# Part of Healthcare CRM for Odoo. License LGPL-3.
"""A file in parts: each part is written on its own, and the parts make the file.

So a million lines take the memory of a few thousand, and a server that stops in between goes on
after the last part.
"""

import csv
import io
import re
import zipfile
from xml.sax.saxutils import escape

from ..importing.report import neutralize

MIME_TYPES = {
    'csv': 'text/csv',
    'xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
#: How many lines below the headers a spreadsheet can hold.
MAX_XLSX_ROWS = 1_048_575

_CELL = '<c t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>'
# What XML cannot hold, however it is written.
_NOT_XML = re.compile('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/></Relationships>'
)
_WORKBOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET_START = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft"'
    ' state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_END = '</sheetData></worksheet>'


def write_part(file_format, rows):
    """The bytes of some lines, each a list of text.

    Every cell of a spreadsheet is marked as text, which is never run. In CSV nothing is marked, so
    what would be run gets an apostrophe, which an import takes away again.
    """
    if file_format == 'xlsx':
        return ''.join(map(_xlsx_row, rows)).encode()
    buffer = io.StringIO()
    csv.writer(buffer).writerows([neutralize(cell) for cell in row] for row in rows)
    return buffer.getvalue().encode()


def _xlsx_row(row):
    cells = ''.join(
        _CELL.format(escape(_NOT_XML.sub('', cell))) if cell else '<c/>' for cell in row
    )
    return f'<row>{cells}</row>'


def write_file(file_format, parts, target, name):
    """Make the file of its parts.

    :param parts: iterable of what ``write_part`` gave, the headers first
    :param target: binary file to write to
    :param name: of the sheet
    """
    if file_format == 'csv':
        # the mark by which spreadsheets recognise UTF-8
        target.write('\ufeff'.encode())
        for part in parts:
            target.write(part)
        return
    with zipfile.ZipFile(target, 'w', zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr('[Content_Types].xml', _CONTENT_TYPES)
        relation = _RELATIONS.format(kind='officeDocument', target='xl/workbook.xml')
        archive.writestr('_rels/.rels', relation)
        sheet_name = re.sub(r'[\[\]:*?/\\]', ' ', name)[:31]
        archive.writestr(
            'xl/workbook.xml', _WORKBOOK.format(name=escape(sheet_name, {'"': '&quot;'}))
        )
        relation = _RELATIONS.format(kind='worksheet', target='worksheets/sheet1.xml')
        archive.writestr('xl/_rels/workbook.xml.rels', relation)
        with archive.open('xl/worksheets/sheet1.xml', 'w', force_zip64=True) as sheet:
            sheet.write(_SHEET_START.encode())
            for part in parts:
                sheet.write(part)
            sheet.write(_SHEET_END.encode())
