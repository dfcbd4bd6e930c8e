from odoo.tests import TransactionCase, tagged

from ..spelling import spell_number


@tagged('post_install', '-at_install')
class TestSpelling(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('vi_VN')

    def test_numbers_are_written_as_the_language_does(self):
        for lang, number, digits, spelled in (
            ('en_US', 1240, 0, '1,240'),
            ('en_US', 1240000.5, 2, '1,240,000.5'),
            ('en_US', 2.0, 2, '2'),
            ('en_US', -36.66, 1, '-36.7'),
            ('vi_VN', -36.66, 1, '-36,7'),
            ('vi_VN', 1240.25, 2, '1.240,25'),
        ):
            with self.subTest(lang=lang, number=number):
                env = self.env(context={'lang': lang})
                self.assertEqual(spell_number(env, number, digits), spelled)
