import logging

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..inbound import twilio
from .inbound_common import InboundCase

ACCOUNT = 'AC' + '1' * 32
SECRET = 'not-so-secret'
LOGGER = 'odoo.addons.healthcare_crm_followup.models.healthcare_communication_inbound'


class TwilioCase(InboundCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.clinic = self.env.company
        self.clinic.write({'sms_twilio_account_sid': ACCOUNT, 'sms_twilio_auth_token': SECRET})
        self.sms = self.message('sms')

    def call(self, path, form, secret=SECRET, signed_path=None, headers=None, **kwargs):
        """Post ``form`` to ``path`` as Twilio would."""
        form = {'AccountSid': ACCOUNT} | form
        url = self.clinic.get_base_url() + (signed_path or path)
        signature = {'X-Twilio-Signature': twilio.signature(secret, url, form)}
        headers = signature if headers is None else headers
        response = self.url_open(path, data=form, headers=headers, **kwargs)
        self.env.invalidate_all()
        return response

    def path(self, message=None):
        return twilio.STATUS_PATH % (message or self.sms).id

    def report(self, status, message=None, **kwargs):
        message = message or self.sms
        form = {'MessageSid': message.provider_ref, 'MessageStatus': status}
        return self.call(self.path(message), form | kwargs.pop('form', {}), **kwargs)

    def write_back(self, text, sid='SMin', number=None, **kwargs):
        form = {'MessageSid': sid, 'From': number or self.an.phone_sanitized, 'To': '+15005550006'}
        return self.call(twilio.INBOUND_PATH, form | {'Body': text}, **kwargs)


@tagged('post_install', '-at_install')
class TestTwilioStatus(TwilioCase):
    """The provider tells what became of a text message."""

    def test_signature_is_the_documented_one(self):
        """The example of Twilio's documentation."""
        form = {
            'CallSid': 'CA1234567890ABCDE',
            'Caller': '+14158675310',
            'Digits': '1234',
            'From': '+14158675310',
            'To': '+18005551212',
        }
        self.assertEqual(
            twilio.signature('12345', 'https://example.com/myapp.php?foo=1&bar=2', form),
            'L/OH5YylLD5NRKLltdqwSvS0BnU=',
        )

    def test_delivered(self):
        for _twice in range(2):
            response = self.report('delivered')
            self.assertEqual((response.status_code, response.text), (204, ''))
        self.assertNotIn('Set-Cookie', response.headers)
        self.assertEqual(self.sms.status, 'delivered')
        self.assertEqual(self.answered, [(self.sms, 'delivered')])
        ((code, records, _payload, keys),) = self.happened
        self.assertEqual((code, records), ('message_delivered', self.sms))
        self.assertEqual(keys, [f'message_delivered:{self.sms.id}'])

    def test_undelivered(self):
        self.report('undelivered', form={'ErrorCode': '30005', 'ErrorMessage': "Unknown handset"})
        self.assertEqual((self.sms.status, self.sms.reason), ('failed', 'bad_address'))
        self.assertEqual(self.sms.reason_detail, "30005 Unknown handset")
        self.assertEqual(self.answered, [(self.sms, 'failed')])

    def test_out_of_order(self):
        for status in ('sent', 'delivered', 'sent', 'queued', 'undelivered', 'made-up'):
            self.assertEqual(self.report(status).status_code, 204)
        self.assertEqual(self.sms.status, 'delivered')
        self.assertEqual(len(self.answered), 1)

    def test_report_quicker_than_the_answer(self):
        self.sms.write({'status': 'sending', 'provider_ref': False})
        self.report('delivered', form={'MessageSid': 'SM9'})
        self.assertEqual((self.sms.status, self.sms.provider_ref), ('delivered', 'SM9'))

    def test_report_on_an_earlier_attempt_is_not_of_this_one(self):
        self.report('undelivered', form={'MessageSid': 'SMearlier'})
        self.assertEqual(self.sms.status, 'sent')

    def test_letter_is_no_text_message(self):
        letter = self.message(provider_ref=False)
        self.report('delivered', letter, form={'MessageSid': 'SM9'})
        self.assertEqual(letter.status, 'sent')

    def test_message_that_is_not_there(self):
        response = self.call(twilio.STATUS_PATH % 2**30, {'MessageStatus': 'delivered'})
        self.assertEqual(response.status_code, 204)

    def test_forged(self):
        good = {'MessageSid': self.sms.provider_ref, 'MessageStatus': 'delivered'}
        other = self.message('sms')
        bodies = set()
        for response in (
            self.call(self.path(), good, secret='guessed'),
            self.call(self.path(), good, headers={}),
            self.call(self.path(), good, headers={'X-Twilio-Signature': ''}),
            self.call(self.path(), good, headers={'X-Twilio-Signature': 'Zm9yZ2Vk'}),
            # swapped: signed for another message, for another page, with other words
            self.call(self.path(), good, signed_path=self.path(other)),
            self.call(self.path(), good, signed_path=twilio.INBOUND_PATH),
            self.call(self.path() + '?x=1', good, signed_path=self.path()),
            self.report('delivered', form={'AccountSid': 'AC' + '9' * 32}),
            self.report('delivered', form={'AccountSid': ''}),
        ):
            self.assertEqual(response.status_code, 403)
            bodies.add(response.text)
        self.assertEqual(bodies, {'Forbidden'})
        self.assertEqual((self.sms.status, other.status), ('sent', 'sent'))
        self.assertFalse(self.answered)

    def test_words_changed_on_the_way(self):
        form = {'AccountSid': ACCOUNT, 'MessageSid': self.sms.provider_ref}
        url = self.clinic.get_base_url() + self.path()
        signed = twilio.signature(SECRET, url, form | {'MessageStatus': 'delivered'})
        response = self.call(
            self.path(), form | {'MessageStatus': 'failed'}, headers={'X-Twilio-Signature': signed}
        )
        self.assertEqual(response.status_code, 403)

    def test_account_without_a_secret_fails_closed(self):
        self.clinic.sms_twilio_auth_token = False
        self.assertEqual(self.report('delivered', secret='').status_code, 403)

    def test_other_methods_do_nothing(self):
        for path in (self.path(), twilio.INBOUND_PATH):
            for method in ('GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'):
                response = self.url_open(path, method=method)
                self.assertIn(response.status_code, (404, 405), (path, method))

    @mute_logger('odoo.http')
    def test_endless_form_is_not_read(self):
        response = self.report('delivered', form={'ErrorMessage': 'x' * 100_000})
        self.assertEqual(response.status_code, 413)
        self.assertEqual(self.sms.status, 'sent')


@tagged('post_install', '-at_install')
class TestTwilioInbound(TwilioCase):
    """A patient writes a text message."""

    def test_reply_is_filed_and_answered_with_silence(self):
        for _twice in range(2):
            response = self.write_back("See you")
            self.assertEqual(response.status_code, 200)
            self.assertTrue(response.headers['Content-Type'].startswith('text/xml'))
            self.assertTrue(response.text.endswith('<Response/>'))
        self.assertRecordValues(
            self.replies(),
            [
                {
                    'channel': 'sms',
                    'status': 'received',
                    'body': "See you",
                    'purpose_id': self.reminder.id,
                    'appointment_id': self.visit.id,
                    'enrollment_id': self.sms.enrollment_id.id,
                    'step_key': 'remind',
                    'address': self.an.phone_sanitized,
                    'provider_ref': 'SMin',
                    'is_sender_known': True,
                }
            ],
        )
        self.assertEqual(self.answered, [(self.sms, 'replied')])
        self.assertEqual(self.codes(), ['message_replied'])

    def test_latest_message_to_the_number_says_whose_reply_it_is(self):
        """A mother and her child share a number."""
        child = self.patient("Bao Nguyen")
        marketing = self.env.ref('healthcare_crm.consent_purpose_marketing')
        visit = self.env['calendar.event']
        latest = self.message('sms', child, visit, purpose_id=marketing.id)
        self.message('sms', self.an, status='suppressed')
        self.message('email', self.an)
        self.write_back("STOP")
        self.assertEqual(self.replies(child).body, "STOP")
        self.assertFalse(self.replies())
        self.assertEqual(self.refusals(child), {(marketing, 'sms')})
        self.assertEqual(self.answered, [(latest, 'replied')])
        self.assertFalse(self.tasks(child), "it was about no appointment")

    def test_opt_out_about_an_appointment(self):
        self.write_back("取消")
        self.assertEqual(self.refusals(), {(self.reminder, 'sms')})
        self.assertEqual(self.tasks(self.an).appointment_id, self.visit)
        self.assertEqual(self.visit.appointment_status, 'booked')

    def test_number_that_was_never_written_to(self):
        chi = self.patient("Chi Le", phone='+886 987 654 321')
        self.write_back("Hello", 'SM1', '+886987654321')
        self.assertEqual(self.replies(chi).body, "Hello")
        self.assertFalse(self.replies(chi).purpose_id)
        self.write_back("STOP", 'SM2', '+886987654321')
        purposes = self.env['healthcare.consent.purpose'].search([])
        self.assertEqual(self.refusals(chi), {(purpose, 'sms') for purpose in purposes})
        # a second patient with it: whose it is, nobody can say
        chau = self.patient("Chau Le", phone='+886 987 654 321')
        self.write_back("Hello", 'SM3', '+886987654321')
        self.assertEqual(len(self.replies(chi)), 2)
        self.assertFalse(self.replies(chau))

    def test_unknown_number_is_filed_nowhere(self):
        ledger = self.env['healthcare.communication']
        before = ledger.search_count([])
        # as a number: Odoo gives the name INFO to another level
        with self.assertLogs(LOGGER, logging.INFO) as logs:
            response = self.write_back("I have a rash", 'SM1', '+886900000000')
        self.assertEqual(response.status_code, 200)
        self.assertEqual(ledger.search_count([]), before)
        self.assertIn('SM1', str(logs.output))
        self.assertNotIn("rash", str(logs.output))
        self.assertNotIn('886900000000', str(logs.output))

    def test_account_of_another_clinic_hears_of_its_own_patients_only(self):
        other = self.env['res.company'].create(
            {
                'name': "Other",
                'sms_twilio_account_sid': 'AC' + '2' * 32,
                'sms_twilio_auth_token': 'theirs',
            }
        )
        form = {'AccountSid': 'AC' + '2' * 32, 'MessageSid': 'SM1', 'Body': "STOP"}
        form['From'] = self.an.phone_sanitized
        self.visit.company_id = self.clinic
        self.an.company_id = self.clinic
        self.call(twilio.INBOUND_PATH, form, secret='theirs')
        self.assertFalse(self.replies())
        self.an.company_id = self.visit.company_id = other
        self.visit.practitioner_id = False
        self.call(twilio.INBOUND_PATH, form, secret='theirs')
        self.assertEqual(len(self.replies()), 1)

    def test_forged(self):
        for response in (
            self.write_back("STOP", secret='guessed'),
            self.write_back("STOP", headers={}),
            self.write_back("STOP", signed_path=self.path()),
            self.call(twilio.INBOUND_PATH, {'MessageSid': 'SM1', 'Body': "STOP"}),
        ):
            self.assertEqual((response.status_code, response.text), (403, 'Forbidden'))
        self.assertFalse(self.replies())
        self.assertFalse(self.refusals())
