import doctest
import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.healthcare_crm_loyalty.points import codes


class TestCodes(unittest.TestCase):
    """No mistyped code is taken for another one."""

    def test_examples(self):
        self.assertEqual(doctest.testmod(codes).failed, 0)

    def test_a_code_is_read_however_it_is_typed(self):
        code = codes.make('R')
        self.assertEqual(len(code), 10)
        for text in (code, code.lower(), f' {codes.show(code)} ', codes.show(code).lower()):
            with self.subTest(text=text):
                self.assertEqual(codes.read(text), code)
                self.assertTrue(codes.looks_like(text, 'R') or code.isalpha())

    def test_codes_that_are_made_together(self):
        made = codes.make_many('C', 3000)
        self.assertEqual(len(set(made)), 3000)
        self.assertTrue(all(codes.read(code) == code for code in made))
        self.assertEqual(codes.make_many('C', 0), [])

    @given(st.text(codes.ALPHABET, min_size=8, max_size=8), st.data())
    def test_one_wrong_character_is_found(self, body, data):
        code = 'R' + body + codes._check('R' + body)
        at = data.draw(st.integers(1, 9))
        other = data.draw(st.sampled_from([one for one in codes.ALPHABET if one != code[at]]))
        self.assertIsNone(codes.read(code[:at] + other + code[at + 1 :]))

    @given(st.text(codes.ALPHABET, min_size=8, max_size=8), st.data())
    def test_two_that_changed_places_are_found(self, body, data):
        code = 'R' + body + codes._check('R' + body)
        first, second = sorted(
            data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=2, unique=True))
        )
        swapped = list(code)
        swapped[first], swapped[second] = code[second], code[first]
        if swapped != list(code):
            self.assertIsNone(codes.read(''.join(swapped)))

    def test_names_and_other_characters_are_no_codes(self):
        for text in ('', 'R', 'Robertson', 'RACHELTHEN', 'R0000-0000-0', '王小明', 'R234 5678 9'):
            with self.subTest(text=text):
                self.assertIsNone(codes.read(text))
        self.assertFalse(codes.looks_like('RACHELTHEN', 'R'))
        self.assertTrue(codes.looks_like('R234-5678-9A', 'R'))
