# Part of Healthcare CRM for Odoo. License LGPL-3.
"""From the bytes of a file to a table of text: encoding, delimiter, header, lines.

A file that cannot be read for certain is refused with the line and the reason, rather than
read half: a mark of one encoding inside another, an unclosed quote, two columns of one name.
"""

import csv
import datetime
import io
import re
import zipfile
from typing import NamedTuple

from .problems import FileProblem

MAX_BYTES = 100 * 1024 * 1024
# An .xlsx file is a zip archive: what it may grow to, so that a small file cannot fill the memory.
MAX_UNZIPPED_BYTES = 1024 * 1024 * 1024

DELIMITERS = (',', ';', '\t', '|')
SAMPLE_LINES = 200

# Encodings a person may choose by hand, with the name a spreadsheet gives them.
ENCODINGS = (
    ('utf-8', "Unicode (UTF-8)"),
    ('utf-16', "Unicode (UTF-16)"),
    ('cp950', "Traditional Chinese (Big5)"),
    ('gb18030', "Simplified Chinese (GB18030)"),
    ('cp1258', "Vietnamese (Windows-1258)"),
    ('cp1252', "Western (Windows-1252)"),
)

_SIGNATURES = (
    (b'%PDF', 'PDF'),
    (b'\x89PNG', 'PNG'),
    (b'\xff\xd8\xff', 'JPEG'),
    (b'GIF8', 'GIF'),
    (b'\x1f\x8b', 'gzip'),
    (b'Rar!', 'RAR'),
    (b'7z\xbc\xaf', '7-Zip'),
)
_OLE_SIGNATURE = b'\xd0\xcf\x11\xe0'
_CONTROLS = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]')
# A complete multi-byte character of UTF-8.
_UTF8_CHARACTER = re.compile(
    rb'[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}'
)
_DATA_CELL = re.compile(
    r'[-+]?\d+([.,]\d+)*(e[-+]?\d+)?|\d+[-/.年]\d+[-/.月]\d+.*|\S+@\S+\.\S+', re.IGNORECASE
)


class Row(NamedTuple):
    """``line`` is the number an editor or a spreadsheet shows for it."""

    line: int
    cells: list


class Table(NamedTuple):
    """A file that was read: ``{headers: ["PatientId", …], rows: [Row(2, ["7", …]), …], …}``."""

    headers: list
    rows: list
    encoding: str  # "" for a spreadsheet
    delimiter: str  # "" for a spreadsheet
    blank_lines: int
    encoding_proven: bool


def read_table(content, encoding=None):
    """Read a CSV or XLSX file; ``FileProblem`` when that is not possible.

    :param bytes content: the file
    :param encoding: one of ``ENCODINGS``, or nothing to find out
    """
    if not content or not content.strip():
        raise FileProblem('empty_file')
    if len(content) > MAX_BYTES:
        raise FileProblem('too_large', megabytes=MAX_BYTES // 1024 // 1024)
    if content.startswith(b'PK\x03\x04'):
        return _read_xlsx(content)
    if content.startswith(_OLE_SIGNATURE):
        raise FileProblem('old_spreadsheet')
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise FileProblem('not_a_table', kind=kind)
    text, encoding, proven = decode(content, encoding)
    return _read_csv(text, encoding, proven)


# -- Text ------------------------------------------------------------------------------------


def decode(content, encoding=None):
    """Return ``(text, encoding, proven)``.

    UTF-8 and UTF-16 prove themselves. The others are told apart by which one makes everyday
    characters of the bytes, so a person is told what was guessed.
    """
    if encoding:
        try:
            text = content.decode('utf-8-sig' if encoding == 'utf-8' else encoding)
        except UnicodeDecodeError as error:
            raise _bad_byte(content, error, encoding) from None
        return _refuse_binary(text), encoding, True
    if content.startswith((b'\xff\xfe', b'\xfe\xff')):
        try:
            return _refuse_binary(content.decode('utf-16')), 'utf-16', True
        except UnicodeDecodeError as error:
            raise _bad_byte(content, error, 'utf-16') from None
    if b'\x00' in content:
        return _decode_utf16_without_mark(content), 'utf-16', True
    try:
        return _refuse_binary(content.decode('utf-8-sig')), 'utf-8', True
    except UnicodeDecodeError as error:
        # One broken character in a file that is otherwise UTF-8 must not turn every other name
        # into nonsense by reading the file as something else.
        if _mostly_utf8(content):
            raise _bad_byte(content, error, 'utf-8') from None
    encoding = _guess_legacy_encoding(content)
    text = content.decode(encoding, 'replace' if encoding == 'cp1252' else 'strict')
    return _refuse_binary(text), encoding, False


def _decode_utf16_without_mark(content):
    even, odd = content[::2].count(0), content[1::2].count(0)
    encoding = 'utf-16-be' if even > odd else 'utf-16-le'
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise FileProblem('not_a_table', kind='binary') from None
    # Text keeps its zeros on one side; a program or picture has them anywhere.
    if min(even, odd) * 20 > max(even, odd):
        raise FileProblem('not_a_table', kind='binary')
    return _refuse_binary(text)


def _refuse_binary(text):
    if len(_CONTROLS.findall(text[:100_000])) > 0:
        raise FileProblem('not_a_table', kind='binary')
    return text


def _bad_byte(content, error, encoding):
    newline = '\n'.encode(encoding if encoding != 'utf-16' else 'utf-16-le')
    return FileProblem(
        'bad_byte', line=content.count(newline, 0, error.start) + 1, encoding=encoding.upper()
    )


def _mostly_utf8(content):
    good = sum(len(match) for match in _UTF8_CHARACTER.findall(content))
    high = len(content) - len(content.translate(None, bytes(range(128, 256))))
    return good >= high * 0.9


def _guess_legacy_encoding(content):
    """Big5, GB18030 or Windows-1252.

    Both Chinese encodings accept most byte pairs, so acceptance proves little. Each keeps its
    everyday characters in a zone of its own (Big5: first byte A4–C6; GB: first byte B0–D7 with a
    high second byte), and accented Latin letters (E0–FC before a letter) fall outside both.
    """
    scores = {}
    for encoding, is_everyday in (
        ('cp950', lambda first, second: 0xA1 <= first <= 0xC6),
        ('gb18030', lambda first, second: 0xA1 <= first <= 0xD7 and second >= 0xA1),
    ):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        pairs = [char.encode(encoding) for char in text if ord(char) > 127]
        everyday = sum(len(pair) == 2 and is_everyday(*pair) for pair in pairs)
        scores[encoding] = everyday / len(pairs) if pairs else 0
    best = max(scores, key=scores.get, default=None)
    return best if best and scores[best] >= 0.8 else 'cp1252'


def _read_csv(text, encoding, proven):
    first_line, _, rest = text.partition('\n')
    skipped_lines = 0
    delimiter = None
    # Spreadsheets write and understand a first line that names the delimiter.
    if match := re.fullmatch(r'sep=(.)\r?', first_line):
        delimiter, text, skipped_lines = match[1], rest, 1
    delimiter = delimiter or guess_delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=''), delimiter=delimiter, strict=True)
    records = []
    blank = 0
    before = 0
    try:
        for cells in reader:
            line = before + 1 + skipped_lines
            before = reader.line_num
            if any(cell.strip() for cell in cells):
                records.append(Row(line, cells))
            else:
                blank += 1
    except csv.Error:
        # A quote that never closes would swallow every line after it into one cell.
        raise FileProblem('bad_quote', line=before + 1 + skipped_lines) from None
    return _make_table(records, encoding, delimiter, blank, proven)


