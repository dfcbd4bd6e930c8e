# Part of Healthcare CRM for Odoo. License LGPL-3.
"""From the cells of one line to values by target, with every problem of the line."""

import datetime
from typing import NamedTuple

from . import values
from .columns import ALTERNATIVES, APPOINTMENTS, PATIENTS, TARGETS, find_missing
from .problems import ERROR, ValueProblem, problem

KEYS = {PATIENTS: 'patient_id', APPOINTMENTS: 'appointment_id'}
# Columns that hold a number, which must never become another one.
_NUMBERS = ('patient_id', 'appointment_id', 'clinic_number')
# Only words may be "Null" or "-": no address, date or choice is.
_WORDS = ('name', 'family_name', 'given_name', 'street', 'city')


class Options(NamedTuple):
    """What reading a line needs to know besides its cells.

    ``normalize_email`` and ``normalize_phone`` return the text to store, or nothing when it is
    not valid; they are Odoo's own, so that a line that passes here passes there.
    """

    kind: str
    headers: list
    mapping: dict  # header -> target code
    today: datetime.date
    normalize_email: object = values.text
    normalize_phone: object = values.text
    order: str = values.DAY_FIRST
    epoch: datetime.date = None

    @property
    def key(self):
        """The target whose value no two lines have."""
        if self.kind == PATIENTS and 'patient_id' not in self.mapping.values():
            return 'clinic_number'
        return KEYS[self.kind]


class ParsedRow(NamedTuple):
    """``{index: 0, line: 2, values: {"patient_id": "7", …}, problems: [Problem…]}``.

    ``index`` is the place among the lines with data, which is how far an import has come;
    ``line`` is the number an editor shows. A column that is mapped but empty or unreadable is
    absent from ``values``.
    """

    index: int
    line: int
    values: dict
    problems: list

    @property
    def failed(self):
        return any(item.level == ERROR for item in self.problems)


def parse_row(index, row, options):
    """Read one line into a ``ParsedRow``."""
    found, values_by_code = [], {}
    cells = row.cells
    surplus = [cell for cell in cells[len(options.headers) :] if cell.strip()]
    if surplus:
        # The cells after a stray delimiter stand under the wrong headers: trust none of them.
        found.append(problem('too_many_cells', value=surplus[0], detail=len(options.headers)))
        return ParsedRow(index, row.line, {}, found)
    if len(cells) < len(options.headers):
        found.append(problem('too_few_cells', detail=len(options.headers)))
        cells = cells + [''] * (len(options.headers) - len(cells))
    for header, cell in zip(options.headers, cells, strict=False):
        if code := options.mapping.get(header):
            target = TARGETS[options.kind][code]
            value, item = _read_cell(target, unescape(cell), header, options)
            if value is not None:
                values_by_code[code] = value
            if item:
                found.append(item)
    if 'name' not in values_by_code:
        parts = [values_by_code.get(code, '') for code in ('family_name', 'given_name')]
        if any(parts):
            language = values_by_code.get('language', '')
            values_by_code['name'] = values.full_name(*parts, language)
    found += _missing(values_by_code, found, options)
    found += _contradictions(values_by_code, options)
    return ParsedRow(index, row.line, values_by_code, found)


