"""What patients confide is nowhere in clear, whichever way it came in.

For each way a marker is given to the product itself, and every column of every table, every file
and the log are searched for it. What is shown to those who may read it is the marker.
"""

import base64
import logging
import time
from email.message import EmailMessage
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, config, mute_logger

from odoo.addons.healthcare_crm.quiet_log import without_rows
from odoo.addons.healthcare_crm.tests.common import HealthcareCase
from odoo.addons.mail.tests.common import MockEmail

from . import scanner


class AtRestCase(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient("Lin Yi-Chun", email='yichun@example.org')

    def setUp(self):
        super().setUp()
        self.marker = scanner.new_marker()
        self.since = time.time() - 2
        self.log = self.enterContext(scanner.LogWatch())

    def find(self):
        """Return where the marker is: tables' columns, files and the log."""
        self.env.flush_all()
        # what is written before a commit, as bus messages are
        self.env.cr.precommit.run()
        self.env.flush_all()
        found = scanner.find_rows(self.env.cr, self.marker)
        found += scanner.find_files(config.filestore(self.env.cr.dbname), self.marker, self.since)
        return sorted({one.where for one in found + self.log.find(self.marker)})

    def read_anew(self):
        self.env.flush_all()
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestAtRest(AtRestCase, MockEmail, HttpCase):
    """The ways, one each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env['mail.alias.domain'].create(
            {'name': 'at-rest.example', 'bounce_alias': 'at-rest-bounce'}
        )
        cls.page = cls.env['healthcare.enquiry.page'].create(
            {
                'name': "Letters",
                'alias_name': 'at-rest',
                'alias_domain_id': cls.domain.id,
                'company_id': cls.env.company.id,
            }
        )

    def receive(self, key='one', to=None):
        """Let the gateway take in a letter with a file."""
        letter = EmailMessage()
        letter['From'] = '"Hoa Le" <hoa@example.org>'
        letter['To'] = to or f'at-rest@{self.domain.name}'
        letter['Subject'] = f"About {self.marker}"
        letter['Message-Id'] = f'<{key}@mail.example>'
        letter.set_content(f"I have {self.marker}.")
        letter.add_attachment(
            f"result: {self.marker}", subtype='plain', filename=f'{self.marker}.txt'
        )
        before = self.env['healthcare.enquiry'].search([])
        with self.mock_mail_gateway(), mute_logger('odoo.addons.mail.models.mail_thread'):
            self.env['mail.thread'].message_process(None, letter.as_bytes())
        return self.env['healthcare.enquiry'].search([]) - before

    def test_letter_that_becomes_an_enquiry(self):
        enquiry = self.receive()
        self.assertEqual(self.find(), [])
        self.read_anew()
        message = enquiry.message_ids.filtered('attachment_ids')
        self.assertIn(self.marker, message.body)
        self.assertIn(self.marker, message.subject)
        file = message.attachment_ids
        self.assertEqual(file.name, f'{self.marker}.txt')
        self.assertIn(self.marker.encode(), file.raw)
        self.assertIn(self.marker.encode(), base64.b64decode(file.datas))
        self.assertTrue(file.is_sealed)
        self.authenticate('admin', 'admin')
        response = self.url_open(f'/web/content/{file.id}')
        self.assertIn(self.marker, response.text)

    def test_answer_of_staff(self):
        enquiry = self.env['healthcare.enquiry'].create(
            {'name': "Hoa", 'email': 'hoa@example.org', 'channel': 'email'}
        )
        composer = self.env['mail.compose.message'].create(
            {
                'model': enquiry._name,
                'res_ids': str(enquiry.ids),
                'subject': f"Your {self.marker}",
                'body': f"<p>About {self.marker}</p>",
                'partner_ids': [Command.link(self.patient.id)],
                'attachment_ids': [
                    Command.create(
                        {
                            'name': f'{self.marker}.txt',
                            'raw': self.marker.encode(),
                            # as the composer uploads it
                            'res_model': 'mail.compose.message',
                        }
                    )
                ],
            }
        )
        with self.mock_mail_gateway(mail_unlink_sent=False):
            composer._action_send_mail()
        self.assertIn(self.marker, self._mails[0]['body'])
        self.assertEqual(self.find(), [])
        self.read_anew()
        self.assertIn(self.marker, enquiry.message_ids[0].body)
        self.assertIn(self.marker, self._new_mails.body_html)

    def test_mail_that_waits(self):
        self.patient.message_post(
            body=f"Come because of {self.marker}",
            subject=self.marker,
            partner_ids=self.patient.ids,
            message_type='comment',
            subtype_xmlid='mail.mt_comment',
            force_send=False,
        )
        self.assertTrue(self.env['mail.mail'].search([('state', '=', 'outgoing')], limit=1))
        self.assertEqual(self.find(), [])

    def test_note_to_a_colleague(self):
        colleague = self.make_user('nurse', notification_type='inbox')
        message = self.patient.message_post(
            body=f"Ask about {self.marker}", partner_ids=colleague.partner_id.ids
        )
        self.assertEqual(self.find(), [])
        self.read_anew()
        self.assertIn(self.marker, message.body)
        # the screen of the colleague hears of it all the same
        heard = self.env['bus.bus']._poll([colleague.partner_id])
        self.assertTrue(any(self.marker in str(one['message']) for one in heard))

    def test_reminder(self):
        activity = self.patient.activity_schedule(
            'mail.mail_activity_data_todo',
            summary=f"Call about {self.marker}",
            note=f"<p>{self.marker}</p>",
            user_id=self.env.uid,
        )
        self.assertEqual(self.find(), [])
        self.read_anew()
        self.assertIn(self.marker, activity.summary)
        activity.action_feedback(feedback=f"Said {self.marker}")
        self.assertEqual(self.find(), [])
        self.assertTrue(
            any(self.marker in (body or '') for body in self.patient.message_ids.mapped('body'))
        )

    def test_appointment(self):
        appointment = self.make_appointment(
            self.patient, description=f"<p>{self.marker}</p>", notes=f"<p>{self.marker}</p>"
        )
        self.assertEqual(self.find(), [])
        self.read_anew()
        self.assertIn(self.marker, appointment.description)

    def test_text_message(self):
        self.patient.phone = '+886912345678'
        composer = self.env['sms.composer'].create(
            {
                'res_model': 'res.partner',
                'res_id': self.patient.id,
                'composition_mode': 'comment',
                'body': f"About {self.marker}",
                'mass_force_send': False,
            }
        )
        with patch.object(self.registry['sms.sms'], 'send', lambda self, **kwargs: True):
            composer.action_send_sms()
        self.assertEqual(self.find(), [])
        sms = self.env['sms.sms'].search([], limit=1, order='id desc')
        self.assertIn(self.marker, sms.body)

    def test_form_that_a_patient_fills_in(self):
        survey = self.env['survey.survey'].create(
            {
                'title': "How are you?",
                'question_and_page_ids': [
                    Command.create({'title': "Words", 'question_type': 'char_box'}),
                    Command.create({'title': "More", 'question_type': 'text_box'}),
                ],
            }
        )
        answers = survey._create_answer(partner=self.patient)
        for question in survey.question_ids:
            answers._save_lines(question, f"I feel {self.marker}")
        answers._mark_done()
        self.assertEqual(self.find(), [])
        self.read_anew()
        self.assertEqual(
            answers.user_input_line_ids.mapped('display_name'), [f"I feel {self.marker}"] * 2
        )

    def test_reply_to_a_message(self):
        sent = self.make_communication(
            self.patient,
            channel='sms',
            status='sent',
            address='+886912345678',
        )
        self.env['healthcare.communication'].sudo()._file_reply(
            sent,
            self.patient,
            {
                'channel': 'sms',
                'idempotency_key': 'sms:one',
                'address': '+886912345678',
                'body': f"No, I have {self.marker}",
                'is_sender_known': True,
            },
        )
        self.assertEqual(self.find(), [])

    def test_statement_that_the_database_refuses(self):
        words = [f"It's {self.marker}"]
        with (
            self.assertLogs('odoo.sql_db', 'ERROR') as said,
            self.assertRaises(IntegrityError) as refused,
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("INSERT INTO healthcare_condition (name) VALUES (%s)", words)
        self.assertIn('bad query: INSERT INTO healthcare_condition', said.output[0])
        self.assertNotIn(self.marker, said.output[0])
        # PostgreSQL itself quotes the row
        self.assertIn(self.marker, str(refused.exception))
        self.assertNotIn(self.marker, without_rows(str(refused.exception)))

    def test_what_is_refused_over_the_web(self):
        """The answer quotes what was entered; the log says only that there was one."""
        reception = self.make_user('reception', password='A-long-Passw0rd')
        self.authenticate(reception.login, 'A-long-Passw0rd')
        system = self.env.ref('healthcare_crm.identifier_system_tw_national')
        number = {'patient_id': self.patient.id, 'system_id': system.id, 'value': self.marker}
        calls = [
            ('healthcare.patient.identifier', 'create', [[number]]),
            ('res.partner', 'create', [[{'name': self.marker, 'birth_date': '2990-01-01'}]]),
            ('res.partner', 'write', [self.patient.ids, {'gender': self.marker}]),
            ('res.partner', 'search', [[('birth_date', '=', self.marker)]]),
            ('calendar.event', 'create', [[{'name': self.marker, 'start': self.marker}]]),
        ]
        with mute_logger('odoo.http'):  # no other handler: a warning fails the tests
            logging.getLogger('odoo.http').addHandler(self.log)
            answers = [
                self.url_open(
                    f'/web/dataset/call_kw?asked={self.marker}',
                    json={
                        'jsonrpc': '2.0',
                        'params': {'model': model, 'method': method, 'args': args, 'kwargs': {}},
                    },
                    method='POST',
                ).text
                for model, method, args in calls
            ]
        self.assertIn(self.marker, answers[0])
        said = '\n'.join(self.log.lines)
        self.assertIn('ValidationError in ', said)
        self.assertIn('Traceback', said)
        self.assertEqual(self.find(), [])

    def test_who_writes_a_letter(self):
        letter = EmailMessage()
        letter['From'] = f'"{self.marker}" <{self.marker}@example.org>'
        letter['To'] = f'at-rest@{self.domain.name}'
        letter['Message-Id'] = '<from@mail.example>'
        letter.set_content(f"I have {self.marker}.")
        with self.mock_mail_gateway():
            self.env['mail.thread'].message_process(None, letter.as_bytes())
        said = [line for line in self.log.lines if 'Routing mail' in line]
        self.assertIn('…@example.org', said[0])
        self.assertFalse(self.log.find(self.marker))

    # ------------------------------------------------------------ what else is kept

    def test_a_word_is_found_in_a_conversation(self):
        self.receive()
        enquiry = self.env['healthcare.enquiry'].search([], limit=1, order='id desc')
        found = self.env['mail.message']._message_fetch(
            None, thread=enquiry, search_term=self.marker.lower()
        )
        self.assertEqual(found['count'], 1)
        self.assertIn(self.marker, found['messages'].body)
        self.assertFalse(
            self.env['mail.message']._message_fetch(None, thread=enquiry, search_term="nowhere")[
                'messages'
            ]
        )

    def test_what_is_about_nobody_stays_as_it_was(self):
        partner = self.env['discuss.channel'].create({'name': "General"})
        message = partner.message_post(body=self.marker, message_type='comment')
        self.assertIn('mail_message.body', self.find())
        self.assertTrue(message.search([('body', 'ilike', self.marker)]))

    def test_moved_to_another_row_it_does_not_open(self):
        one = self.patient.message_post(body="one")
        other = self.patient.message_post(body="other")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET body = (SELECT body FROM mail_message WHERE id = %s)"
            " WHERE id = %s",
            [one.id, other.id],
        )
        self.env.invalidate_all()
        with mute_logger('odoo.addons.healthcare_crm.models.healthcare_sealable'):
            self.assertIn("cannot be read", other.body)
        self.assertIn("one", one.body)

    def test_older_rows_are_sealed_by_the_update(self):
        message = self.patient.message_post(body="later")
        with patch.object(
            type(self.env['ir.attachment']), '_is_confided', lambda self, values=None: False
        ):
            older = self.env['ir.attachment'].create(
                {
                    'name': f'{self.marker}.txt',
                    'raw': self.marker.encode(),
                    'res_model': 'res.partner',
                    'res_id': self.patient.id,
                }
            )
            self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET body = %s WHERE id = %s", [self.marker, message.id]
        )
        self.env.invalidate_all()
        self.assertEqual(
            set(self.find()),
            {
                'filestore',
                'ir_attachment.index_content',
                'ir_attachment.name',
                'mail_message.body',
            },
        )
        for model in ('mail.message', 'ir.attachment'):
            self.env[model]._seal_clear(lambda: None)
        self.env.invalidate_all()
        self.assertEqual(self.find(), ['filestore'])  # until it is tidied up
        self.assertEqual((older.name, older.raw), (f'{self.marker}.txt', self.marker.encode()))
        self.assertIn(self.marker, message.body)
        # without the add-on everything is readable
        for model in ('mail.message', 'ir.attachment'):
            self.env[model]._unseal_all()
        self.env.flush_all()
        self.env.cr.execute(SQL('SELECT body FROM mail_message WHERE id = %s', message.id))
        self.assertEqual(self.env.cr.fetchone(), (self.marker,))
        self.assertFalse(older.is_sealed)
        self.assertEqual(older.raw, self.marker.encode())

    # ------------------------------------------------------------ the check can fail

    def test_without_sealing_it_is_found(self):
        with patch.object(
            type(self.env['mail.message']), '_is_confided', lambda self, values=None: False
        ):
            self.patient.message_post(body=self.marker)
            self.assertEqual(self.find(), ['mail_message.body'])
