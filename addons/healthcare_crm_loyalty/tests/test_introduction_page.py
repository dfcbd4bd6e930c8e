import re

from odoo.tests import HttpCase, tagged

from ..points import codes
from .test_introductions import IntroductionCase


@tagged('post_install', '-at_install')
class TestIntroductionPage(HttpCase, IntroductionCase):
    """What somebody sees who comes by the link of a patient."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('vi_VN')
        cls.clinic = cls.env['res.company'].create(
            {'name': "Lotus Clinic", 'country_id': cls.env.ref('base.vn').id}
        )
        cls.introducer.company_id = cls.clinic
        cls.page = cls.env['healthcare.enquiry.page'].create(
            {'name': "Website", 'slug': 'lotus-i', 'company_id': cls.clinic.id}
        )

    def setUp(self):
        super().setUp()
        for counter in ('healthcare.enquiry.limit', 'healthcare.consent.counter'):
            self.env[counter].search([]).unlink()

    def open(self, code=None, lang='en_US'):
        return self.url_open(f'/i/{code or self.introducer.code}?lang={lang}')

    def test_light_and_without_a_name_nobody_agreed_to(self):
        answer = self.open()
        self.assertEqual(answer.status_code, 200)
        self.assertLess(len(answer.content), 100_000)
        self.assertNotIn('<script', answer.text)
        self.assertIn("Lotus Clinic", answer.text)
        for secret in ("Kiệt", "Thường", '84912000001'):
            self.assertNotIn(secret, answer.text)
        self.introducer.shown_name = "Kiệt <b>"
        answer = self.open()
        self.assertIn("Kiệt &lt;b&gt;", answer.text)
        self.assertNotIn("Thường", answer.text)

    def test_the_form_keeps_the_code_in_every_language(self):
        [link] = re.findall(r'href="(/enquiry/[^"]+)"', self.open(lang='vi_VN').text)
        link = link.replace('&amp;', '&')
        self.assertIn('lang=vi_VN', link)
        form = self.url_open(link).text
        shown = codes.show(self.introducer.code)
        self.assertIn(f'value="{shown}"', form)
        [other] = re.findall(r'href="(\?lang=en_US[^"]*)"', form)
        self.assertIn(shown, other)
        key = re.search(r'name="key" value="([^"]+)"', form)[1]
        answer = self.url_open(
            '/enquiry/lotus-i?lang=en_US',
            data={'key': key, 'name': "Hoa", 'phone': '0912 345 678', 'introduction': shown},
            allow_redirects=False,
        )
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        enquiry = self.env['healthcare.enquiry'].search([('page_id', '=', self.page.id)])
        self.assertEqual(enquiry.introducer_id, self.introducer)
        self.assertEqual(self.introducer.introduction_ids.enquiry_id, enquiry)

    def test_a_slip_in_the_code_is_told(self):
        form = self.url_open('/enquiry/lotus-i?lang=en_US').text
        key = re.search(r'name="key" value="([^"]+)"', form)[1]
        answer = self.url_open(
            '/enquiry/lotus-i?lang=en_US',
            data={'key': key, 'name': "Hoa", 'phone': '0912 345 678', 'introduction': "hello"},
        )
        self.assertEqual(answer.status_code, 422)
        self.assertIn("not a code of ours", answer.text)
        self.assertIn('value="hello"', answer.text)

    def test_who_tries_codes_is_stopped(self):
        self.introducer.active = False
        statuses = {self.open().status_code for _try in range(32)}
        self.assertEqual(statuses, {404, 429})
