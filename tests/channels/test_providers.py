import smtplib
import socket
import tempfile
import threading
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.engine import dispatch
from odoo.addons.healthcare_crm_followup.tests.common import NOW, FollowupCase

from ..fakes.mail_catcher import MailCatcher, free_port
from ..fakes.sms_provider import ACCOUNT_SID, AUTH_TOKEN, FROM_NUMBER, SmsProvider

DAY = timedelta(days=1)


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
