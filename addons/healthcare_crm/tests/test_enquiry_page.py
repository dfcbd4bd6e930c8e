import re
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..controllers.enquiry import MAX_BODY
from ..models import healthcare_enquiry_limit
from .test_enquiry import EnquiryCase


@tagged('post_install', '-at_install')
class TestEnquiryPage(HttpCase, EnquiryCase):
    """The page on which anybody asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ('en_US', 'vi_VN', 'zh_TW', 'zh_CN'):
            cls.env['res.lang']._activate_lang(code)
        cls.clinic = cls.env['res.company'].create(
            {
                'name': "Lotus <Clinic>",
                'phone': '+886 2 2555 0199',
                'country_id': cls.env.ref('base.tw').id,
            }
        )
        cls.service = cls.make_service("Skin", company_id=cls.clinic.id)
        cls.secret_service = cls.make_service(
            "Of another clinic", company_id=cls.env['res.company'].create({'name': "Other"}).id
        )
        cls.page = cls.env['healthcare.enquiry.page'].create(
            {
                'name': "Website",
                'slug': 'lotus',
                'company_id': cls.clinic.id,
                'source_ids': [(6, 0, cls.source.ids)],
            }
        )

    def setUp(self):
        super().setUp()
        self.env['healthcare.enquiry.limit'].search([]).unlink()

    def open(self, path='/enquiry/lotus?lang=en_US', **options):
        return self.url_open(path, **options)

    def key(self):
        return re.search(r'name="key" value="([^"]+)"', self.open().text)[1]

    def send(self, lang='en_US', key=None, **form):
        form = {'name': "Hoa Le", 'phone': '0912 345 678', **form}
        answer = self.url_open(
            f'/enquiry/lotus?lang={lang}',
            data={'key': key or self.key(), **form},
            allow_redirects=False,
        )
        self.env.invalidate_all()
        return answer

    def enquiries(self):
        return self.env['healthcare.enquiry'].search([('page_id', '=', self.page.id)], order='id')

    def test_light_and_without_script(self):
        answer = self.open()
        self.assertEqual(answer.status_code, 200)
        self.assertLess(len(answer.content), 100_000)
        self.assertNotIn('<script', answer.text)
        self.assertIn("Lotus &lt;Clinic&gt;", answer.text)
        self.assertNotIn("Of another clinic", answer.text)
        self.assertIn("default-src 'none'", answer.headers['Content-Security-Policy'])
        self.assertNotIn('session_id', answer.headers.get('Set-Cookie', ''))
        self.assertFalse(self.enquiries())

    def test_sent(self):
        answer = self.send(
            returning='new',
            insured='yes',
            payer_name="NHI",
            source_id=self.source.id,
            service_id=self.service.id,
            email='hoa@example.org',
            birth_date='1990-02-03',
            preferred_date=fields.Date.to_string(fields.Date.today() + timedelta(days=5)),
            preferred_period='morning',
            message="It itches\r\nat night",
            agrees_to_contact='1',
        )
        self.assertEqual(answer.status_code, 303)
        done = self.open('/enquiry/lotus' + answer.headers['Location'].partition('lotus')[2])
        self.assertIn("Thank you", done.text)
        self.assertRecordValues(
            self.enquiries(),
            [
                {
                    'name': "Hoa Le",
                    'phone': '+886912345678',
                    'email': 'hoa@example.org',
                    'returning': 'new',
                    'insured': 'yes',
                    'payer_name': "NHI",
                    'source_id': self.source.id,
                    'service_id': self.service.id,
                    'preferred_period': 'morning',
                    'message': "It itches\nat night",
                    'agrees_to_contact': True,
                    'channel': 'web',
                    'state': 'new',
                    'lang': 'en_US',
                    'company_id': self.clinic.id,
                    'patient_id': False,
                }
            ],
        )
        self.assertIn("remind me", self.enquiries().agreed_words)

    def test_opening_keeps_nothing(self):
        self.open('/enquiry/lotus?name=Hoa&phone=0912345678&key=' + self.key())
        self.url_open('/enquiry/lotus', method='HEAD')
        self.assertFalse(self.enquiries())

    def test_sent_twice(self):
        key = self.key()
        for _again in range(2):
            self.assertEqual(self.send(key=key).status_code, 303)
        self.assertEqual(len(self.enquiries()), 1)

    def test_without_our_key(self):
        other = self.page.copy({'slug': 'other'})
        for key in ('x', 'é' * 5, other._sign_form(), self.key()[:-2]):
            answer = self.send(key=key)
            self.assertEqual(answer.status_code, 422)
            self.assertIn("once more", answer.text)
            self.assertIn('value="Hoa Le"', answer.text)
        self.assertFalse(self.enquiries())

    def test_bot(self):
        self.assertEqual(self.send(website='http://spam.example').status_code, 303)
        self.assertFalse(self.enquiries())

    def test_flood(self):
        with patch.object(healthcare_enquiry_limit, 'MAX_PER_HOUR', 2):
            codes = [self.send().status_code for _ in range(4)]
        self.assertEqual(codes, [303, 303, 429, 429])
        self.assertEqual(len(self.enquiries()), 2)
        limit = self.env['healthcare.enquiry.limit'].search([])
        self.assertEqual(limit.count, 4)
        self.assertNotIn('127.0.0.1', limit.visitor)
        limit.hour -= timedelta(days=2)
        self.env.flush_all()
        limit._gc_old()
        self.assertFalse(limit.exists())

    def test_wrong_answers_are_told_and_kept(self):
        for form, sentence in (
            ({'name': ' '}, "tell us your name"),
            ({'phone': ''}, "so that we can answer"),
            ({'phone': '12'}, "phone number"),
            ({'email': 'nobody'}, "e-mail address"),
            ({'email': 'a@b.example, c@d.example'}, "e-mail address"),
            ({'birth_date': '0001-01-01'}, "check this date"),
            ({'birth_date': 'yesterday'}, "check this date"),
            ({'preferred_date': '2001-01-01'}, "check this date"),
            ({'message': 'x' * 4001}, "too long"),
            ({'name': 'x' * 101}, "too long"),
        ):
            with self.subTest(form=form):
                answer = self.send(purpose="kept", **form)
                self.assertEqual(answer.status_code, 422)
                self.assertIn(sentence, answer.text)
        self.assertFalse(self.enquiries())

    def test_nonsense_choices_are_no_answers(self):
        answer = self.send(
            returning='perhaps',
            insured='<b>',
            preferred_period='noon',
            service_id=self.secret_service.id,
            source_id=self.env.ref('utm.utm_source_facebook').id,
            practitioner_id='²',
        )
        self.assertEqual(answer.status_code, 303)
        self.assertRecordValues(
            self.enquiries(),
            [
                {
                    'returning': 'unknown',
                    'insured': 'unknown',
                    'preferred_period': 'any',
                    'service_id': False,
                    'source_id': False,
                    'practitioner_id': False,
                    'agrees_to_contact': False,
                }
            ],
        )

    def test_nobody_sets_what_is_not_asked(self):
        patient = self.make_patient("Secret")
        self.send(
            patient_id=patient.id,
            state='booked',
            company_id=self.company.id,
            page_id='1',
            user_id='2',
        )
        self.assertRecordValues(
            self.enquiries(),
            [
                {
                    'patient_id': False,
                    'state': 'new',
                    'company_id': self.clinic.id,
                    'user_id': False,
                }
            ],
        )

    def test_markup_is_text(self):
        evil = '"><script>alert(1)</script>'
        answer = self.send(name=evil, phone='', message=evil)
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn('<script>', answer.text)
        self.send(name=evil, message='a\0b')
        self.assertRecordValues(self.enquiries(), [{'name': evil, 'message': 'ab'}])

    def test_emoji_and_right_to_left(self):
        self.send(name="محمد 🙂")
        self.assertEqual(self.enquiries().name, "محمد 🙂")

    def test_too_much(self):
        answer = self.send(message='x' * (MAX_BODY + 1))
        self.assertEqual(answer.status_code, 413)
        self.assertFalse(self.enquiries())

    def test_languages(self):
        for lang in ('xx_XX', '<script>', ''):
            answer = self.open(f'/enquiry/lotus?lang={lang}')
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn('<script', answer.text)
        self.assertIn('lang="zh-TW"', self.open('/enquiry/lotus?lang=zh_TW').text)
        self.send(lang='vi_VN')
        self.assertEqual(self.enquiries().lang, 'vi_VN')

    def test_no_such_page(self):
        for path in ('/enquiry/nowhere', '/enquiry/%00', '/enquiry/' + 'x' * 500):
            self.assertEqual(self.open(path).status_code, 404)
        self.page.active = False
        self.assertEqual(self.open().status_code, 404)

    def test_known_source_is_not_asked(self):
        self.assertIn('name="source_id"', self.open().text)
        self.page.source_id = self.source
        self.assertNotIn('name="source_id"', self.open().text)
        self.send()
        self.assertEqual(self.enquiries().source_id, self.source)

    def test_addresses(self):
        for slug in ('Ä', 'a b', '-a', 'a/b', 'A', '', 'a' * 65):
            with self.subTest(slug=slug), self.assertRaises(ValidationError):
                self.page.slug = slug
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self.page.create({'name': "Twice", 'slug': 'lotus'})
            self.env.flush_all()
