from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..channels import Answer
from ..engine import dispatch
from .common import NOW
from .inbound_common import InboundCase

REPORT = """\
Return-Path: <>
From: {sender}
To: bounce@clinic.example
Subject: Undelivered Mail Returned to Sender
Message-Id: <report-{number}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.

--b
Content-Type: message/{kind}

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822; {to}
Action: {action}
Status: {code}
Diagnostic-Code: smtp; {words}

--b
Content-Type: message/rfc822

From: clinic@example.org
To: {to}
Subject: Your appointment
Message-Id: {ref}

Hello
--b--
"""


class MailCase(InboundCase):
    number = 0

    def receive(self, text):
        """Let Odoo's gateway take in a letter; return what it says."""
        with mute_logger('odoo.addons.mail.models.mail_thread'):
            result = self.env['mail.thread'].message_process(None, text)
        self.env.flush_all()
        return result

    def write_back(self, message, text, sender=None, headers='', key=None):
        """Let somebody answer ``message``."""
        self.number += 1
        self.receive(
            f'From: {sender or message.address}\n'
            'To: clinic@example.org\n'
            'Subject: Re: Your appointment\n'
            f'Message-Id: {key or f"<answer-{self.number}@mail.example>"}\n'
            f'In-Reply-To: {message.provider_ref}\n'
            f'References: <older@mail.example> {message.provider_ref}\n'
            f'{headers}'
            'MIME-Version: 1.0\n'
            'Content-Type: text/plain; charset="utf-8"\n'
            'Content-Transfer-Encoding: 8bit\n\n'
            f'{text}\n'
        )