def guess_delimiter(text):
    """The delimiter that gives most lines the same, largest, number of cells as the first one."""
    sample = text.splitlines(keepends=True)[:SAMPLE_LINES]
    best, best_score = ',', (0, 0)
    for delimiter in DELIMITERS:
        counts = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
        if not counts or counts[0] < 2:
            continue
        alike = counts.count(counts[0]) / len(counts)
        score = (alike >= 0.8, counts[0] * alike)
        if score > best_score:
            best, best_score = delimiter, score
    return best


# -- Spreadsheets ----------------------------------------------------------------------------


def _read_xlsx(content):
    # Imported here: most files are text, and this library is slow to load.
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(item.file_size for item in archive.infolist())
            if 'xl/workbook.xml' not in archive.namelist():
                raise FileProblem('not_a_table', kind='ZIP')
        if size > MAX_UNZIPPED_BYTES:
            raise FileProblem('too_large', megabytes=MAX_UNZIPPED_BYTES // 1024 // 1024)
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.active or workbook.worksheets[0]
        records = []
        blank = 0
        for line, cells in enumerate(sheet.iter_rows(), start=1):
            texts = [_cell_text(cell) for cell in cells]
            if any(text.strip() for text in texts):
                # A sheet remembers empty cells far to the right of its last column.
                while not texts[-1].strip():
                    texts.pop()
                records.append(Row(line, texts))
            else:
                blank += 1
    except FileProblem:
        raise
    except Exception as error:
        # The library raises whatever its XML or zip reader raises on a damaged file.
        raise FileProblem('damaged_spreadsheet') from error
    if not records:
        raise FileProblem('empty_file')
    width = len(records[0].cells)
    records = [Row(row.line, row.cells + [''] * (width - len(row.cells))) for row in records]
    return _make_table(records, '', '', blank, True)


def _cell_text(cell):
    """A cell as the text a person sees, in forms that ``values`` reads without doubt."""
    value = cell.value
    if value is None:
        return ''
    if isinstance(value, bool):
        return 'yes' if value else 'no'
    if isinstance(value, float):
        # repr() is exact; past 15 digits it shows the exponent, which ``values.identifier``
        # refuses where digits were lost.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        # Spreadsheets have no dates, only moments shown without their time.
        if value.time() == datetime.time() and 'h' not in (cell.number_format or '').lower():
            return value.date().isoformat()
        return value.isoformat(" ", 'seconds')
    return str(value)


# -- Header ----------------------------------------------------------------------------------


def _make_table(records, encoding, delimiter, blank, proven):
    if not records:
        raise FileProblem('empty_file')
    line, header = records[0]
    headers = [" ".join(cell.split()) for cell in header]
    while headers and not headers[-1]:
        headers.pop()
    filled = [name for name in headers if name]
    if sum(bool(_DATA_CELL.fullmatch(name)) for name in filled) * 2 >= len(filled):
        raise FileProblem('no_header', line=line, value=filled[0])
    headers = [name or column_letter(index) for index, name in enumerate(headers)]
    seen = {}
    for index, name in enumerate(headers):
        if name.casefold() in seen:
            raise FileProblem(
                'duplicate_header',
                line=line,
                column=name,
                first=column_letter(seen[name.casefold()]),
                second=column_letter(index),
            )
        seen[name.casefold()] = index
    rows = records[1:]
    if not rows:
        raise FileProblem('no_rows', line=line)
    return Table(headers, rows, encoding, delimiter, blank, proven)


def column_letter(index):
    """The name of a column without a header, as a spreadsheet names it: A, B, … Z, AA."""
    letters = ''
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
