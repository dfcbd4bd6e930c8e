from datetime import timedelta

from odoo.tests import tagged

from .common import FollowupCase
from .test_inbound_mail import REPORT

DAY = timedelta(days=1)
ANSWERS = ('replied', 'reply1', 'failed', 'opened', 'clicked')


@tagged('post_install', '-at_install')
class TestComingBack(FollowupCase):
    """From a letter that left to the step its answer leads to, through the engine itself."""

    def setUp(self):
        super().setUp()
        self.an = self.patient()
        self.visit = self.appointment(self.an)
        link = "See https://clinic.example/eat and {confirm_link}"
        remind = {
            'kind': 'message',
            'name': "Remind",
            'purpose': self.reminder.id,
            'channels': ['email'],
            'templates': {'email': {'subject': {'en_US': "Visit"}, 'body': {'en_US': link}}},
            'answer_hours': 12,
            'replies': [{'outcome': 'reply1', 'name': "Comes", 'keywords': ["yes"]}],
            'next': {answer: answer for answer in ANSWERS},
        }
        self.publish(
            {
                'schema': 1,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {
                    't1': {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}
                },
                'start': 'remind',
                'steps': {'remind': remind}
                | {answer: {'kind': 'end', 'name': answer, 'next': {}} for answer in ANSWERS},
            }
        )
        self.moment = self.visit.start - DAY
        self.go(self.moment)
        self.row = self.ledger(self.an)
        # the outbox knows no mail server's Message-Id
        self.row.provider_ref = '<our-letter@clinic.example>'

    def went(self):
        """Let the engine hear of what came; return the steps the patient went through."""
        self.go(self.moment + timedelta(minutes=5))
        return self.visit.enrollment_ids.log_ids.sorted('id').mapped('step_key')

    def write_back(self, text):
        self.env['mail.thread'].message_process(
            None,
            f'From: {self.an.email}\nTo: clinic@example.org\nMessage-Id: <answer@mail.example>\n'
            f'In-Reply-To: {self.row.provider_ref}\n\n{text}\n',
        )

    def test_nothing_comes(self):
        self.assertNotIn('replied', self.went())
        self.assertEqual(self.visit.enrollment_ids.state, 'active')

    def test_reply(self):
        self.write_back("Who are you?")
        self.assertEqual(self.went()[-1], 'replied')

    def test_reply_with_a_keyword(self):
        self.write_back("Yes")
        self.assertEqual(self.went()[-1], 'reply1')

    def test_bounce(self):
        self.env['mail.thread'].message_process(
            None,
            REPORT.format(
                sender='MAILER-DAEMON@mx.example',
                kind='delivery-status',
                number=1,
                to=self.an.email,
                ref=self.row.provider_ref,
                action='failed',
                code='5.1.1',
                words="No such user",
            ),
        )
        self.assertEqual(self.went()[-1], 'failed')

    def test_opened(self):
        self.assertIn('/healthcare/opened/', self.sent[0].pixel)
        self.row._set_seen('opened')
        self.assertEqual(self.went()[-1], 'opened')

    def test_clicked(self):
        link = self.env['link.tracker'].search([('communication_id', '=', self.row.id)])
        self.assertIn(link.short_url, self.row.body)
        self.assertIn('/healthcare/link/', self.row.body)
        self.assertNotIn('/healthcare/appointment/', self.row.body)
        self.env['link.tracker.click'].add_click(link.code)
        self.assertEqual(self.went()[-1], 'clicked')

    def test_happenings_reach_the_inbox_once(self):
        event = self.env['healthcare.workflow.event']
        for _twice in range(2):
            self.write_back("STOP")
            self.row._set_seen('opened')
        kinds = event.search([('patient_id', '=', self.an.id)], order='id').mapped('kind')
        told = ['message_replied', 'consent_withdrawn', 'opted_out', 'message_opened']
        for kind in told:
            self.assertEqual(kinds.count(kind), 1, kind)
