# Part of Healthcare CRM for Odoo. License LGPL-3.
"""Numbers on documents: no database."""

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.matching import identifiers
from odoo.addons.healthcare_crm.matching.identifiers import IdentifierError, check

RULES = [*identifiers.RULES, 'stdnum:us.ssn', 'stdnum:dk.cpr', '']


@pytest.mark.parametrize(
    ('rule', 'value', 'number'),
    [
        ('tw_national', 'A123456789', 'A123456789'),
        ('tw_national', ' a12345-6789 ', 'A123456789'),
        ('tw_national', 'Ａ１２３４５６７８９', 'A123456789'),
        ('tw_national', '\u202aA123456789\u202c', 'A123456789'),
        ('tw_arc', 'A800000014', 'A800000014'),
        ('tw_arc', 'AC01234567', 'AC01234567'),
        ('vn_cccd', '001 090 012345', '001090012345'),
        ('vn_cccd', '101090012345', '101090012345'),
        ('vn_bhyt', 'DN4010123456789', 'DN4010123456789'),
        ('vn_bhyt', '0123456789', '0123456789'),
        ('tw_nhi', '0000 1234 5678', '000012345678'),
        ('passport', 'k1234567', 'K1234567'),
        ('stdnum:us.ssn', '536-90-4399', '536904399'),
        ('stdnum:dk.cpr', '211062-5629', '2110625629'),
        ('', '😀', '😀'),
    ],
)
def test_right(rule, value, number):
    assert check(rule, value) == number


@pytest.mark.parametrize(
    ('rule', 'value', 'code'),
    [
        ('tw_national', 'A123456788', 'check_digit'),
        ('tw_national', 'A213456789', 'check_digit'),
        ('tw_national', 'A12345678', 'length'),
        ('tw_national', 'A823456789', 'characters'),
        ('tw_national', '1123456789', 'characters'),
        ('tw_national', 'A12345678😀', 'characters'),
        ('tw_national', 'A12345678٩', 'characters'),
        ('tw_national', 'مرحبا', 'length'),
        ('tw_arc', 'A800000015', 'check_digit'),
        ('tw_arc', 'AE01234567', 'characters'),
        ('vn_cccd', '003090012345', 'area'),
        ('vn_cccd', '00109001234', 'length'),
        ('vn_cccd', '00109001234A', 'characters'),
        ('passport', '😀😀😀😀😀', 'characters'),
        ('stdnum:us.ssn', '000-00-0000', 'area'),
        ('stdnum:fr.nir', '2 95 10 99 126 111 94', 'check_digit'),
        ('stdnum:os.path', '1', 'rule'),
        ('stdnum:../../etc', '1', 'rule'),
        ('stdnum:exceptions', '1', 'rule'),
        ('nonsense', '1', 'rule'),
        ('', '', 'empty'),
        ('tw_national', ' - ', 'empty'),
        ('', 'x' * 65, 'length'),
    ],
)
def test_wrong(rule, value, code):
    with pytest.raises(IdentifierError) as caught:
        check(rule, value)
    assert caught.value.code == code


@given(
    st.integers(0, 99999999), st.sampled_from('ABCDEFGHIJKLMNOPQRSTUVWXYZ'), st.sampled_from('12')
)
def test_one_digit_in_ten_is_the_check_digit(digits, letter, gender):
    stem = f'{letter}{gender}{digits // 10:07d}'
    right = []
    for digit in range(10):
        try:
            right.append(check('tw_national', f'{stem}{digit}'))
        except IdentifierError as error:
            assert error.code == 'check_digit'
    assert len(right) == 1


@example('a¨', '')
@given(st.text(), st.sampled_from(RULES))
def test_whatever_is_typed_has_an_answer(text, rule):
    try:
        number = check(rule, text)
    except IdentifierError as error:
        assert error.code
    else:
        assert check(rule, number) == number
        identifiers.contradictions(rule, number, datetime.date(1990, 1, 1), 'male')


@pytest.mark.parametrize(
    ('rule', 'number', 'birth_date', 'gender', 'found'),
    [
        ('tw_national', 'A123456789', None, 'female', ['gender']),
        ('tw_national', 'A123456789', None, 'male', []),
        ('tw_national', 'A123456789', None, 'other', []),
        ('vn_cccd', '001090012345', datetime.date(1990, 5, 1), 'male', []),
        ('vn_cccd', '001190012345', datetime.date(1991, 5, 1), 'male', ['birth_date', 'gender']),
        ('vn_cccd', '001306012345', datetime.date(2006, 5, 1), 'female', []),
        ('stdnum:dk.cpr', '2110625629', datetime.date(1992, 1, 1), None, ['birth_date']),
        ('passport', 'K1234567', datetime.date(1992, 1, 1), 'male', []),
    ],
)
def test_what_a_number_tells(rule, number, birth_date, gender, found):
    assert identifiers.contradictions(rule, number, birth_date, gender) == found
