# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Reading one cell: no database."""

import datetime
from decimal import Decimal

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.importing import values
from odoo.addons.healthcare_crm.importing.problems import LEVELS, ValueProblem

READERS = (
    values.identifier,
    values.number,
    values.age,
    values.gender,
    values.yes_no,
    values.channel,
    values.status,
    values.language,
    values.no_show,
    values.date,
    values.moment,
)


@given(st.integers(min_value=0, max_value=10**40), st.integers(min_value=0, max_value=3))
def test_a_whole_number_written_as_a_decimal_keeps_every_digit(number, zeros):
    cell = f'{number}.' + '0' * zeros
    assert values.identifier(cell) == (str(number), None)


@given(st.integers(min_value=1, max_value=10**30))
def test_scientific_notation_with_all_digits_is_the_same_number(number):
    digits = str(number)
    cell = f"{digits[0]}.{digits[1:]}E+{len(digits) - 1}"
    assert values.identifier(cell) == (digits, None)


@given(st.integers(min_value=10**6, max_value=10**30), st.integers(min_value=1, max_value=5))
def test_scientific_notation_that_lost_digits_is_refused(number, lost):
    digits = str(number)
    cell = f"{digits[0]}.{digits[1:-lost]}E+{len(digits) - 1}"
    with pytest.raises(ValueProblem) as caught:
        values.identifier(cell)
    assert caught.value.code == 'id_shortened'


@given(
    st.integers(min_value=10**15, max_value=10**18), st.integers(min_value=10**15, max_value=10**18)
)
def test_two_long_numbers_never_become_one(first, second):
    same = values.identifier(f'{first}.0') == values.identifier(f'{second}.0')
    assert same == (first == second)


@pytest.mark.parametrize(
    ('cell', 'expected'),
    [
        ('29872499824296.0', ('29872499824296', None)),
        ('00123', ('00123', None)),
        (" 0012 3 ", ('00123', None)),
        ('A-17', ('A-17', None)),
        ('１２３', ('123', None)),
        ('93779.52927', ('93779.52927', 'id_fraction')),
        ('9007199254740993.0', ('9007199254740993', None)),  # 2**53 + 1
    ],
)
def test_identifiers(cell, expected):
    assert values.identifier(cell) == expected


@pytest.mark.parametrize('cell', ['1e14', '2.98725E+13', '1.5E+00'])
def test_identifiers_without_their_digits_are_refused(cell):
    with pytest.raises(ValueProblem):
        values.identifier(cell)


def test_identifier_too_long_is_refused():
    with pytest.raises(ValueProblem):
        values.identifier('7' * (values.MAX_ID_LENGTH + 1))


@given(st.text())
def test_readers_return_a_value_or_a_known_problem(cell):
    for read in READERS:
        try:
            read(cell)
        except ValueProblem as error:
            assert error.code in LEVELS
    values.text(cell)


@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2100, 1, 1)))
def test_a_date_is_the_same_in_every_spelling(day):
    for cell in (
        day.isoformat(),
        day.strftime('%Y/%m/%d'),
        day.strftime('%Y%m%d'),
        day.strftime('%d/%m/%Y'),
        day.strftime('%d.%m.%Y'),
        day.isoformat() + " 00:00:00",
        day.isoformat() + 'T00:00:00Z',
        f'{day.year}年{day.month}月{day.day}日',
    ):
        assert values.date(cell) == day, cell
        assert values.moment(cell) == day, cell
    assert values.date(day.strftime('%m/%d/%Y'), values.MONTH_FIRST) == day
    if day.year > 1911:
        assert values.date(f"民國{day.year - 1911}年{day.month}月{day.day}日") == day
    if day.year > 1911 + 99:
        assert values.date(f"{day.year - 1911}/{day.month}/{day.day}") == day


