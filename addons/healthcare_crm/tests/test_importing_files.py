# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Reading a file, its columns and its lines: no database."""

import csv
import datetime
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.importing import columns, reading, report, rows, values
from odoo.addons.healthcare_crm.importing.problems import ERROR, LEVELS, FileProblem

TODAY = datetime.date(2025, 1, 1)
CHINESE = '病歷號,姓名,性別\n7,邱晴美,女\n8,李恩翰,男\n9,王小明,男\n'
SIMPLIFIED = '病历号,姓名,性别\n7,张伟,男\n8,王芳,女\n9,李娜,女\n'
WESTERN = "PatientId,Name\n7,José Conceição\n8,André Müller\n"


def refusal(content, **options):
    with pytest.raises(FileProblem) as caught:
        reading.read_table(content, **options)
    return caught.value


def parse(text, kind=columns.PATIENTS, **changes):
    """Read lines of CSV the way an import does."""
    table = reading.read_table(text.encode())
    mapping = dict(zip(table.headers, columns.guess_targets(table.headers, kind), strict=True))
    options = rows.Options(kind, table.headers, mapping, TODAY)._replace(**changes)
    repeated = rows.find_repeated(table, options)
    return [
        rows.check_repeated(rows.parse_row(index, row, options), row, repeated, table, options)
        for index, row in enumerate(table.rows)
    ]


def codes(parsed):
    return [item.code for item in parsed.problems]


# -- Files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('text', 'encoding'),
    [
        (CHINESE, 'utf-8'),
        (CHINESE, 'utf-8-sig'),
        (CHINESE, 'utf-16'),
        (WESTERN, 'utf-16-le'),
        (CHINESE, 'cp950'),
        (SIMPLIFIED, 'gb18030'),
        (WESTERN, 'cp1252'),
    ],
)
def test_the_encoding_is_found(text, encoding):
    table = reading.read_table(text.encode(encoding))
    lines = list(csv.reader(io.StringIO(text)))
    assert [table.headers, *[row.cells for row in table.rows]] == lines
    assert table.encoding_proven == encoding.startswith('utf')


@pytest.mark.parametrize('delimiter', [',', ';', '\t', '|'])
@pytest.mark.parametrize('newline', ['\n', '\r\n', '\r'])
def test_the_delimiter_is_found(delimiter, newline):
    lines = [['PatientId', 'Name'], ['7', "Santos, Ana; Maria"], ['8', 'Li'], ['9', 'Wang']]
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(lines)
    table = reading.read_table(buffer.getvalue().encode())
    assert table.delimiter == delimiter
    assert [row.cells for row in table.rows] == lines[1:]


def test_the_delimiter_named_by_a_spreadsheet():
    table = reading.read_table(b'sep=;\nPatientId;Name\n7;Li\n')
    assert (table.headers, table.rows) == (['PatientId', 'Name'], [(3, ['7', 'Li'])])


def test_lines_are_numbered_as_in_an_editor():
    table = reading.read_table(b'PatientId,Name\n7,"Li\nAn"\n\n8,Wang\n')
    assert [row.line for row in table.rows] == [2, 5]
    assert table.blank_lines == 1


@pytest.mark.parametrize(
    ('content', 'code'),
    [
        (b'', 'empty_file'),
        (b" \r\n ", 'empty_file'),
        (b'PatientId,Name\n', 'no_rows'),
        (b'7,2016-04-29,Li\n8,2016-04-30,Wang\n', 'no_header'),
        (b'PatientId,Name,name\n7,Li,Wang\n', 'duplicate_header'),
        (b"%PDF-1.4 \n", 'not_a_table'),
        (b'\x89PNG\r\n\x1a\n', 'not_a_table'),
        (b'\x7fELF\x02\x01\x01\x00\x00\x03\x00>', 'not_a_table'),
        (b'\xd0\xcf\x11\xe0\xa1\xb1', 'damaged_spreadsheet'),
        (b"PK\x03\x04 nonsense", 'damaged_spreadsheet'),
    ],
)
def test_files_that_are_refused(content, code):
    assert refusal(content).code == code


def test_an_unclosed_quote_is_refused_where_it_opens():
    error = refusal(b'PatientId,Name\n7,Li\n8,"Wang\n9,Chen\n')
    assert (error.code, error.values) == ('bad_quote', {'line': 3})


