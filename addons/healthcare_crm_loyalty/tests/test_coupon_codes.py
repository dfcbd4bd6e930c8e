from itertools import combinations

import pytest

from ..coupon_codes import ALPHABET, LENGTH, is_code, make, read, spell

CODES = make(20)


def test_codes_are_many_and_all_different():
    codes = make(5000)
    assert len(set(codes)) == 5000
    assert all(is_code(code) for code in codes)


@pytest.mark.parametrize('code', CODES)
def test_every_slip_is_found(code):
    for at in range(LENGTH):
        for other in set(ALPHABET) - {code[at]}:
            assert not is_code(code[:at] + other + code[at + 1 :])
    for one, other in combinations(range(LENGTH), 2):
        swapped = list(code)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert code[one] == code[other] or not is_code(''.join(swapped))


@pytest.mark.parametrize('code', CODES[:3])
def test_what_is_printed_can_be_typed(code):
    assert read(f' {spell(code).lower()} ') == code


@pytest.mark.parametrize('text', ['', ' ', 'O0I1', 'é' * LENGTH, '２' * LENGTH, 'A' * (LENGTH + 1)])
def test_what_is_no_code(text):
    assert not is_code(read(text))