@tagged('post_install', '-at_install')
class TestMailReplies(MailCase):
    """A letter that answers ours comes to the ledger, and only there."""

    def test_reply_is_filed_and_wakes_the_step(self):
        message = self.message()
        before = self.env['mail.message'].search_count([])
        self.write_back(message, "I come.\n\nOn Monday Clinic <c@x.example> wrote:\n> Hello\n> An")
        self.assertRecordValues(
            self.replies(),
            [
                {
                    'channel': 'email',
                    'status': 'received',
                    'patient_id': self.an.id,
                    'purpose_id': self.reminder.id,
                    'appointment_id': self.visit.id,
                    'enrollment_id': message.enrollment_id.id,
                    'step_key': 'remind',
                    'visit': 1,
                    'address': self.an.email,
                    'subject': "Re: Your appointment",
                    'body': "I come.",
                    'is_sender_known': True,
                }
            ],
        )
        self.assertEqual(self.env['mail.message'].search_count([]), before)
        self.assertEqual(self.answered, [(message, 'replied')])
        ((code, records, payload, _keys),) = self.happened
        self.assertEqual((code, records, payload), ('message_replied', self.replies(), None))
        self.assertFalse(self.refusals())

    def test_reply_by_a_keyword_goes_its_way(self):
        message, other = self.message(arrows=('reply1', 'replied')), self.message()
        self.write_back(message, "Yes!")
        self.write_back(other, "Yes!")  # no arrow asks for that
        self.assertEqual(self.answered, [(message, 'reply1'), (other, 'replied')])

    def test_same_letter_twice_is_one_reply(self):
        message = self.message()
        for _twice in range(2):
            self.write_back(message, "I come.", key='<once@mail.example>')
        self.assertEqual(len(self.replies()), 1)
        self.assertEqual(len(self.answered), 1)

    def test_letter_to_nothing_of_ours_is_left_to_odoo(self):
        message = self.message()
        message.provider_ref = '<another@clinic.example>'
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            self.receive(
                'From: an@x.example\nTo: b@x.example\nMessage-Id: <x@x.example>\n'
                'References: <unknown@clinic.example>\n\nHello\n'
            )
        partner = self.env['res.partner'].create({'name': "Supplier"})
        note = partner.message_post(body="Hello", message_id='<note@clinic.example>')
        self.receive(
            'From: an@x.example\nTo: b@x.example\nMessage-Id: <y@x.example>\n'
            f'In-Reply-To: {note.message_id}\n\nHello\n'
        )
        self.assertEqual(len(partner.message_ids.filtered('email_from')), 2)
        self.assertFalse(self.replies())

    def test_reply_to_a_reply_does_not_count_as_a_reply_to_it(self):
        """Only what we sent is answered: an incoming letter's Message-Id leads nowhere."""
        message = self.message()
        self.write_back(message, "I come.", key='<first@mail.example>')
        found = message._find_letter(['<first@mail.example>'])
        self.assertFalse(found)
        self.assertEqual(
            message._find_letter(['<first@mail.example>', message.provider_ref]), message
        )

    def test_nearest_message_of_a_thread_is_the_one_answered(self):
        first, second = self.message(), self.message()
        second.provider_ref = '<second@clinic.example>'
        self.receive(
            f'From: {self.an.email}\nTo: c@x.example\nMessage-Id: <x@x.example>\n'
            f'References: {first.provider_ref} {second.provider_ref}\n\nHello\n'
        )
        self.assertEqual(self.answered, [(second, 'replied')])

    def test_letter_as_a_web_page_loses_what_it_quotes(self):
        message = self.message()
        self.receive(
            f'From: {self.an.email}\nTo: c@x.example\nMessage-Id: <x@x.example>\n'
            f'In-Reply-To: {message.provider_ref}\nMIME-Version: 1.0\n'
            'Content-Type: text/html; charset="utf-8"\n\n'
            '<html><body><div>I come.</div><div class="gmail_quote">On Monday'
            '<blockquote>Hello</blockquote></div></body></html>\n'
        )
        self.assertEqual(self.replies().body, "I come.")

    def test_outlook_page_loses_what_follows_the_header_block(self):
        message = self.message()
        self.receive(
            f'From: {self.an.email}\nTo: c@x.example\nMessage-Id: <x@x.example>\n'
            f'In-Reply-To: {message.provider_ref}\nMIME-Version: 1.0\n'
            'Content-Type: text/html; charset="utf-8"\n\n'
            '<html><body><p>I come.</p><div id="appendonsend"></div><hr>'
            '<div id="divRplyFwdMsg">Clinic</div><div>Hello An</div></body></html>\n'
        )
        self.assertEqual(self.replies().body, "I come.")

    def test_files_are_named_and_not_kept(self):
        message = self.message()
        before = self.env['ir.attachment'].search_count([])
        self.receive(
            f'From: {self.an.email}\nTo: c@x.example\nMessage-Id: <x@x.example>\n'
            f'In-Reply-To: {message.provider_ref}\nMIME-Version: 1.0\n'
            'Content-Type: multipart/mixed; boundary="b"\n\n'
            '--b\nContent-Type: text/plain\n\nLook at this.\n'
            '--b\nContent-Type: image/png; name="wound.png"\n'
            'Content-Disposition: attachment; filename="wound.png"\n'
            'Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n'
        )
        self.assertIn("Look at this.", self.replies().body)
        self.assertIn("wound.png", self.replies().body)
        self.assertEqual(self.env['ir.attachment'].search_count([]), before)

    def test_programs_that_answer_wake_nothing(self):
        message = self.message()
        for headers in (
            'Auto-Submitted: auto-replied\n',
            'X-Autoreply: yes\n',
            'Precedence: bulk\n',
        ):
            self.write_back(message, "STOP", headers=headers)
        self.receive(
            f'From: {self.an.email}\nTo: c@x.example\nMessage-Id: <x@x.example>\n'
            f'Subject: Out of office: back on Monday\nIn-Reply-To: {message.provider_ref}\n\nSTOP\n'
        )
        self.assertEqual(len(self.replies()), 4)
        self.assertFalse(self.answered)
        self.assertFalse(self.happened)
        self.assertFalse(self.refusals())

    def test_absence_notice_at_the_bounce_address_is_no_bounce(self):
        message = self.message()
        self.receive(
            f'From: {self.an.email}\nTo: mailer@x.example\nMessage-Id: <x@x.example>\n'
            f'Auto-Submitted: auto-replied\nIn-Reply-To: {message.provider_ref}\n'
            'Content-Type: text/plain\n\nAway\n'
        )
        domain = self.env['mail.alias.domain'].search([], limit=1) or self.env[
            'mail.alias.domain'
        ].create({'name': 'clinic.example'})
        self.receive(
            f'From: {self.an.email}\nTo: {domain.bounce_email}\nMessage-Id: <y@x.example>\n'
            f'Auto-Submitted: auto-replied\nIn-Reply-To: {message.provider_ref}\n'
            'Content-Type: text/plain\n\nAway\n'
        )
        self.assertEqual(len(self.replies()), 2)
        self.assertEqual(message.status, 'sent')
        self.assertFalse(self.answered)


