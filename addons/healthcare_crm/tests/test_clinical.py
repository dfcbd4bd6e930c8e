import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..clinical import icd10
from ..clinical.ranges import Range, choose, interpret

NUMBERS = st.floats(min_value=0.1, max_value=1000)


class TestIcd10(unittest.TestCase):
    def test_how_a_code_is_written(self):
        for written, normal in (
            ('E11.9', 'E11.9'),
            (' e119 ', 'E11.9'),
            ('i10', 'I10'),
            ('I10.', 'I10'),
            ('s72 0', 'S72.0'),
            ('M1A.00X0', 'M1A.00X0'),
            ('', ''),
            (None, ''),
        ):
            with self.subTest(written=written):
                self.assertEqual(icd10.normalised(written), normal)

    def test_what_is_a_code(self):
        for code in ('I10', 'E11.9', 'C7A.00', 'S52.501A', 'U07.1'):
            self.assertTrue(icd10.is_code(code), code)
        for code in ('', 'diabetes', '11E', 'E1', 'E11.', 'E11.12345', 'É11', 'E11\n', '糖尿病'):
            self.assertFalse(icd10.is_code(code), code)

    def test_chapters(self):
        for code, number in (
            ('A00', '01'),
            ('B99.9', '01'),
            ('C00', '02'),
            ('D48', '02'),
            ('D50.9', '03'),
            ('E11.9', '04'),
            ('H59', '07'),
            ('H60', '08'),
            ('I10', '09'),
            ('O9A.2', '15'),
            ('P07.3', '16'),
            ('T98', '19'),
            ('V01', '20'),
            ('Z00.0', '21'),
            ('U07.1', '22'),
        ):
            with self.subTest(code=code):
                self.assertEqual(icd10.chapter(code), number)
        self.assertIsNone(icd10.chapter('diabetes'))

    @given(st.text())
    def test_whatever_is_typed(self, text):
        code = icd10.normalised(text)
        self.assertEqual(icd10.normalised(code), code)
        icd10.chapter(code)

    @given(st.from_regex(r'[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?', fullmatch=True))
    def test_every_code_has_a_chapter(self, code):
        self.assertIsNotNone(icd10.chapter(code))


class TestRanges(unittest.TestCase):
    def test_words(self):
        for value, limits, word in (
            (5, (4, 6), 'N'),
            (4, (4, 6), 'N'),
            (6, (4, 6), 'N'),
            (3.9, (4, 6), 'L'),
            (6.1, (4, 6), 'H'),
            (1, (4, 6, 2, 9), 'LL'),
            (2, (4, 6, 2, 9), 'L'),
            (9.1, (4, 6, 2, 9), 'HH'),
            (0, (0, 6), 'N'),
            (5, (0, 0), None),
            (200, (0, 0, 0, 180), 'HH'),
        ):
            with self.subTest(value=value, limits=limits):
                self.assertEqual(interpret(value, *limits), word)

    @given(NUMBERS, NUMBERS, NUMBERS)
    def test_a_higher_value_is_never_lower(self, value, more, high):
        order = ['LL', 'L', 'N', 'H', 'HH']
        limits = (high / 2, high, high / 4, high * 2)
        self.assertLessEqual(
            order.index(interpret(value, *limits)), order.index(interpret(value + more, *limits))
        )

    def test_whose_range(self):
        everybody = Range(high=1)
        adults = Range(age_from=18, high=2)
        women = Range('female', 18, 0, high=3)
        old_women = Range('female', 65, 0, high=4)
        ranges = [everybody, adults, women, old_women]
        for gender, age, expected in (
            ('female', 70, old_women),
            ('female', 30, women),
            ('female', 17.9, everybody),
            ('male', 30, adults),
            ('other', 30, adults),
            ('female', None, everybody),
            (False, None, everybody),
        ):
            with self.subTest(gender=gender, age=age):
                self.assertEqual(choose(ranges, gender, age), expected)
        self.assertIsNone(choose([women], 'male', 30))
        self.assertIsNone(choose([], 'male', 30))

    def test_the_last_day_of_an_age(self):
        child = Range(age_from=6, age_to=12, high=1)
        for age, fits in ((5.99, False), (6, True), (11.99, True), (12, False)):
            with self.subTest(age=age):
                self.assertEqual(choose([child], 'male', age), child if fits else None)
