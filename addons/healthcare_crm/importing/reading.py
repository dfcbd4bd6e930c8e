# Part of Healthcare CRM for Odoo. License LGPL-3.
"""From the bytes of a file to a table of text: encoding, delimiter, header, lines.

A file that cannot be read for certain is refused with the line and the reason, rather than
read half: a mark of one encoding inside another, an unclosed quote, two columns of one name.
The lines are kept on disk, so a large file needs little memory.
"""

import codecs
import csv
import datetime
import io
import itertools
import json
import re
import tempfile
from array import array
from typing import NamedTuple

from .problems import FileProblem, Problem, problem

#: What a browser can still send: a file grows by a third on its way, and Odoo takes 128 MB.
MAX_MEGABYTES = 90

DELIMITERS = (',', ';', '\t', '|')
SAMPLE_LINES = 200
# Lines above the header, such as the title of a report.
MAX_TITLE_LINES = 10

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
_ZIP_SIGNATURE = b'PK\x03\x04'
_OLE_SIGNATURE = b'\xd0\xcf\x11\xe0'
_CONTROLS = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]')
_HIGH_LINE = re.compile(rb'[^\n]*[\x80-\xff][^\n]*\n?')
# A complete multi-byte character of UTF-8.
_UTF8_CHARACTER = re.compile(
    rb'[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}'
)
_DATA_CELL = re.compile(
    r'[-+]?\d+([.,]\d+)*(e[-+]?\d+)?|\d+[-/.年]\d+[-/.月]\d+.*|\S+@\S+\.\S+', re.IGNORECASE
)
_CHUNK = 1024 * 1024
_SAMPLE_BYTES = 64 * 1024


class Row(NamedTuple):
    """``line`` is the number an editor or a spreadsheet shows for it."""

    line: int
    cells: list


class Rows:
    """Lines of a file, in a temporary file of their own: read when they are asked for.

    >>> rows = Rows([Row(2, ["7", "Li"]), Row(3, ["8", "Wang"])])
    >>> rows[1], len(rows), rows[:1]
    (Row(line=3, cells=['8', 'Wang']), 2, [Row(line=2, cells=['7', 'Li'])])
    """

    def __init__(self, records=()):
        self._file = tempfile.TemporaryFile()
        self._ends = array('Q', [0])
        self._lines = array('L')
        for row in records:
            data = json.dumps(row.cells, ensure_ascii=False).encode('utf-8', 'surrogatepass')
            self._file.write(data)
            self._ends.append(self._ends[-1] + len(data))
            self._lines.append(row.line)

    def __len__(self):
        return len(self._lines)

    def __getitem__(self, key):
        if not isinstance(key, slice):
            index = range(len(self))[key]
            return self[index : index + 1][0]
        start, stop, _step = key.indices(len(self))
        if start >= stop:
            return []
        offset = self._ends[start]
        self._file.seek(offset)
        data = self._file.read(self._ends[stop] - offset)
        return [
            Row(
                self._lines[index],
                json.loads(data[self._ends[index] - offset : self._ends[index + 1] - offset]),
            )
            for index in range(start, stop)
        ]

    def __iter__(self):
        for start in range(0, len(self), 1000):
            yield from self[start : start + 1000]

    def __eq__(self, other):
        return list(self) == list(other)

    __hash__ = None


class Table(NamedTuple):
    """A file that was read: ``{headers: ["PatientId", …], rows: [Row(2, ["7", …]), …], …}``."""

    headers: list
    rows: Rows
    encoding: str = ''  # "" for a spreadsheet
    delimiter: str = ''  # "" for a spreadsheet
    sheets: tuple = ()  # the names of all that have cells, of a spreadsheet
    sheet: str = ''  # the name of the one that was read
    notes: tuple[Problem, ...] = ()  # what a person should know about the file as a whole
    epoch: datetime.date = None  # day 0 of dates that are written as numbers; spreadsheets only

    @property
    def encoding_proven(self):
        return all(item.code != 'encoding_guessed' for item in self.notes)

    @property
    def blank_lines(self):
        return sum(int(item.detail) for item in self.notes if item.code == 'blank_lines')