@tagged('post_install', '-at_install')
class TestMailOptOut(MailCase):
    """A whole answer that says stop is a decision; everything else is only a reply."""

    def test_opt_out_refuses_this_purpose_on_this_channel(self):
        message = self.message()
        self.write_back(message, "STOP\n\n-- \nAn Nguyen")
        self.assertEqual(self.refusals(), {(self.reminder, 'email')})
        self.assertEqual(self.codes(), ['message_replied', 'consent_withdrawn', 'opted_out'])
        self.assertEqual(self.visit.appointment_status, 'booked')

    def test_opt_out_about_an_appointment_makes_reception_ask(self):
        message = self.message()
        for text in ("取消", "取消！"):
            self.write_back(message, text)
        self.assertRecordValues(
            self.tasks(self.an),
            [
                {
                    'appointment_id': self.visit.id,
                    'role': 'reception',
                    'task_type': 'call',
                    'state': 'requested',
                    'name': "Ask whether the appointment is to be cancelled",
                }
            ],
        )
        self.assertEqual(self.visit.appointment_status, 'booked')
        self.assertEqual(self.codes().count('opted_out'), 1)

    def test_patient_who_refuses_calls_is_not_to_be_called(self):
        self.consent(self.an, 'deny', 'call')
        self.write_back(self.message(), "取消")
        self.assertEqual(self.tasks(self.an).task_type, 'check')

    def test_nobody_asks_about_an_appointment_that_is_over(self):
        self.visit.appointment_status = 'cancelled'
        self.write_back(self.message(), "取消")
        self.assertEqual(self.refusals(), {(self.reminder, 'email')})
        self.assertFalse(self.tasks(self.an))

    def test_word_the_message_asked_for_is_that_answer_only(self):
        message = self.message(arrows=('reply1',))
        self.write_back(message, "Hủy")
        self.assertEqual(self.answered, [(message, 'reply1')])
        self.assertFalse(self.refusals())

    def test_stop_is_none_of_the_ways_it_resembles(self):
        """Without its accents *dừng*, stop, reads like *đúng*, right."""
        message = self.message(arrows=('reply1', 'replied'))
        self.write_back(message, "Dừng")
        self.assertEqual(self.answered, [(message, 'replied')])
        self.assertEqual(self.refusals(), {(self.reminder, 'email')})

    def test_stranger_changes_no_consent(self):
        message = self.message()
        self.write_back(message, "STOP", sender='mallory@evil.example')
        self.assertFalse(self.replies().is_sender_known)
        self.assertFalse(self.refusals())
        self.assertEqual(self.answered, [(message, 'replied')])

    def test_sender_who_cannot_be_read_is_a_stranger(self):
        self.an.email = False
        message = self.message(address='an.nguyen@example.org')
        self.write_back(message, "STOP", sender='undisclosed')
        self.assertFalse(self.refusals())

    def test_guardian_may_decide(self):
        guardian = self.patient("Mai Nguyen")
        self.an.guardian_id = guardian
        message = self.message(address=guardian.email)
        self.write_back(message, "STOP")
        consent = self.env['healthcare.consent'].search([('method', '=', 'reply')])
        self.assertEqual((consent.patient_id, consent.given_by_id), (self.an, guardian))

    def test_who_refused_already_refuses_once(self):
        self.consent(self.an, 'deny', 'email')
        self.happened.clear()
        self.write_back(self.message(), "STOP")
        self.assertFalse(self.refusals())
        self.assertEqual(self.codes(), ['message_replied'])