@given(
    st.datetimes(min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2100, 1, 1))
)
def test_a_moment_is_the_same_in_every_spelling(moment):
    moment = moment.replace(microsecond=0)
    expected = moment.date() if moment.time() == datetime.time() else moment
    for cell in (
        moment.isoformat(" "),
        moment.isoformat('T'),
        moment.isoformat(" ") + '.000',
        moment.strftime("%d/%m/%Y %H:%M:%S"),
        moment.strftime("%Y-%m-%d %I:%M:%S %p"),
    ):
        assert values.moment(cell) == expected, cell


@pytest.mark.parametrize(
    ('read', 'cell', 'code'),
    [
        (values.date, '2016-02-30', 'bad_date'),
        (values.date, '31/13/2016', 'bad_date'),
        (values.date, '1954-03-26T15:00:00Z', 'bad_date'),
        (values.date, '42489', 'bad_date'),
        (values.date, 'yesterday', 'bad_date'),
        (values.moment, "2016-04-29 25:00", 'bad_datetime'),
        (values.moment, "2016-04-29 noon", 'bad_datetime'),
        (values.age, '-1.0', 'negative_age'),
        (values.age, '1310', 'absurd_age'),
        (values.age, 'NaN', 'bad_age'),
        (values.age, 'Infinity', 'bad_age'),
        (values.yes_no, '2', 'bad_yes_no'),
        (values.gender, '?', 'bad_gender'),
    ],
)
def test_what_cannot_be_read_says_why(read, cell, code):
    with pytest.raises(ValueProblem) as caught:
        read(cell)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ('read', 'cell', 'expected'),
    [
        (values.age, '62.0', 62),
        (values.age, '0', 0),
        (values.number, '-1.5', Decimal('-1.5')),
        (values.gender, 'F', 'female'),
        (values.gender, 'Nữ', 'female'),
        (values.gender, '男', 'male'),
        (values.yes_no, '1.0', True),
        (values.yes_no, 'Không', False),
        (values.no_show, 'Yes', 'noshow'),
        (values.no_show, 'No', 'fulfilled'),
        (values.status, 'No-show', 'noshow'),
        (values.status, 'no_show', 'noshow'),
        (values.channel, 'phone', 'call'),
        (values.channel, "Tin  nhắn", 'sms'),
        (values.language, 'zh_TW', 'zh_TW'),
        (values.language, 'vi', 'vi_VN'),
        (values.language, 'pt-br', 'pt_BR'),
        (values.text, " Nguyễn \t Văn\nAn ", "Nguyễn Văn An"),
        (values.moment, "2016/4/29 下午 3:30", datetime.datetime(2016, 4, 29, 15, 30)),
    ],
)
def test_choices(read, cell, expected):
    assert read(cell) == expected


@pytest.mark.parametrize('cell', ['', "  ", 'NULL', 'nan', 'N/A', '-', "　"])
def test_missing_cells(cell):
    assert values.is_missing(cell)


def test_local_time_becomes_utc_in_the_zone_of_the_clinic():
    taipei = pytz.timezone('Asia/Taipei')
    local = datetime.datetime(2016, 4, 29, 18, 38, 8)
    assert values.to_utc(local, taipei) == datetime.datetime(2016, 4, 29, 10, 38, 8)
    aware = values.moment('2016-04-29T18:38:08-03:00')
    assert values.to_utc(aware, taipei) == datetime.datetime(2016, 4, 29, 21, 38, 8)


@pytest.mark.parametrize(
    ('cells', 'expected'),
    [
        (['2016-04-29'], (None, True)),
        (['03/04/2016', '13/04/2016'], (values.DAY_FIRST, True)),
        (['03/04/2016', '04/13/2016'], (values.MONTH_FIRST, True)),
        (['03/04/2016'], (values.DAY_FIRST, False)),
        (['13/04/2016', '04/13/2016'], (values.DAY_FIRST, False)),
    ],
)
def test_order_of_day_and_month(cells, expected):
    assert values.guess_order(cells) == expected