def read_table(content, encoding=None, sheet=None):
    """Read a CSV or a spreadsheet; ``FileProblem`` when that is not possible.

    :param bytes content: the file
    :param encoding: one of ``ENCODINGS``, or nothing to find out
    :param sheet: name of the sheet of a spreadsheet, or nothing for the one it opens with
    """
    if not content or not content[:_CHUNK].strip():
        raise FileProblem('empty_file')
    check_size(len(content))
    if content.startswith((_ZIP_SIGNATURE, _OLE_SIGNATURE)):
        return _read_spreadsheet(content, sheet)
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise FileProblem('not_a_table', kind=kind)
    encoding, proven = find_encoding(content, encoding)
    return _read_csv(content, encoding, proven)


def check_size(size):
    """Refuse a file that is too large, before it fills the memory."""
    if size > MAX_MEGABYTES * 1024 * 1024:
        raise FileProblem('too_large', megabytes=MAX_MEGABYTES, size=size // 1024 // 1024)


# -- Text ------------------------------------------------------------------------------------


def find_encoding(content, encoding=None):
    """Return ``(encoding, proven)``; all of the file can be read by it.

    UTF-8 and UTF-16 prove themselves. The others are told apart by which one makes everyday
    characters of the bytes, so a person is told what was guessed.
    """
    proven = True
    if encoding:
        encoding = 'utf-8-sig' if encoding == 'utf-8' else encoding
    elif content.startswith((b'\xff\xfe', b'\xfe\xff')):
        encoding = 'utf-16'
    elif content.count(b'\x00') * 50 > len(content):
        encoding = _find_utf16_without_mark(content)
    else:
        encoding = 'utf-8-sig'
        try:
            _check_text(content, encoding)
        except FileProblem as error:
            # One broken character in a file that is otherwise UTF-8 must not turn every other
            # name into nonsense by reading the file as something else.
            sample = _get_high_sample(content)
            if error.code != 'bad_byte' or _mostly_utf8(sample):
                raise
            encoding, proven = _guess_legacy_encoding(sample), False
    _check_text(content, encoding)
    return encoding.removesuffix('-sig'), proven


def _check_text(content, encoding):
    """Decode all of a file, a piece at a time, to know that nothing in it is lost."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    for start in range(0, len(content), _CHUNK):
        try:
            text = decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, 'replace').count('\n')
            name = encoding.removesuffix('-sig').upper()
            raise FileProblem('bad_byte', line=line, encoding=name) from None
        if controls := _CONTROLS.findall(text):
            if len(controls) * 50 > len(text):
                raise FileProblem('not_a_table', kind='binary')
            line += text[: text.index(controls[0])].count('\n')
            raise FileProblem('control_character', line=line, value=f'{ord(controls[0]):04X}')
        line += text.count('\n')


def _find_utf16_without_mark(content):
    """Text keeps its zeros on one side; a program or picture has them anywhere."""
    even, odd = content[::2].count(0), content[1::2].count(0)
    if min(even, odd) * 20 > max(even, odd) or len(content) % 2:
        raise FileProblem('not_a_table', kind='binary')
    return 'utf-16-be' if even > odd else 'utf-16-le'


def _get_high_sample(content):
    """The first lines that are not plain ASCII: the others say nothing about the encoding."""
    lines, size = [], 0
    for match in _HIGH_LINE.finditer(content):
        lines.append(match[0][:_SAMPLE_BYTES])
        size += len(lines[-1])
        if size >= _SAMPLE_BYTES:
            break
    return b''.join(lines)


def _mostly_utf8(sample):
    good = sum(len(match) for match in _UTF8_CHARACTER.findall(sample))
    high = len(sample) - len(sample.translate(None, bytes(range(128, 256))))
    return good >= high * 0.9


def _guess_legacy_encoding(sample):
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
        text = sample.decode(encoding, 'replace')
        pairs = [char.encode(encoding) for char in text if ord(char) > 127 and char != '\ufffd']
        everyday = sum(len(pair) == 2 and is_everyday(*pair) for pair in pairs)
        # A few characters that Big5 never had, of rare names, do not make the file another kind:
        # it is refused with their line.
        scores[encoding] = everyday / (len(pairs) + 5 * text.count('\ufffd') or 1)
    best = max(scores, key=scores.get)
    return best if scores[best] >= 0.8 else 'cp1252'


def _read_csv(content, encoding, proven):
    def open_text():
        return io.TextIOWrapper(
            io.BytesIO(content), 'utf-8-sig' if encoding == 'utf-8' else encoding, newline=''
        )

    text, skipped = open_text(), 0
    # Spreadsheets write and understand a first line that names the delimiter.
    if match := re.fullmatch(r'sep=(.)[\r\n]*', text.readline(100)):
        delimiter, skipped = match[1], 1
    else:
        delimiter, text = guess_delimiter(open_text()), open_text()
    blank = 0

    def records():
        nonlocal blank
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        before = 0
        try:
            for cells in reader:
                line = before + 1 + skipped
                before = reader.line_num
                if any(cell.strip() for cell in cells):
                    yield Row(line, cells)
                else:
                    blank += 1
        except csv.Error:
            # A quote that never closes would swallow every line after it into one cell.
            raise FileProblem('bad_quote', line=before + 1 + skipped) from None

    notes = [] if proven else [problem('encoding_guessed', value=dict(ENCODINGS)[encoding])]
    table = _make_table(records(), notes, encoding=encoding, delimiter=delimiter)
    if blank:
        table = table._replace(notes=(*table.notes, problem('blank_lines', detail=blank)))
    return table


def guess_delimiter(text):
    """The delimiter that gives most lines the same, largest, number of cells as the first one."""
    sample = [line[:_SAMPLE_BYTES] for line in itertools.islice(text, SAMPLE_LINES)]
    best, best_score = ',', (0, 0)
    for delimiter in DELIMITERS:
        counts = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
        if not counts or max(counts) < 2:
            continue
        usual = max(set(counts), key=counts.count)
        alike = counts.count(usual) / len(counts)
        score = (usual > 1 and alike >= 0.8, usual * alike)
        if score > best_score:
            best, best_score = delimiter, score
    return best


# -- Spreadsheets ----------------------------------------------------------------------------


def _read_spreadsheet(content, sheet):
    """The sheet of this name, else the one that the file opens with, else one that is a table."""
    # Imported here: most files are text, and the libraries are slow to load.
    from . import spreadsheets

    read = spreadsheets.read_xlsx if content[:4] == _ZIP_SIGNATURE else spreadsheets.read_xls
    source = read(content, sheet)
    others = [name for name in source.sheets if name != source.sheet and not sheet]
    try:
        return _make_sheet_table(source)
    except FileProblem:
        for name in others:
            try:
                return _make_sheet_table(read(content, name))
            except FileProblem:
                continue
        raise


def _make_sheet_table(source):
    return _make_table(
        source.rows, source.notes, sheets=source.sheets, sheet=source.sheet, epoch=source.epoch
    )


# -- Header ----------------------------------------------------------------------------------


def _make_table(records, notes, **options):
    """Tell the header from the lines.

    :param records: iterable of ``Row``, blank ones left out
    """
    records = iter(records)
    first = list(itertools.islice(records, MAX_TITLE_LINES + 1))
    if not first:
        raise FileProblem('empty_file')
    titles = 0
    # A title above the table stands alone in its line.
    while titles + 1 < len(first) and _count_filled(first[titles]) == 1:
        if _count_filled(first[titles + 1]) > 2:
            titles += 1
            break
        titles += 1
    else:
        titles = 0
    line, header = first[titles]
    headers = _read_header(line, header)
    rest = itertools.chain(first[titles + 1 :], records)
    if 'sheet' in options:
        # a spreadsheet leaves out the empty cells at the end of a line, which is no mistake
        rest = (Row(row.line, row.cells + [''] * (len(headers) - len(row.cells))) for row in rest)
    rows = Rows(rest)
    if not rows:
        raise FileProblem('no_rows', line=line)
    notes = list(notes)
    if titles:
        notes.append(problem('title_lines', value=first[0].cells[0][:100], detail=titles))
    return Table(headers, rows, notes=tuple(notes), **options)


def _count_filled(row):
    return sum(bool(cell.strip()) for cell in row.cells)


def _read_header(line, header):
    headers = [" ".join(cell.split()) for cell in header]
    while headers and not headers[-1]:
        headers.pop()
    filled = [name for name in headers if name]
    if sum(bool(_DATA_CELL.fullmatch(name)) for name in filled) * 2 >= len(filled):
        raise FileProblem('no_header', line=line, value=filled[0][:100])
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
    return headers


def column_letter(index):
    """The name of a column without a header, as a spreadsheet names it: A, B, … Z, AA."""
    letters = ''
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
