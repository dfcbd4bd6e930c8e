import smtplib
import socket
import tempfile
import threading
from datetime import timedelta
from unittest.mock import patch

import requests

from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.engine import dispatch
from odoo.addons.healthcare_crm_followup.tests.common import NOW, FollowupCase

from ..fakes.mail_catcher import MailCatcher, free_port
from ..fakes.sms_provider import ACCOUNT_SID, AUTH_TOKEN, FROM_NUMBER, SmsProvider

DAY = timedelta(days=1)
_request = requests.Session.request


def impatient(session, method, url, **kwargs):
    """Send a request, and wait for its answer half a second only."""
    return _request(session, method, url, **kwargs | {'timeout': 0.5})


@tagged('post_install', '-at_install')
class TestProviders(FollowupCase):
    """Messages leave over real transports: SMTP, and the SMS provider's HTTP API."""

    def setUp(self):
        super().setUp()
        self.channels = CHANNEL_ADAPTERS
        self.folder = self.enterContext(tempfile.TemporaryDirectory()) + '/out'
        self.enterContext(
            patch.object(IrMail_Server, '_disable_send', classmethod(lambda cls: False))
        )
        self.env.company.write(
            {
                'sms_provider': 'twilio',
                'sms_twilio_account_sid': ACCOUNT_SID,
                'sms_twilio_auth_token': AUTH_TOKEN,
                'sms_twilio_number_ids': [
                    (0, 0, {'number': FROM_NUMBER, 'country_id': self.env.ref('base.us').id}),
                ],
            }
        )
        self.flow = self.workflow()

    def start(self, patient, channel):
        """Publish, and let the moment of the patient's reminder come."""
        self.flow.step_ids[0].channel_1 = channel
        visit = self.appointment(patient)
        self.flow._publish(NOW)
        self.moment = visit.start - DAY
        self.go(self.moment)
        return self.ledger(patient)

    def smtp(self, port):
        return patch.dict(config.options, {'smtp_server': '127.0.0.1', 'smtp_port': port})

    def sms(self, url):
        self.env['ir.config_parameter'].set_param('healthcare_crm_followup.twilio_base_url', url)

    def test_letter_is_plain_text_with_an_html_twin_and_a_key(self):
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            row = self.start(self.patient(), 'email')
            (letter,) = catcher.messages()
        self.assertEqual((row.status, row.provider_ref), ('sent', letter['Message-Id']))
        self.assertEqual(
            [part.get_content_type() for part in letter.get_payload()], ['text/plain', 'text/html']
        )
        self.assertEqual(letter['X-Healthcare-Key'], row.idempotency_key)

    def test_one_connection_carries_many_letters(self):
        patients = [self.patient(f"Patient {number}") for number in range(5)]
        for patient in patients:
            self.appointment(patient)
        self.flow._publish(NOW)
        connects = []
        connect = IrMail_Server._connect__

        def counted(server, *args, **kwargs):
            connects.append(1)
            return connect(server, *args, **kwargs)

        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            with patch.object(IrMail_Server, '_connect__', counted):
                self.go(NOW + DAY)
            self.assertEqual(len(catcher.messages()), 5)
        self.assertEqual(len(connects), 1)

    def test_refused_recipient_fails_with_the_servers_words(self):
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            row = self.start(self.patient(email='an@refused.example'), 'email')
        self.assertEqual((row.status, row.reason), ('failed', 'provider_error'))
        self.assertIn('No such mailbox', row.reason_detail)

    def test_no_mail_server_is_tried_again_later(self):
        with self.smtp(free_port()):
            row = self.start(self.patient(), 'email')
        self.assertEqual((row.status, row.attempt), ('queued', 1))
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            self.go(self.moment + timedelta(minutes=3))
        self.assertEqual(row.status, 'sent')

    def test_sms_goes_through_the_providers_api(self):
        self.sms_template.with_context(lang='zh_TW').body = "{clinic} 提醒您 {appointment_link}"
        with SmsProvider(self.folder) as provider:
            self.sms(provider.url)
            row = self.start(self.patient(lang='zh_TW'), 'sms')
            (message,) = provider.messages
        self.assertEqual((row.status, row.provider_ref), ('sent', message['sid']))
        self.assertEqual(message['to'], '+886912345678')
        self.assertTrue(message['body'].startswith("Test Clinic 提醒您 http"))

    def test_number_the_provider_refuses_is_a_bad_address(self):
        patient = self.patient()
        # the provider's documented test number is no valid one for phone libraries
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE res_partner SET phone_sanitized = %s WHERE id = %s',
            ['+15005550001', patient.id],
        )
        self.env.invalidate_all()
        with SmsProvider(self.folder) as provider:
            self.sms(provider.url)
            row = self.start(patient, 'sms')
        self.assertEqual((row.status, row.reason), ('failed', 'bad_address'))

    def test_provider_that_is_down_is_tried_again(self):
        self.sms(f'http://127.0.0.1:{free_port()}')
        with self.assertLogs('odoo.addons.sms_twilio.tools.sms_api', 'WARNING'):
            row = self.start(self.patient(), 'sms')
        self.assertEqual((row.status, row.attempt), ('queued', 1))

    def test_provider_that_hangs_up_without_a_word_is_unknown_and_never_sent_again(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            heard = []

            def hang_up():
                connection, _address = server.accept()
                heard.append(connection.recv(65536))
                connection.close()

            thread = threading.Thread(target=hang_up)
            thread.start()
            self.sms(f'http://127.0.0.1:{server.getsockname()[1]}')
            with self.assertLogs('odoo.addons.sms_twilio.tools.sms_api', 'WARNING'):
                row = self.start(self.patient(), 'sms')
            thread.join()
        self.assertTrue(heard)
        self.assertEqual(row.status, 'unknown')

    def test_recipient_put_off_is_tried_again(self):
        with (
            patch.object(smtplib.SMTP, 'rcpt', lambda *_args: (450, b'Greylisted')),
            MailCatcher(self.folder) as catcher,
            self.smtp(catcher.port),
        ):
            row = self.start(self.patient(), 'email')
        self.assertEqual((row.status, row.attempt), ('queued', 1))
        self.assertIn('Greylisted', row.reason_detail)

    def test_every_clinic_writes_over_its_own_connection(self):
        branch = self.env['res.company'].create({'name': "Branch", 'email': 'branch@example.net'})
        # it is morning there too
        branch.resource_calendar_id.tz = 'Asia/Taipei'
        self.appointment(self.patient())
        self.appointment(self.patient("Binh Tran"), company_id=branch.id, practitioner_id=False)
        self.workflow(company_id=branch.id)._publish(NOW)
        self.flow._publish(NOW)
        senders = []
        connect = IrMail_Server._connect__

        def counted(server, *args, **kwargs):
            senders.append(kwargs['smtp_from'])
            return connect(server, *args, **kwargs)

        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            with patch.object(IrMail_Server, '_connect__', counted):
                self.go(NOW + DAY)
            self.assertEqual(len(catcher.messages()), 2)
        self.assertEqual(len(set(senders)), 2)

    def test_garbage_from_the_provider_is_unknown_and_never_sent_again(self):
        with (
            SmsProvider(self.folder) as provider,
            patch.object(provider, 'accept', lambda form: 'garbage'),
        ):
            self.sms(provider.url)
            row = self.start(self.patient(), 'sms')
            self.go(self.moment + timedelta(hours=2))
        self.assertEqual(row.status, 'unknown')

    def test_consent_is_looked_at_once_more_when_the_row_leaves(self):
        patient = self.patient()
        self.appointment(patient)
        self.flow._publish(NOW)
        self.go(NOW + DAY, send=False)
        self.consent(patient, 'deny', 'email')
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            dispatch.run(self.env, self.channels, lambda: NOW + DAY, self._no_commit)
            self.assertFalse(catcher.messages())
        self.assertEqual(self.ledger(patient).reason, 'consent_denied')

    # ------------------------------------------------------------ trouble with letters

    def letter_to(self, domain):
        """Return the row of a letter that was handed to a server in trouble, and what it caught."""
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            row = self.start(self.patient(email=f'an@{domain}'), 'email')
            self.go(self.moment)
            return row, catcher.messages()

    def test_letter_refused_for_now_is_tried_again(self):
        for domain in ('later.example', 'full.example'):
            with self.subTest(domain), self.env.cr.savepoint() as savepoint:
                row, letters = self.letter_to(domain)
                self.assertEqual((row.status, row.attempt, letters), ('queued', 1, []))
                self.assertGreater(row.due_at, self.moment)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_letter_refused_once_its_text_was_read_has_failed(self):
        row, letters = self.letter_to('spam.example')
        self.assertEqual((row.status, row.reason, letters), ('failed', 'provider_error', []))
        self.assertIn("Looks like spam", row.reason_detail)

    def test_server_that_hangs_up_before_the_text_has_not_got_it(self):
        row, letters = self.letter_to('hangs-up.example')
        self.assertEqual((row.status, row.attempt, letters), ('queued', 1, []))

    def test_server_that_hangs_up_after_the_text_may_have_it(self):
        row, letters = self.letter_to('vanishes.example')
        self.assertEqual(row.status, 'unknown')
        self.assertEqual(len(letters), 1)
        self.assertEqual(len(self.tasks(row.patient_id)), 1)

    def test_one_letter_in_trouble_holds_up_no_other(self):
        domains = ('refused.example', 'spam.example', 'vanishes.example', 'example.org')
        patients = [self.patient(f"Patient {one}", email=f'an@{one}') for one in domains]
        for patient in patients:
            self.appointment(patient)
        self.flow._publish(NOW)
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            self.go(NOW + DAY)
            self.assertEqual(len(catcher.messages()), 2)
        self.assertEqual(
            [self.ledger(patient).status for patient in patients],
            ['failed', 'failed', 'unknown', 'sent'],
        )

    def test_server_out_of_reach_is_not_asked_for_every_letter(self):
        patients = [self.patient(f"Patient {number}") for number in range(3)]
        for patient in patients:
            self.appointment(patient)
        self.flow._publish(NOW)
        connects = []
        connect = IrMail_Server._connect__

        def counted(server, *args, **kwargs):
            connects.append(1)
            return connect(server, *args, **kwargs)

        with self.smtp(free_port()), patch.object(IrMail_Server, '_connect__', counted):
            self.go(NOW + DAY)
        rows = self.env['healthcare.communication'].search(
            [('patient_id', 'in', [patient.id for patient in patients])]
        )
        self.assertEqual(len(connects), 1)
        self.assertEqual(sorted(rows.mapped('attempt')), [0, 0, 1])
        self.assertEqual(set(rows.mapped('status')), {'queued'})
        self.assertFalse(any(rows.mapped('lease_until')))
        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            self.go(NOW + DAY + timedelta(minutes=3))
            self.assertEqual(len(catcher.messages()), 3)

    def test_connection_closed_while_idle_is_opened_again(self):
        patients = [self.patient(f"Patient {number}") for number in range(2)]
        for patient in patients:
            self.appointment(patient)
        self.flow._publish(NOW)
        deliver = CHANNEL_ADAPTERS['email'].deliver

        def tired(adapter, message):
            answer = deliver(adapter, message)
            for session, *_addresses in adapter.sessions.values():
                session.sock.shutdown(socket.SHUT_RDWR)
            return answer

        with MailCatcher(self.folder) as catcher, self.smtp(catcher.port):
            with patch.object(CHANNEL_ADAPTERS['email'], 'deliver', tired):
                self.go(NOW + DAY)
            self.assertEqual(len(catcher.messages()), 2)
        self.assertEqual([self.ledger(one).status for one in patients], ['sent', 'sent'])

    def test_answers_come_back_to_the_catchall_address(self):
        self.env.company.alias_domain_id = self.env['mail.alias.domain'].create(
            {'name': 'mail.clinic.example'}
        )
        row, letters = self.letter_to('example.org')
        self.assertEqual(row.status, 'sent')
        self.assertIn('catchall@mail.clinic.example', letters[0]['Reply-To'])

    def test_letter_keeps_every_character_and_a_line_that_is_one_dot(self):
        self.email_template.body = "{patient_name} 您好：\n.\nGặp bạn ngày mai"
        row, (letter,) = self.letter_to('example.org')
        text, html = letter.get_payload()
        words = text.get_payload(decode=True).decode()
        self.assertEqual(
            words.split(), ['An', 'Nguyen', '您好：', '.', *"Gặp bạn ngày mai".split()]
        )
        self.assertIn("您好", html.get_payload(decode=True).decode())

    # ------------------------------------------------------------ trouble with short messages

    def sms_in_trouble(self, **trouble):
        """Return the row of an SMS the provider had trouble with, and how many it took in all,
        an hour later when all is well again."""
        with SmsProvider(self.folder) as provider:
            self.sms(provider.url)
            for name, value in trouble.items():
                setattr(provider, name, value)
            with self.assertLogs('odoo.addons.sms_twilio.tools.sms_api', 'WARNING'):
                row = self.start(self.patient(), 'sms')
            before = (row.status, row.due_at and row.due_at - self.moment)
            provider.trouble, provider.takes_anyway = None, False
            self.go(self.moment + timedelta(hours=1, minutes=1))
            return before, row, len(provider.messages)

    def test_provider_that_asks_for_time_gets_as_much_as_it_asks_for(self):
        before, row, taken = self.sms_in_trouble(trouble=429, retry_after=600)
        self.assertEqual(before, ('queued', timedelta(minutes=10)))
        self.assertEqual((row.status, taken), ('sent', 1))

    def test_provider_that_asks_for_days_is_tried_within_the_hour(self):
        before, row, taken = self.sms_in_trouble(trouble=429, retry_after=999999)
        self.assertEqual(before, ('queued', timedelta(hours=1)))
        self.assertEqual((row.status, taken), ('sent', 1))

    def test_provider_that_is_unavailable_is_tried_again(self):
        before, row, taken = self.sms_in_trouble(trouble=503)
        self.assertEqual(before[0], 'queued')
        self.assertEqual((row.status, taken), ('sent', 1))

    def test_provider_that_breaks_down_may_have_taken_the_message(self):
        before, row, taken = self.sms_in_trouble(trouble=500, takes_anyway=True)
        self.assertEqual(before[0], 'unknown')
        self.assertEqual((row.status, taken), ('unknown', 1))

    def test_provider_that_hangs_up_may_have_taken_the_message(self):
        before, row, taken = self.sms_in_trouble(trouble='hang up', takes_anyway=True)
        self.assertEqual(before[0], 'unknown')
        self.assertEqual((row.status, taken), ('unknown', 1))

    def test_provider_that_falls_silent_may_have_taken_the_message(self):
        with patch.object(requests.Session, 'request', impatient):
            before, row, taken = self.sms_in_trouble(trouble='silence', takes_anyway=True)
        self.assertEqual(before[0], 'unknown')
        self.assertEqual((row.status, taken), ('unknown', 1))

    def test_provider_that_answers_with_a_web_page_may_have_taken_the_message(self):
        with SmsProvider(self.folder) as provider:
            self.sms(provider.url)
            provider.trouble = 'garbage'
            row = self.start(self.patient(), 'sms')
            provider.trouble = None
            self.go(self.moment + timedelta(hours=2))
            self.assertFalse(provider.messages)
        self.assertEqual(row.status, 'unknown')

    def test_provider_that_asks_for_time_gets_it_for_all_messages_of_the_clinic(self):
        patients = [self.patient(f"Patient {number}") for number in range(3)]
        self.flow.step_ids[0].channel_1 = 'sms'
        for patient in patients:
            self.appointment(patient)
        self.flow._publish(NOW)
        with SmsProvider(self.folder) as provider:
            self.sms(provider.url)
            provider.trouble, provider.retry_after = 429, 300
            with self.assertLogs('odoo.addons.sms_twilio.tools.sms_api', 'WARNING') as logged:
                self.go(NOW + DAY)
            self.assertEqual(len(logged.output), 1)
            provider.trouble = None
            self.go(NOW + DAY + timedelta(minutes=5))
            self.assertEqual(len(provider.messages), 3)