def test_one_broken_character_is_refused_where_it_stands():
    content = CHINESE.encode() + b'10,\xe6\xff,x\n'
    error = refusal(content)
    assert error.code == 'bad_byte'
    assert error.values == {'line': 5, 'encoding': 'UTF-8'}


def test_an_encoding_chosen_by_hand_must_fit():
    assert refusal('é'.encode('cp1252'), encoding='utf-8').code == 'bad_byte'
    assert reading.read_table(WESTERN.encode('cp1252'), encoding='cp1252').encoding_proven


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    try:
        table = reading.read_table(content)
    except FileProblem:
        return
    assert table.headers and table.rows


_cells = st.text(
    st.characters(codec='utf-8', exclude_categories=['Cc', 'Cs', 'Zl', 'Zp']), max_size=8
)


@given(st.lists(st.tuples(_cells, _cells, _cells), min_size=1, max_size=20))
def test_no_line_and_no_cell_is_lost(lines):
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(['PatientId', 'Name', 'City'])
    writer.writerows(lines)
    filled = [list(line) for line in lines if any(cell.strip() for cell in line)]
    if not filled:
        return
    table = reading.read_table(buffer.getvalue().encode())
    assert [row.cells for row in table.rows] == filled
    assert table.blank_lines == len(lines) - len(filled)


def test_a_spreadsheet():
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(['PatientId', 'Name', 'BirthDate', 'When', 'Came', 'Weight'])
    sheet.append(
        [29872499824296, 'Li', datetime.date(1954, 3, 27), datetime.datetime(2016, 4, 29, 18, 38)]
        + [True, 62.5]
    )
    sheet.append([])
    sheet.append([558997776694438.0, 'Wang'])
    buffer = io.BytesIO()
    workbook.save(buffer)
    table = reading.read_table(buffer.getvalue())
    assert table.rows == [
        (2, ['29872499824296', 'Li', '1954-03-27', "2016-04-29 18:38:00", 'yes', '62.5']),
        (4, ['558997776694438', 'Wang', '', '', '', '']),
    ]
    assert table.blank_lines == 1


def test_a_number_longer_than_a_spreadsheet_keeps_is_refused():
    workbook = openpyxl.Workbook()
    workbook.active.append(['PatientId', 'Name'])
    workbook.active.append([1.2345678901234567e19, 'Li'])
    buffer = io.BytesIO()
    workbook.save(buffer)
    cell = reading.read_table(buffer.getvalue()).rows[0].cells[0]
    with pytest.raises(values.ValueProblem):
        values.identifier(cell)


def test_letters_of_columns():
    letters = [reading.column_letter(index) for index in (0, 25, 26, 701, 702)]
    assert letters == ['A', 'Z', 'AA', 'ZZ', 'AAA']


# -- Columns ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ('headers', 'kind', 'expected'),
    [
        (
            ["Patient ID", 'full_name', "Date of Birth", "Mobile phone"],
            columns.PATIENTS,
            ['patient_id', 'name', 'birth_date', 'phone'],
        ),
        (['病歷號', '姓名', '生日'], columns.PATIENTS, ['patient_id', 'name', 'birth_date']),
        (["Mã bệnh nhân", "Họ và tên"], columns.PATIENTS, ['patient_id', 'name']),
        (
            ['PatientId', 'AppointmentID', 'AppointmentDay', 'No_show', 'Diabetes'],
            columns.APPOINTMENTS,
            ['patient_id', 'appointment_id', 'start', 'no_show', ''],
        ),
    ],
)
def test_headers_are_recognised(headers, kind, expected):
    assert columns.guess_kind(headers) == kind
    assert columns.guess_targets(headers, kind) == expected


def test_a_remembered_choice_wins_also_when_it_is_to_leave_out():
    headers = ['PatientId', 'Name', 'Nickname']
    remembered = {'patientid': 'patient_id', 'NAME': '', 'Nickname': 'name'}
    targets = columns.guess_targets(headers, columns.PATIENTS, remembered)
    assert targets == ['patient_id', '', 'name']


@given(st.lists(st.text(max_size=12), unique=True, max_size=12))
def test_no_target_is_guessed_twice(headers):
    for kind in columns.TARGETS:
        chosen = [code for code in columns.guess_targets(headers, kind) if code]
        assert len(chosen) == len(set(chosen))


def test_a_mapping_names_what_is_missing_or_double():
    assert columns.mapping_problems({'A': 'name', 'B': 'name'}, columns.PATIENTS) == (
        ['patient_id'],
        ['name'],
    )


