# Part of Healthcare CRM for Odoo. License LGPL-3.
"""The cells of spreadsheets, .xlsx and .xls, as the text a person sees."""

import datetime
import io
import os
import re
import warnings
import zipfile
from typing import NamedTuple
from xml.parsers import expat

import openpyxl
import xlrd
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils import range_boundaries
from openpyxl.worksheet._reader import WorkSheetParser

from .problems import FileProblem, problem
from .reading import Row, Rows, column_letter

# An .xlsx file is a zip archive: what it may grow to, so that a small file fills neither the memory
# nor the disk of a worker. Sheets are read line by line, all other parts are held in memory.
MAX_UNZIPPED_MEGABYTES = 400
MAX_PART_MEGABYTES = 100
MAX_LINE_MEGABYTES = 8

_SHEETS = 'xl/worksheets/'
_LINE = re.compile(rb'</?(?:\w+:)?row\b')
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)"')
_FORMULA = '{http://schemas.openxmlformats.org/spreadsheetml/2006/main}f'
_ENCRYPTED = 'EncryptedPackage'.encode('utf-16-le')
_CHUNK = 1024 * 1024
_HEAD = 4096


class Source(NamedTuple):
    """One sheet. ``rows`` is an iterable that is gone through once."""

    rows: object
    notes: list
    sheets: tuple
    sheet: str
    epoch: datetime.date


# -- .xlsx -----------------------------------------------------------------------------------


