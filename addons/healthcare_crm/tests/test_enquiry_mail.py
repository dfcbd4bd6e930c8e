from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from ..models.res_groups import ResGroups
from .test_enquiry import EnquiryCase

LETTER = """\
From: {sender}
To: ask@{domain}
Subject: A question
Message-Id: <{key}@mail.example>
{headers}MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit

{text}
"""


@tagged('post_install', '-at_install')
class TestEnquiryMail(EnquiryCase, MailCommon):
    """Letters to the address of a clinic."""

    @classmethod
    def setUpClass(cls):
        # Odoo's class first lets everybody edit templates, which ours refuse clinic administrators
        with patch.object(ResGroups, '_check_exclusive', lambda groups, users=None: None):
            super().setUpClass()
            cls.env['ir.config_parameter'].set_param('mail.restrict.template.rendering', True)
        cls.env['res.groups']._check_exclusive()
        cls.page = cls.env['healthcare.enquiry.page'].create(
            {
                'name': "Letters",
                'alias_name': 'ask',
                'alias_domain_id': cls.mail_alias_domain.id,
                'company_id': cls.company.id,
                'source_id': cls.source.id,
            }
        )

    def receive(self, text, sender='"Hoa Le" <hoa@example.org>', headers='', key='one'):
        """Let the gateway take in a letter; return the enquiries it made."""
        letter = LETTER.format(
            sender=sender,
            domain=self.mail_alias_domain.name,
            key=key,
            headers=headers,
            text=text,
        )
        before = self.env['healthcare.enquiry'].search([])
        with (
            self.mock_mail_gateway(),
            mute_logger('odoo.addons.mail.models.mail_thread'),
        ):
            self.env['mail.thread'].message_process(None, letter)
        return self.env['healthcare.enquiry'].search([]) - before

    def test_letter_becomes_enquiry(self):
        enquiry = self.receive("Do you see children?\n\n-- \nHoa Le\n0912 345 678")
        self.assertRecordValues(
            enquiry,
            [
                {
                    'name': "Hoa Le",
                    'email': 'hoa@example.org',
                    'message': "Do you see children?",
                    'channel': 'email',
                    'page_id': self.page.id,
                    'company_id': self.company.id,
                    'source_id': self.source.id,
                    'state': 'new',
                    'patient_id': False,
                }
            ],
        )
        self.assertIn("Do you see children?", enquiry.message_ids[-1].body)

    def test_phone_of_the_signature_where_there_is_one(self):
        enquiry = self.receive("Call me.\n\nHoa\nTel. 0912 345 678")
        self.assertEqual(enquiry.phone, '+84912345678')
        enquiry = self.receive("Call 0912 345 678 or 0912 345 679", key='two')
        self.assertFalse(enquiry.phone)

    def test_no_name_is_made_up(self):
        enquiry = self.receive("Hello", sender='hoa@example.org')
        self.assertFalse(enquiry.name)
        self.assertEqual(enquiry.display_name, 'hoa@example.org')

    def test_known_patient(self):
        patient = self.make_patient("Lê Hoa", email='Hoa@example.org', phone='0912345678')
        enquiry = self.receive("Hello")
        self.assertRecordValues(
            enquiry,
            [
                {
                    'patient_id': patient.id,
                    'returning': 'returning',
                    'name': "Lê Hoa",
                    'state': 'new',
                }
            ],
        )

    def test_family_with_one_address(self):
        self.make_patient("Lê Hoa", email='hoa@example.org')
        self.make_patient("Lê Minh", email='hoa@example.org')
        enquiry = self.receive("Hello")
        self.assertFalse(enquiry.patient_id)
        self.assertEqual(enquiry.returning, 'unknown')

    def test_patient_of_another_clinic_is_not_told(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        self.make_patient("Lê Hoa", email='hoa@example.org', company_id=elsewhere.id)
        self.assertFalse(self.receive("Hello").patient_id)

    def test_programs_are_not_listened_to(self):
        for number, headers in enumerate(
            (
                'Auto-Submitted: auto-replied\n',
                'Precedence: bulk\n',
                'X-Autoreply: yes\n',
                'Subject: Out of office\n',
            )
        ):
            letter = LETTER.replace("Subject: A question\n", "") if 'Subject' in headers else LETTER
            with self.subTest(headers=headers), self.mock_mail_gateway():
                before = self.env['healthcare.enquiry'].search_count([])
                self.env['mail.thread'].message_process(
                    None,
                    letter.format(
                        sender='hoa@example.org',
                        domain=self.mail_alias_domain.name,
                        key=f'auto{number}',
                        headers=headers,
                        text="I am away",
                    ),
                )
                self.assertEqual(self.env['healthcare.enquiry'].search_count([]), before)

    def test_bounce(self):
        bounce = f'{self.mail_alias_domain.bounce_alias}@{self.mail_alias_domain.name}'
        self.assertFalse(
            self.receive(
                "undeliverable", sender='MAILER-DAEMON@mx.example', headers=f'Cc: {bounce}\n'
            )
        )

    def test_answer_goes_to_the_thread(self):
        enquiry = self.receive("Hello")
        with self.mock_mail_gateway():
            ours = enquiry.with_user(self.desk).message_post(
                body="Good day", message_type='comment', subtype_xmlid='mail.mt_comment'
            )
        self.assertEqual(enquiry.state, 'contacted')
        again = self.receive("Thank you", headers=f'In-Reply-To: {ours.message_id}\n', key='answer')
        self.assertFalse(again)
        self.assertIn("Thank you", enquiry.message_ids[0].body)

    def test_absence_notice_to_our_answer(self):
        enquiry = self.receive("Hello")
        with self.mock_mail_gateway():
            ours = enquiry.with_user(self.desk).message_post(
                body="Good day", message_type='comment'
            )
        count = len(enquiry.message_ids)
        headers = f'In-Reply-To: {ours.message_id}\nAuto-Submitted: auto-replied\n'
        self.assertFalse(self.receive("Away", headers=headers, key='away'))
        self.assertEqual(len(enquiry.message_ids), count)

    def test_nul_html_and_no_words(self):
        enquiry = self.receive('<script>alert(1)</script>\0 & more', key='nul')
        self.assertEqual(enquiry.message, '<script>alert(1)</script> & more')
        self.assertNotIn('<script>', enquiry.message_ids[-1].body)
        self.assertFalse(self.receive('', key='empty').message)

    def test_nobody_rewrites_the_alias(self):
        admin = self.make_user('clinic_administrator')
        page = self.page.with_user(admin)
        page.write({'alias_name': 'questions'})
        self.assertEqual(self.page.alias_name, 'questions')
        page.write({'alias_defaults': "{'company_id': 1}"})
        self.env.invalidate_all()
        self.assertIn('page_id', self.page.alias_id.alias_defaults)
        others = self.env['mail.alias'].create(
            {
                'alias_name': 'somebody-else',
                'alias_model_id': self.env['ir.model']._get_id('res.partner'),
            }
        )
        with self.assertRaises(ValidationError):
            page.alias_id = others
        theirs = page.copy({'alias_name': 'theirs'})
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            page.alias_id = theirs.alias_id
            self.env.flush_all()
