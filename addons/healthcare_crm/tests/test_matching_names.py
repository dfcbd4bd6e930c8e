# Part of Healthcare CRM for Odoo. License LGPL-3.
"""One spelling for names, telephones, dates and addresses: no database."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm.matching import KEYS, Person, normalize, prepare

#: Any text, and text of the scripts patients are written in.
TEXT = st.text(max_size=30) | st.text(
    '王小明陳曉東欧阳 nguyễnvănđức AB-\'"😀محمد0123一二', max_size=20
)


def test_the_examples_in_the_code_hold():
    assert doctest.testmod(normalize).failed == 0


@pytest.mark.parametrize(
    'spellings',
    [
        ('王小明', '王 小明', '王小明先生', 'Wang Xiaoming', 'Xiao-Ming WANG', 'ＷＡＮＧ Xiaoming'),
        ('陳曉東', '陈晓东', 'Chen Xiaodong', 'Xiaodong Chen'),
        ('曾國藩', '曾国藩', 'Zeng Guofan'),
        ('歐陽明月', '欧阳明月', 'Ouyang Mingyue'),
        ('Nguyễn Văn Đức', 'Nguyen Van Duc', 'NGUYEN VAN DUC', 'Nguyễn Đức', 'Duc Nguyen'),
        ("Mary O'Brien", 'Mary O’Brien', 'O’BRIEN, Mary', 'Dr. Mary OBrien', 'Máry Obrien'),
    ],
)
def test_one_name_in_many_spellings(spellings):
    found = {(one.family, one.given) for one in (prepare(Person(1, name=s)) for s in spellings)}
    assert len(found) == 1


def test_what_latin_letters_do_not_tell_is_kept():
    one, two = prepare(Person(1, name='王小明')), prepare(Person(2, name='王曉鳴'))
    assert (one.family, one.given) == (two.family, two.given)
    assert one.given_written != two.given_written


def test_parts_of_a_name_count_before_the_whole():
    one = prepare(Person(1, name='ignored', given_name='Anna', family_name='Berg'))
    assert (one.family, one.given) == ('berg', 'anna')


@given(TEXT)
def test_normalising_what_is_normalised_changes_nothing(text):
    for function in (normalize.fold, normalize.code, normalize.email, normalize.phone):
        assert function(function(text)) == function(text)
    folded = normalize.fold(text)
    assert normalize.latin(normalize.latin(folded)) == normalize.latin(folded)


@given(*[TEXT] * 8)
def test_nothing_that_is_typed_makes_it_fail(
    name, given_name, birth, gender, phone, email, street, zip_code
):
    one = prepare(
        Person(
            *(1, name, given_name, '', birth, gender, phone, email, street, name, zip_code),
            identifiers=((street, name, True), ('', '', False)),
        )
    )
    assert len(one.keys) == len(KEYS)
    assert all(key is None or (isinstance(key, str) and key) for key in one.keys)
    assert one.birth_date == '' or (len(one.birth_date) == 8 and one.birth_date.isascii())


@pytest.mark.parametrize('name', ['', ' ', 'A', '😀', '\u200f', '\u202e', '-', '..'])
def test_a_name_that_says_nothing_makes_no_key(name):
    assert prepare(Person(1, name=name)).keys == (None,) * len(KEYS)


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('1980-01-31', '19800131'),
        ('19800131', '19800131'),
        ('0001-01-01', ''),
        ('9999-12-31', ''),
        ('0000-00-00', ''),
        ('1980', ''),
        ('soon', ''),
    ],
)
def test_birth_dates(text, expected):
    assert normalize.birth_date(text) == expected


def test_telephones_are_compared_without_what_stands_before_them():
    spellings = (
        '0912 345 678',
        '+886912345678',
        '00886-912-345678',
        '(0912)345-678',
        '０９１２３４５６７８',
    )
    assert {normalize.phone(text) for text in spellings} == {'912345678'}
    assert normalize.phone('0000000000') == normalize.phone('12') == ''


def test_addresses_in_both_scripts_have_words_and_numbers():
    expected = ('中山北路', '2 39 11')
    assert normalize.street('台北市中山區中山北路二段39巷11號') == expected
    assert normalize.street('中山北路2段39巷11号3樓') == expected
    assert normalize.street('Flat 2, 6 Tullaroop St.') == ('tullaroop', '2 6')


def test_keys_are_the_same_for_another_spelling():
    one = Person(1, name='王小明', birth_date='1980-01-31', zip='106', phone='0912345678')
    two = Person(2, name='Xiaoming Wang', birth_date='1980/1/31', zip='106', phone='+886912345678')
    assert prepare(one).keys == prepare(two).keys
    assert prepare(one).keys == (
        *(None, '912345678', None, '19800131', 'fn|smn', 'smn|106', None, None),
    )
