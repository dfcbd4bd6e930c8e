# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Files as clinics really send them: read right, or refused with a sentence. No database."""

import datetime
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlwt
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from odoo.addons.healthcare_crm.importing import reading, spreadsheets, values
from odoo.addons.healthcare_crm.importing.problems import FileProblem

HEADER = ['PatientId', 'Name', 'BirthDate']


def refusal(content, **options):
    with pytest.raises(FileProblem) as caught:
        reading.read_table(content, **options)
    return caught.value


def notes(table):
    return {item.code: (item.value, item.detail) for item in table.notes}


def saved(workbook):
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def workbook(*lines):
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    return book


def rezipped(content, changes):
    """An .xlsx file with some of its parts replaced: ``{path: function(bytes) -> bytes}``."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, changes[name](data) if name in changes else data)
    return buffer.getvalue()


SHEET = 'xl/worksheets/sheet1.xml'


# -- Text ------------------------------------------------------------------------------------


def test_a_file_that_is_too_large_is_refused_by_its_size_alone():
    with pytest.raises(FileProblem) as caught:
        reading.check_size(300 * 1024 * 1024)
    assert caught.value.code == 'too_large'
    assert caught.value.values == {'megabytes': reading.MAX_MEGABYTES, 'size': 300}


def test_many_lines_take_little_memory():
    line = b'%d,"Nguyen Thi Mai, sister of An",1980-02-03,Taipei City Main Road\n'
    content = b'PatientId,Name,BirthDate,Street\n' + b''.join(line % n for n in range(40_000))
    tracemalloc.start()
    table = reading.read_table(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table.rows) == 40_000
    assert peak < 2 * len(content)
    assert table.rows[39_999].cells[0] == '39999'


@pytest.mark.parametrize(('encoding', 'name'), [('big5', '王小明'), ('cp950', '陳裏恒')])
def test_big5(encoding, name):
    lines = '病歷號,姓名,住址\n' + ''.join(
        f'{n},{name},台北市中山區中山北路一段\n' for n in range(20)
    )
    table = reading.read_table(lines.encode(encoding))
    assert table.encoding == 'cp950'
    assert table.rows[7].cells[:2] == ['7', name]
    assert notes(table)['encoding_guessed'] == ("Traditional Chinese (Big5)", '')


def test_a_character_that_big5_never_had_names_its_line():
    lines = ['病歷號,姓名', *(f'{n},王小明' for n in range(40))]
    content = '\n'.join(lines).encode('cp950') + b'\n41,\x81\x40\n'
    error = refusal(content)
    assert (error.code, error.values) == ('bad_byte', {'line': 42, 'encoding': 'CP950'})


def test_a_gb18030_file_with_a_character_of_four_bytes():
    lines = '病历号,姓名\n' + ''.join(f'{n},张伟\n' for n in range(20)) + '21,李㐂\n'
    table = reading.read_table(lines.encode('gb18030'))
    assert table.rows[20].cells == ['21', '李㐂']


@pytest.mark.parametrize('encoding', ['utf-8-sig', 'utf-16', 'utf-16-le', 'utf-16-be'])
def test_marks_at_the_beginning_are_no_part_of_a_header(encoding):
    table = reading.read_table('PatientId,Name\n7,Trần Thị Bích\n'.encode(encoding))
    assert table.headers == ['PatientId', 'Name']
    assert table.rows[0].cells == ['7', 'Trần Thị Bích']


def test_a_nul_byte_is_refused_with_its_line():
    content = b'PatientId,Name\n' + b'7,Li\n' * 40 + b'8,W\x00ang\n'
    error = refusal(content)
    assert (error.code, error.values) == ('control_character', {'line': 42, 'value': '0000'})


def test_names_in_any_script_are_kept():
    names = ['👨‍👩‍👧 Lin', 'محمد علي', 'می‌خواهم', 'שרה כהן', '𠮷田', 'Nguyễn Thị Ánh']
    content = '\n'.join(['PatientId,Name', *(f'{n},{name}' for n, name in enumerate(names))])
    table = reading.read_table(content.encode())
    assert [values.text(row.cells[1]) for row in table.rows] == names
    assert values.text('\u202bמשה\u202c\ufeff  \u200fLevi\u200b\t') == 'משה Levi'


def test_a_title_above_the_header_is_skipped():
    table = reading.read_table(b'Patients of 2025,,\n\nPatientId,Name,City\n7,Li,Taipei\n')
    assert table.headers == ['PatientId', 'Name', 'City']
    assert table.rows == [(4, ['7', 'Li', 'Taipei'])]
    assert notes(table)['title_lines'] == ('Patients of 2025', '1')


def test_columns_without_a_header_are_named_as_in_a_spreadsheet():
    table = reading.read_table(b'PatientId,,Name,\n7,x,Li,\n')
    assert table.headers == ['PatientId', 'B', 'Name']


# -- Spreadsheets ----------------------------------------------------------------------------


def test_merged_cells_give_their_value_to_each_line():
    book = workbook(
        ['Appointments of May', None, None, None],
        ['Doctor', 'PatientId', 'Name', 'When'],
        ['Dr Lin', 7, 'Li', '2025-05-01'],
        [None, 8, 'Wang', '2025-05-02'],
        [None, 9, 'Chen', '2025-05-03'],
        ['Dr Wu', 10, 'Ho', '2025-05-04'],
        ['Total of all doctors', None, None, None],
    )
    for cells in ('A1:D1', 'A3:A5', 'A7:D7'):
        book.active.merge_cells(cells)
    table = reading.read_table(saved(book))
    assert table.headers == ['Doctor', 'PatientId', 'Name', 'When']
    assert [row.cells[0] for row in table.rows] == ['Dr Lin'] * 3 + [
        'Dr Wu',
        'Total of all doctors',
    ]
    assert table.rows[4].cells[1:] == ['', '', ''], "not given to other columns"
    assert notes(table)['merged_cells'] == ('A1:D1, A3:A5, A7:D7', '3')


def test_the_sheet_can_be_chosen():
    book = workbook(['Read me'])
    patients = book.create_sheet("病患")
    patients.append(['PatientId', 'Name'])
    patients.append([7, 'Li'])
    content = saved(book)
    assert refusal(content, sheet='Sheet').code == 'no_rows'
    assert reading.read_table(content).sheet == "病患", "the first that is a table"
    table = reading.read_table(content, sheet="病患")
    assert (table.sheet, table.sheets) == ("病患", ('Sheet', "病患"))
    assert table.rows == [(2, ['7', 'Li'])]
    assert notes(table)['other_sheets'] == ("病患", '1')


def test_hidden_rows_are_read_and_told():
    book = workbook(['PatientId', 'Name'], [7, 'Li'], [8, 'Wang'])
    book.active.row_dimensions[3].hidden = True
    table = reading.read_table(saved(book))
    assert len(table.rows) == 2
    assert notes(table)['hidden_rows'] == ('', '1')


def test_a_formula_whose_result_was_never_saved_is_refused():
    book = workbook(['PatientId', 'Name'], [7, '="Li" & " " & "An"'])
    error = refusal(saved(book))
    assert (error.code, error.values) == ('formula_without_value', {'cell': 'B2', 'count': 1})


@pytest.mark.parametrize('text', ['=1+1', '=HYPERLINK("http://x.example","Li")', '+1', '-1', '@A1'])
def test_a_text_that_looks_like_a_formula_stays_a_text(text):
    book = workbook(['PatientId', 'Name'], [7, 'Li'])
    book.active['B2'].value = text
    book.active['B2'].data_type = 's'
    assert reading.read_table(saved(book)).rows[0].cells == ['7', text]


def test_a_formula_with_its_result_is_read():
    content = rezipped(
        saved(workbook(['PatientId', 'Name'], [7, '="Li"'])),
        {
            SHEET: lambda data: data.replace(b' t="f"', b'')
            .replace(b'<f>"Li"</f><v></v>', b'<f>"Li"</f><v>Li</v>')
            .replace(b'<f>"Li"</f><v />', b'<f>"Li"</f><v>Li</v>')
            .replace(b'<c r="B2">', b'<c r="B2" t="str">')
        },
    )
    assert reading.read_table(content).rows == [(2, ['7', 'Li'])]


@pytest.mark.parametrize(('epoch', 'serial'), [(None, 27395), (CALENDAR_MAC_1904, 27395 - 1462)])
def test_dates_as_serial_numbers_and_of_1904(epoch, serial):
    book = workbook(HEADER)
    if epoch:
        book.epoch = epoch
    book.active.append([7, 'Li', datetime.date(1975, 1, 1)])
    book.active.append([8, 'Wang', serial])
    table = reading.read_table(saved(book))
    assert table.rows[0].cells[2] == '1975-01-01'
    assert values.date(table.rows[1].cells[2], epoch=table.epoch) == datetime.date(1975, 1, 1)
    with pytest.raises(values.ValueProblem):
        values.date('27395')


def test_a_sheet_formatted_to_its_end_is_read_quickly():
    """Who colours whole columns makes a sheet of a million rows, all but two of them empty."""
    content = rezipped(
        saved(workbook(['PatientId', 'Name'], [7, 'Li'])),
        {
            SHEET: lambda data: data.replace(b'A1:B2', b'A1:XFD1048576').replace(
                b'</sheetData>', b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
            )
        },
    )
    table = reading.read_table(content)
    assert table.rows == [(2, ['7', 'Li'])]
    assert 'blank_lines' not in notes(table)


def test_an_old_spreadsheet():
    book = xlwt.Workbook()
    sheet = book.add_sheet("Patients")
    for column, header in enumerate(HEADER + ['Doctor']):
        sheet.write(0, column, header)
    style = xlwt.easyxf(num_format_str='YYYY-MM-DD')
    sheet.write(1, 0, 29872499824296)
    sheet.write(1, 1, '林美')
    sheet.write(1, 2, datetime.date(1954, 3, 27), style)
    sheet.write_merge(1, 2, 3, 3, 'Dr Wu')
    sheet.write(2, 0, 8)
    sheet.write(2, 1, True)
    sheet.row(2).hidden = True
    table = reading.read_table(saved(book))
    assert table.headers == HEADER + ['Doctor']
    assert [row.cells for row in table.rows] == [
        ['29872499824296', '林美', '1954-03-27', 'Dr Wu'],
        ['8', 'yes', '', 'Dr Wu'],
    ]
    assert notes(table) == {'merged_cells': ('D2:D3', '1'), 'hidden_rows': ('', '1')}


def test_a_spreadsheet_with_a_password():
    content = b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1' + 'EncryptedPackage'.encode('utf-16-le')
    assert refusal(content).code == 'encrypted_spreadsheet'


def zipped(**parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_archives_that_are_no_spreadsheet():
    error = refusal(zipped(**{'patients.csv': b'PatientId,Name\n7,Li\n'}))
    assert (error.code, error.values) == ('not_a_table', {'kind': 'ZIP'})
    error = refusal(zipped(**{'content.xml': b'<x/>', 'mimetype': b'application/ods'}))
    assert (error.code, error.values) == ('not_a_table', {'kind': 'OpenDocument'})


@pytest.mark.parametrize(
    ('part', 'limit'),
    [
        ('xl/theme/theme1.xml', 'MAX_UNZIPPED_MEGABYTES'),
        ('xl/sharedStrings.xml', 'MAX_PART_MEGABYTES'),
        ('xl/texts.xml', 'MAX_PART_MEGABYTES'),
    ],
)
def test_an_archive_that_grows_too_large_is_not_opened(part, limit, monkeypatch):
    monkeypatch.setattr(spreadsheets, limit, 3)
    content = zipped(**{'xl/workbook.xml': b'', part: b'\0' * 5 * 1024 * 1024})
    assert len(content) < 10_000
    error = refusal(content)
    assert (error.code, error.values) == ('spreadsheet_too_large', {'megabytes': 5})


def test_a_small_file_with_one_endless_line_is_refused():
    cells = b'<c/>' * (spreadsheets.MAX_LINE_MEGABYTES * 1024 * 1024 // 4 + 1)
    book = saved(workbook(['PatientId', 'Name'], [7, 'Li']))
    content = rezipped(book, {SHEET: lambda data: data.replace(b'</row>', cells + b'</row>', 1)})
    assert len(content) < 50_000
    tracemalloc.start()
    error = refusal(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == 'spreadsheet_too_large'
    assert peak < 50 * 1024 * 1024


def test_lines_with_a_cell_far_to_the_right_do_not_fill_the_disk(monkeypatch):
    monkeypatch.setattr(spreadsheets, 'MAX_UNZIPPED_MEGABYTES', 1)
    far = b'<row r="2"><c r="XFD2" t="inlineStr"><is><t>x</t></is></c></row>'
    book = saved(workbook(['PatientId', 'Name'], [7, 'Li']))
    content = rezipped(
        book, {SHEET: lambda data: data.replace(b'</sheetData>', far * 100 + b'</sheetData>')}
    )
    assert refusal(content).code == 'spreadsheet_too_large'


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "ha">' + b''.join(
    b'<!ENTITY %c "%s">' % (name, b'&%c;' % (name - 1) * 10) for name in b'bcdefghij'
)


@pytest.mark.parametrize(
    ('definition', 'entity'),
    [
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>', b'&a;'),
        (b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>', b''),
        (ENTITIES + b']>', b'&j;'),
        (b'<!-- ' + b' ' * 10_000 + b'--><!DOCTYPE x>', b''),
    ],
    ids=['external', 'parameter', 'growing', 'far down'],
)
@pytest.mark.parametrize(
    ('part', 'encoding'),
    [
        (SHEET, 'utf-8'),
        (SHEET, 'utf-16'),
        ('xl/workbook.xml', 'utf-8'),
        ('xl/_rels/workbook.xml.rels', 'utf-8'),
    ],
)
def test_a_document_type_is_refused(definition, entity, part, encoding):
    def hostile(data):
        declaration, _, rest = data.rpartition(b'?>')
        text = definition + rest.replace(b'Li<', entity + b'<', 1)
        return f"<?xml version='1.0' encoding='{encoding}'?>{text.decode()}".encode(encoding)

    content = rezipped(saved(workbook(['PatientId', 'Name'], [7, 'Li'])), {part: hostile})
    assert refusal(content).code == 'document_type'


def test_a_spreadsheet_of_nothing():
    assert refusal(saved(openpyxl.Workbook())).code == 'empty_file'
    assert refusal(saved(workbook(['PatientId', 'Name']))).code == 'no_rows'