def read_xlsx(content, name=None):
    """The sheet of this name, or the one the file opens with."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
        with warnings.catch_warnings():
            # about parts of the file that are no cells: charts, extensions
            warnings.simplefilter('ignore')
            workbook = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            sheets = {sheet.title: sheet for sheet in workbook.worksheets}
            if not sheets:
                raise FileProblem('empty_file')
            sheet = sheets.get(name) or sheets.get(getattr(workbook.active, 'title', None))
            sheet = sheet or next(iter(sheets.values()))
            merged = _find_merged(sheet)
            reader = _SheetReader(sheet)
            rows = list_filled(_fill_merged(reader.get_rows(), merged))
    except FileProblem:
        raise
    except Exception as error:
        # The library raises whatever its XML or zip reader raises on a damaged file.
        raise FileProblem('damaged_spreadsheet') from error
    if reader.unknown:
        raise FileProblem(
            'formula_without_value', cell=reader.unknown[0], count=len(reader.unknown)
        )
    notes = _describe(rows, merged, reader.hidden, sheets, sheet.title)
    epoch = workbook.epoch.date()
    return Source(rows.records, notes, tuple(sheets), sheet.title, epoch)


def _check_archive(archive):
    names = set(archive.namelist())
    if 'xl/workbook.xml' not in names:
        raise FileProblem('not_a_table', kind='OpenDocument' if 'content.xml' in names else 'ZIP')
    # the reader believes these sizes and stops there, so a file cannot lie about them
    sizes = {item.filename: item.file_size for item in archive.infolist()}
    _check_megabytes(sum(sizes.values()), MAX_UNZIPPED_MEGABYTES)
    for name in sizes:
        if name.endswith(('.xml', '.rels')):
            if not name.startswith(_SHEETS):
                _check_megabytes(sizes[name], MAX_PART_MEGABYTES)
            with archive.open(name) as part:
                _check_document_type(part)


def _check_megabytes(size, limit):
    if size > limit * 1024 * 1024:
        raise FileProblem('spreadsheet_too_large', megabytes=size // 1024 // 1024)


def _check_document_type(part):
    """Refuse XML that defines entities: they name files to read, or grow without end.

    No spreadsheet has a document type. Where there is one, it stands before the first element.
    """

    def refuse(*_args):
        raise FileProblem('document_type')

    begun = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda name, attributes: begun.append(name)
    while not begun and (chunk := part.read(_HEAD)):
        parser.Parse(chunk)


class _SheetReader(WorkSheetParser):
    """Reads rows one by one, and sees what the library leaves out: hidden rows, lost formulas."""

    def __init__(self, sheet):
        book = sheet.parent
        super().__init__(
            sheet._get_source(),
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        self.sheet = sheet
        self.hidden = 0
        self.unknown = []

    def get_rows(self):
        try:
            for line, cells in self.parse():
                texts = []
                for cell in cells:
                    # a sheet remembers empty cells far to the right of its last column
                    if text := self._get_text(cell):
                        texts += [''] * (cell['column'] - len(texts) - 1)
                        texts.append(text)
                yield Row(line, texts)
        finally:
            self.source.close()

    def parse_row(self, row):
        if row.get('hidden') in ('1', 'true') and len(row):
            self.hidden += 1
        result = super().parse_row(row)
        self.row_dimensions.clear()
        return result

    def parse_cell(self, element):
        cell = super().parse_cell(element)
        if cell['value'] is None and element.find(_FORMULA) is not None:
            # A program wrote the formula and never its result. A formula of empty text has one.
            if element.get('t') != 'str':
                self.unknown.append(element.get('r') or '')
        return cell

    def _get_text(self, cell):
        value = cell['value']
        if isinstance(value, datetime.datetime):
            shown = ReadOnlyCell(self.sheet, **cell).number_format or ''
            return moment_text(value, 'h' in shown.lower())
        return value_text(value)


def _find_merged(sheet):
    """Every merged range. They stand after the cells, and the cells need them."""
    ranges, rest, line = [], b'', 0
    with sheet._get_source() as source:
        while chunk := source.read(_CHUNK):
            chunk = rest + chunk
            ranges += [match[1].decode() for match in _MERGED.finditer(chunk)]
            # what belongs to one line is held in memory
            lines = [match.start() for match in _LINE.finditer(chunk)]
            line += (lines[0] if lines else len(chunk)) - len(rest)
            _check_megabytes(line, MAX_LINE_MEGABYTES)
            if lines:
                line = len(chunk) - lines[-1]
            # a tag that is cut in two is found with the next piece, and never twice
            cut = chunk.rfind(b'<')
            rest = chunk[cut:] if cut >= 0 and b'>' not in chunk[cut:] else b''
    return ranges


def _fill_merged(rows, ranges):
    """Give the value of merged cells to each of their lines.

    Not to each of their columns: a heading over two columns is the name of neither.
    """
    spans = {}  # column -> [(first line, last line)]
    for name in ranges:
        left, top, _right, bottom = range_boundaries(name)
        if bottom > top:
            spans.setdefault(left - 1, []).append((top, bottom))
    for column in spans.values():
        column.sort(reverse=True)
    current = {}  # column -> (last line, text)
    for row in rows:
        cells = row.cells
        for column, column_spans in spans.items():
            while column_spans and column_spans[-1][0] <= row.line:
                top, bottom = column_spans.pop()
                text = cells[column] if top == row.line and column < len(cells) else ''
                current[column] = (bottom, text)
            bottom, text = current.get(column, (0, ''))
            # a line that holds nothing else is no line
            if row.line <= bottom and text and any(cell.strip() for cell in cells):
                cells += [''] * (column + 1 - len(cells))
                cells[column] = text
        yield row


# -- .xls ------------------------------------------------------------------------------------


def read_xls(content, name=None):
    """As ``read_xlsx``, of the older format."""
    if _ENCRYPTED in content:
        raise FileProblem('encrypted_spreadsheet')
    try:
        with open(os.devnull, 'w') as log:
            book = xlrd.open_workbook(file_contents=content, logfile=log, formatting_info=True)
        names = book.sheet_names()
        sheet = book.sheet_by_name(name) if name in names else book.sheet_by_index(0)
        merged = [
            f'{column_letter(left)}{top + 1}:{column_letter(right - 1)}{bottom}'
            for top, bottom, left, right in sheet.merged_cells
        ]
        rows = list_filled(_fill_merged(_read_xls_rows(book, sheet), merged))
    except FileProblem:
        raise
    except xlrd.XLRDError as error:
        code = 'encrypted_spreadsheet' if 'encrypted' in str(error) else 'damaged_spreadsheet'
        raise FileProblem(code) from error
    except Exception as error:
        raise FileProblem('damaged_spreadsheet') from error
    hidden = sum(
        bool(info.hidden) for line, info in sheet.rowinfo_map.items() if line < sheet.nrows
    )
    notes = _describe(rows, merged, hidden, names, sheet.name)
    epoch = datetime.date(1904, 1, 1) if book.datemode else datetime.date(1899, 12, 30)
    return Source(rows.records, notes, tuple(names), sheet.name, epoch)


def _read_xls_rows(book, sheet):
    for index in range(sheet.nrows):
        texts = []
        for cell in sheet.row(index):
            value = cell.value
            if cell.ctype == xlrd.XL_CELL_DATE:
                shown = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
                moment = xlrd.xldate.xldate_as_datetime(value, book.datemode)
                value = moment_text(moment, 'h' in shown.lower())
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                value = bool(value)
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                value = xlrd.error_text_from_code.get(value, '#N/A')
            texts.append(value_text(value))
        yield Row(index + 1, texts)


# -- Both ------------------------------------------------------------------------------------


class Filled(NamedTuple):
    records: object
    blank: int


def list_filled(rows):
    """The rows that hold something, on disk, and how many blank ones stand among them."""
    blank, before, size = 0, None, 0

    def filled():
        nonlocal blank, before, size
        for row in rows:
            cells = row.cells
            # A sheet remembers empty cells far to the right of its last column.
            while cells and not cells[-1].strip():
                cells.pop()
            if not cells:
                continue
            if before is not None:
                blank += row.line - before - 1
            before = row.line
            # cells in between count too: one far to the right makes a long line
            size += len(cells) + sum(map(len, cells))
            _check_megabytes(size, MAX_UNZIPPED_MEGABYTES)
            yield row

    records = Rows(filled())
    return Filled(records, blank)


def _describe(rows, merged, hidden, sheets, name):
    notes = []
    if rows.blank:
        notes.append(problem('blank_lines', detail=rows.blank))
    if merged:
        notes.append(problem('merged_cells', value=', '.join(merged[:5]), detail=len(merged)))
    if hidden:
        notes.append(problem('hidden_rows', detail=hidden))
    if len(sheets) > 1:
        notes.append(problem('other_sheets', value=name, detail=len(sheets) - 1))
    return notes


def value_text(value):
    """A cell in a form that ``values`` reads without doubt."""
    if value is None:
        return ''
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, float):
        # repr() is exact; past 15 digits it shows the exponent, which ``values.identifier``
        # refuses where digits were lost.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def moment_text(value, shows_time):
    """Spreadsheets have no dates, only moments shown without their time."""
    if value.time() == datetime.time() and not shows_time:
        return value.date().isoformat()
    return value.isoformat(" ", 'seconds')