def unescape(cell):
    """Undo ``report.neutralize``: a mended report comes back as the file it was made from."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set('=+-@\t\r\n＝＋－＠') else cell


def _read_cell(target, cell, header, options):
    """``(value or None, problem or None)``."""
    if not cell.strip() if target.code in _WORDS else values.is_missing(cell):
        return None, None
    try:
        if target.code in _NUMBERS:
            value, code = target.read(cell)
            return value, problem(code, header, cell) if code else None
        if target.dated:
            value = target.read(cell, options.order, options.epoch)
        else:
            value = target.read(cell)
    except ValueProblem as error:
        # A date without which there is no appointment costs the line, another only itself.
        level = ERROR if target.required else None
        return None, problem(error.code, header, cell, level)
    if target.code == 'email':
        value = options.normalize_email(values.clean(value)) or None
    elif target.code == 'phone':
        value = options.normalize_phone(values.clean(value)) or None
    if value in (None, '', ()):
        code = {'email': 'bad_email', 'phone': 'bad_phone'}.get(target.code)
        return None, problem(code, header, cell) if code else None
    return value, None


def _header_of(code, options):
    return next((header for header, other in options.mapping.items() if other == code), '')


def _missing(found_values, found, options):
    already = {item.column for item in found if item.level == ERROR}
    for code in find_missing(found_values, options.kind):
        alternatives = ALTERNATIVES[options.kind].get(code, ())
        headers = [_header_of(other, options) for other in (code, *alternatives)]
        header = next(filter(None, headers), '')
        if header not in already:
            yield problem('missing_required', header)


def _contradictions(found_values, options):
    """Values that are readable, but cannot be true; the one that cannot be stored is dropped."""
    born = found_values.get('birth_date')
    if born and born > options.today:
        del found_values['birth_date']
        yield problem('birth_date_future', _header_of('birth_date', options), born.isoformat())
    elif born and born.year < options.today.year - values.MAX_AGE:
        del found_values['birth_date']
        yield problem('birth_date_old', _header_of('birth_date', options), born.isoformat())
    start, stop = found_values.get('start'), found_values.get('stop')
    booked = found_values.get('booked_at')
    if start and stop and not _in_order(start, stop):
        del found_values['stop']
        yield problem('stop_before_start', _header_of('stop', options), str(stop))
    if start and booked and _day(booked) > _day(start):
        yield problem('booked_later', _header_of('booked_at', options), str(booked))
    if start and not isinstance(start, datetime.datetime):
        yield problem('no_time', _header_of('start', options))


def _day(value):
    return value.date() if isinstance(value, datetime.datetime) else value


def _in_order(start, stop):
    if isinstance(start, datetime.datetime) and isinstance(stop, datetime.datetime):
        # one of them with an offset cannot be compared with a local one
        return start.replace(tzinfo=None) < stop.replace(tzinfo=None)
    return _day(start) <= _day(stop)


def event_dates(found_values, zone):
    """The values of a calendar event: a moment in UTC, or the whole of a day without a time.

    :param zone: the clinic's time zone, from ``pytz``
    """
    start, stop = found_values['start'], found_values.get('stop')
    if isinstance(start, datetime.datetime):
        dates = {'allday': False, 'start': values.to_utc(start, zone)}
        if isinstance(stop, datetime.datetime):
            dates['stop'] = values.to_utc(stop, zone)
        return dates
    last = _day(stop) if stop else start
    # 8 and 18 o'clock is what the calendar itself stores for whole days, in any time zone. Given as
    # dates instead, it would write each new event a second time.
    return {
        'allday': True,
        'start': datetime.datetime.combine(start, datetime.time(8)),
        'stop': datetime.datetime.combine(last, datetime.time(18)),
    }


def event_status(found_values, today):
    """The status of an appointment, or nothing when the file does not tell.

    "Did not come: no" says of a past appointment that the patient came, and of one still to come
    nothing at all.
    """
    no_show, status = found_values.get('no_show'), found_values.get('status')
    if _day(found_values['start']) > today:
        no_show = None
    return no_show if no_show == 'noshow' else status or no_show


def booking_moment(found_values, zone):
    """When the appointment was booked, in UTC; a day without a time begins at midnight."""
    booked = found_values.get('booked_at')
    if not booked:
        return None
    if not isinstance(booked, datetime.datetime):
        booked = datetime.datetime.combine(booked, datetime.time())
    return values.to_utc(booked, zone)


def find_repeated(table, options):
    """``{identifier: index of the first line with it}`` of those on several lines of the file.

    Made again whenever an import resumes, so that a repeated line is known for one also when its
    first was read hours before.
    """
    column = table.headers.index(_header_of(options.key, options))
    firsts, repeated = {}, {}
    for index, row in enumerate(table.rows):
        if column < len(row.cells) and not values.is_missing(row.cells[column]):
            try:
                value, _code = values.identifier(unescape(row.cells[column]))
            except ValueProblem:
                continue
            first = firsts.setdefault(value, index)
            if first != index:
                repeated.setdefault(value, first)
    return repeated


def check_repeated(parsed, row, repeated, table, options):
    """Add to a ``ParsedRow`` that its identifier stands on an earlier line, if it does."""
    key = options.key
    index = repeated.get(parsed.values.get(key), parsed.index)
    if index >= parsed.index:
        return parsed
    first = table.rows[index]
    same = [cell.strip() for cell in first.cells] == [cell.strip() for cell in row.cells]
    code = 'repeated_same' if same else 'repeated_different'
    item = problem(code, _header_of(key, options), parsed.values[key], detail=first.line)
    return parsed._replace(problems=parsed.problems + [item])
