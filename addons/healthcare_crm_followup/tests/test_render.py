import unittest

from hypothesis import given
from hypothesis import strategies as st

from ..engine import render


class TestRender(unittest.TestCase):
    def test_placeholders_are_filled_and_nothing_is_evaluated(self):
        text = render.fill(
            "Hello {patient_name}, {nothing}{{x}} {1+1}", {'patient_name': "An", 'x': 'y'}
        )
        self.assertEqual(text, "Hello An, {y} {1+1}")

    def test_unknown_placeholders_are_named(self):
        self.assertEqual(
            render.unknown_placeholders("{patient_name} {oops}", {'patient_name'}), ['oops']
        )

    def test_the_patients_language_comes_first_then_the_clinics(self):
        texts = {'en_US': "Hello", 'vi_VN': "Xin chào"}
        self.assertEqual(render.in_language(texts, 'vi_VN', 'en_US'), "Xin chào")
        self.assertEqual(render.in_language(texts, 'zh_TW', 'en_US'), "Hello")
        self.assertEqual(render.in_language({'zh_TW': "您好"}, 'vi_VN', 'en_US'), "您好")
        self.assertEqual(render.in_language({}, 'vi_VN'), '')

    def test_a_line_of_words_and_address_becomes_a_button(self):
        html = render.to_html("Dear An,\n\nConfirm: https://clinic.example/a", 'en_US', "Clinic")
        self.assertRegex(html, r'<a href="https://clinic.example/a"[^>]*>Confirm</a>')
        html = render.to_html("請確認：https://clinic.example/a", 'zh_TW', "診所")
        self.assertRegex(html, r'<a href="https://clinic.example/a"[^>]*>請確認</a>')

    def test_a_name_of_several_lines_makes_no_header_and_no_button(self):
        text = render.fill(
            "Dear {patient_name}", {'patient_name': "An\r\nBcc: x: https://evil.example"}
        )
        self.assertNotIn('\n', text)
        self.assertNotIn('background:#0b6e6e', render.to_html(text, 'en_US', "C"))

    @given(st.text())
    def test_nothing_a_patient_is_called_becomes_markup(self, name):
        html = render.to_html(
            render.fill("Dear {patient_name}", {'patient_name': f'<script>{name}'}), 'en_US', "C"
        )
        self.assertNotIn('<script', html)