# -- Lines -----------------------------------------------------------------------------------


def test_a_line_of_a_patient():
    (row,) = parse("PatientId,Name,Gender,Email\n29872499824296.0,Julia Tanaka,F,\n")
    assert row.values == {
        'patient_id': '29872499824296',
        'name': "Julia Tanaka",
        'gender': 'female',
    }
    assert row.problems == []


def test_one_bad_cell_costs_only_itself():
    (row,) = parse('PatientId,Name,Gender,BirthDate\n7,Li,?,1990-02-30\n')
    assert row.values == {'patient_id': '7', 'name': 'Li'}
    assert codes(row) == ['bad_gender', 'bad_date']
    assert not row.failed


@pytest.mark.parametrize(
    ('line', 'code'),
    [
        (',Li,F', 'missing_required'),
        ('7,,F', 'missing_required'),
        ('2.9E+13,Li,F', 'id_shortened'),
        ('7,Li,F,surplus', 'too_many_cells'),
    ],
)
def test_lines_that_are_not_imported(line, code):
    (row,) = parse(f'PatientId,Name,Gender\n{line}\n')
    assert codes(row) == [code]
    assert row.failed


def test_missing_cells_at_the_end_are_reported():
    (row,) = parse('PatientId,Name,Gender\n7,Li\n')
    assert codes(row) == ['too_few_cells']
    assert row.values == {'patient_id': '7', 'name': 'Li'}


def test_null_is_a_surname_but_not_a_gender():
    (row,) = parse('PatientId,Name,Gender\n7,Null,NULL\n')
    assert row.values == {'patient_id': '7', 'name': 'Null'}


def test_repeated_lines_name_the_first():
    first, same, other = parse('PatientId,Name\n7.0,Li\n7.0,Li\n7,Wang\n')
    assert codes(first) == []
    assert [(item.code, item.detail) for item in same.problems] == [('repeated_same', '2')]
    assert [(item.code, item.detail) for item in other.problems] == [('repeated_different', '2')]
    assert other.failed and not same.failed


def test_an_appointment_without_a_time_and_with_a_negative_age():
    header = 'PatientId,AppointmentID,AppointmentDay,ScheduledDay,Age\n'
    (row,) = parse(header + "7,1,2016-04-29,2016-05-03 08:00:00,-1.0\n", columns.APPOINTMENTS)
    assert codes(row) == ['negative_age', 'booked_later', 'no_time']
    assert row.values['start'] == datetime.date(2016, 4, 29)
    assert not row.failed


def test_an_appointment_without_a_readable_date_is_not_imported():
    (row,) = parse('PatientId,AppointmentID,AppointmentDay\n7,1,soon\n', columns.APPOINTMENTS)
    assert [(item.code, item.level) for item in row.problems] == [('bad_datetime', ERROR)]


def test_birth_dates_that_cannot_be():
    header = 'PatientId,Name,BirthDate\n'
    future, old = parse(header + '7,Li,2025-01-02\n8,Wang,1800-01-01\n')
    assert (codes(future), codes(old)) == (['birth_date_future'], ['birth_date_old'])
    assert 'birth_date' not in future.values | old.values


def test_an_invalid_address_does_not_lose_the_person():
    (row,) = parse(
        'PatientId,Name,Email,Phone\n7,Li,nobody,12\n',
        normalize_email=lambda value: False,
        normalize_phone=lambda value: '',
    )
    assert row.values == {'patient_id': '7', 'name': 'Li'}
    assert codes(row) == ['bad_email', 'bad_phone']


# -- Report ----------------------------------------------------------------------------------


@given(st.lists(st.lists(st.text(max_size=6), min_size=2, max_size=2), max_size=10))
def test_a_report_runs_no_formula_and_gives_every_cell_back(lines):
    content = report.write_report(['Line', '=Name'], lines)
    cells = list(csv.reader(io.StringIO(content.decode('utf-8-sig'), newline='')))
    for line in cells:
        assert not any(cell.startswith(tuple('=+-@\t\r＝＋－＠')) for cell in line)
    # a cell that already began with an apostrophe before a sign is the one ambiguous case
    if not any(cell.startswith("'") for line in lines for cell in line):
        assert [[rows.unescape(cell) for cell in line] for line in cells[1:]] == lines


def test_every_problem_has_a_level():
    assert set(LEVELS.values()) == {'error', 'warning', 'linked', 'note'}