@tagged('post_install', '-at_install')
class TestBounces(MailCase):
    """What a mail server says of a letter."""

    def report(
        self, message, action='failed', code='5.1.1', words="550 5.1.1 No such user", **values
    ):
        self.number += 1
        self.receive(
            REPORT.format(
                **{
                    'sender': 'MAILER-DAEMON@mx.example',
                    'kind': 'delivery-status',
                    'number': self.number,
                    'to': message.address,
                    'ref': message.provider_ref,
                    'action': action,
                    'code': code,
                    'words': words,
                }
                | values
            )
        )

    def test_letter_that_came_back_failed_for_its_address(self):
        message = self.message()
        self.report(message)
        self.assertEqual((message.status, message.reason), ('failed', 'bad_address'))
        self.assertEqual(message.reason_detail, "550 5.1.1 No such user")
        self.assertEqual(self.answered, [(message, 'failed')])
        self.assertEqual(self.codes(), ['message_bounced'])
        self.assertFalse(self.replies())

    def test_full_mailbox_is_no_wrong_address(self):
        for code in ('5.2.2', '4.4.7', '5.7.1'):
            message = self.message()
            self.report(message, code=code)
            self.assertEqual((message.status, message.reason), ('failed', 'provider_error'), code)

    def test_letter_that_is_only_late_is_not_failed(self):
        message = self.message()
        for action in ('delayed', 'relayed', 'expanded'):
            self.report(message, action=action, code='4.4.1')
        self.assertEqual(message.status, 'sent')
        self.assertFalse(self.answered)

    def test_receipt_is_no_bounce(self):
        message = self.message()
        self.report(message, kind='disposition-notification')
        self.assertEqual(message.status, 'sent')
        self.assertFalse(self.answered)

    def test_delivery_report_says_delivered(self):
        message = self.message()
        self.report(message, action='delivered', code='2.0.0')
        self.assertEqual(message.status, 'delivered')
        self.assertEqual(self.answered, [(message, 'delivered')])
        self.assertEqual(self.codes(), ['message_delivered'])

    def test_first_final_report_stands(self):
        failed, delivered = self.message(), self.message()
        for _twice in range(2):
            self.report(failed)
            self.report(delivered, action='delivered')
        self.report(failed, action='delivered')
        self.report(delivered)
        self.assertEqual((failed.status, delivered.status), ('failed', 'delivered'))
        self.assertEqual(len(self.answered), 2)

    def test_old_servers_tell_in_words(self):
        message = self.message()
        self.receive(
            'From: Mail Delivery System <mailer-daemon@mx.example>\nTo: clinic@example.org\n'
            f'Message-Id: <x@mx.example>\nReferences: {message.provider_ref}\n\n'
            'This user does not exist.\n'
        )
        self.assertEqual((message.status, message.reason), ('failed', 'bad_address'))
        self.assertEqual(message.reason_detail, "This user does not exist.")

    def test_report_on_a_letter_of_others_changes_nothing(self):
        message = self.message()
        self.report(message, ref='<somebody.else@mx.example>')
        self.assertEqual(message.status, 'sent')

    def test_what_nobody_sent_cannot_come_back(self):
        for status in ('queued', 'held', 'suppressed', 'cancelled'):
            message = self.message(status=status)
            self.report(message)
            self.assertEqual(message.status, status)

    def test_answer_to_the_question_whether_it_arrived(self):
        message = self.message(status='unknown', reason='crash')
        task = self.env['healthcare.care.task'].create(
            {
                'name': "Ask whether our message arrived",
                'patient_id': self.an.id,
                'communication_id': message.id,
                'window_end': self.visit.start - timedelta(hours=1),
            }
        )
        self.report(message, action='delivered')
        self.assertEqual((message.status, message.reason), ('delivered', False))
        self.assertEqual(task.state, 'cancelled')

    def test_report_before_the_answer_of_the_provider_stays(self):
        message = self.message(status='sending', provider_ref=False)
        message._take_report('delivered', provider_ref='SM1')
        self.env.flush_all()
        letter = dispatch.Letter(message.id, 1, None, False)
        dispatch.record(self.env, letter, Answer('sent', provider_ref='SM1'), NOW)
        message.invalidate_recordset()
        self.assertEqual((message.status, message.provider_ref), ('delivered', 'SM1'))
        self.assertTrue(message.sent_at)
