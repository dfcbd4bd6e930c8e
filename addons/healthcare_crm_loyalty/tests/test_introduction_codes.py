import string

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm_loyalty.introducing import codes

CODES = st.integers(0, 10**6).map(lambda _any: codes.new())
PLACES = st.integers(0, codes.LENGTH - 1)


@given(CODES)
def test_a_code_is_read_however_it_is_written(code):
    assert codes.read(code) == code
    assert codes.read(codes.show(code)) == code
    assert codes.read(f' {code.lower()} ') == code
    wide = ''.join(chr(ord(char) + 0xFEE0) for char in code)
    assert codes.read(wide) == code


@given(CODES, PLACES, st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_noticed(code, place, char):
    typed = code[:place] + char + code[place + 1 :]
    assert codes.read(typed) == (code if typed == code else None)


@given(CODES, st.integers(0, codes.LENGTH - 2))
def test_two_characters_in_each_others_place_are_noticed(code, place):
    typed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert codes.read(typed) == (code if typed == code else None)


@given(st.one_of(st.none(), st.integers(), st.text(), st.text(string.printable, max_size=12)))
def test_anything_else_is_no_code(text):
    code = codes.read(text)
    assert code is None or len(code) == codes.LENGTH
