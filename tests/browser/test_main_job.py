import re
import tempfile
from datetime import timedelta
from email.header import decode_header, make_header
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import config

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.healthcare_crm_followup.channels import CHANNEL_ADAPTERS
from odoo.addons.healthcare_crm_followup.engine import dispatch, tick
from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from ..fakes.mail_catcher import MailCatcher
from .screenshots import taking_screenshots

DAY = timedelta(days=1)
TEXTS = {
    'vi_VN': (
        "Lịch hẹn của quý vị {appointment_date}",
        "Kính gửi {patient_name}\n\nXác nhận: {confirm_link}",
    ),
    'zh_TW': ("您的預約 {appointment_date}", "{patient_name} 您好\n\n取消：{cancel_link}"),
}


@tagged('post_install', '-at_install')
class TestMainJob(HttpCase, FollowupCase):
    """An administrator who is no system administrator builds a reminder; it goes out; patients
    answer."""

    def setUp(self):
        super().setUp()
        self.env.company.resource_calendar_id.tz = 'Asia/Taipei'
        for name, role in (
            ('administrator', 'clinic_administrator'),
            ('receptionist', 'reception'),
        ):
            new_test_user(
                self.env,
                f'main_{name}',
                groups=f'healthcare_crm.group_{role}',
                name=f'Main {name}',
                lang='en_US',
            )
        # what the demo clinic has coming up is not what this test counts
        self.env['calendar.event'].search([('is_appointment', '=', True)]).active = False
        for lang, (subject, body) in TEXTS.items():
            self.email_template.with_context(lang=lang).write({'subject': subject, 'body': body})
        self.practitioner.name = "Dr Main Job"
        self.service = self.env['healthcare.service'].create(
            {'name': "Main Job Service", 'duration': 0.5}
        )
        self.soon = fields.Datetime.now().replace(minute=0, second=0, microsecond=0) + 2 * DAY
        self.vi = self.booked(self.patient("Nguyễn Thị Hoa", lang='vi_VN', email='hoa@example.org'))
        self.zh = self.booked(
            self.patient("王大明", lang='zh_TW', email='wang@example.org'), hours=1
        )
        self.moved = self.booked(self.patient("Emma Stone", email='emma@example.org'), hours=2)
        self.silent = self.booked(self.patient("Tran Thi Lan", consents=()), hours=3)
        self.no_address = self.booked(self.patient("Le Van Nam", email=False), hours=4)

    def booked(self, patient, hours=0):
        """Return an appointment of ``patient`` in two days and ``hours``."""
        return self.appointment(
            patient, self.soon + timedelta(hours=hours), service_id=self.service.id
        )

    def test_main_job(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        catcher = self.enterContext(MailCatcher(f'{folder}/mail'))
        pictures = self.enterContext(taking_screenshots(f'{folder}/pictures'))
        self.enterContext(
            patch.dict(config.options, {'smtp_server': '127.0.0.1', 'smtp_port': catcher.port})
        )
        self.enterContext(
            patch.object(IrMail_Server, '_disable_send', classmethod(lambda cls: False))
        )

        self.start_tour(
            '/odoo/workflows', 'healthcare_main_job_publish', login='main_administrator'
        )
        workflow = self.env['healthcare.workflow'].search([('name', '=', "Remind 24 hours before")])
        self.assertEqual((workflow.state, workflow.waiting_count), ('published', 5))

        # a receptionist moves one appointment to the day after
        self.moved.with_user(self.env.ref('base.user_admin')).write(
            {'start': self.moved.start + DAY, 'stop': self.moved.stop + DAY}
        )
        self.time_passes(self.soon - DAY - timedelta(minutes=1))
        self.assertFalse(catcher.messages())

        for hours in range(6):
            self.time_passes(self.soon - DAY + timedelta(hours=hours))
        letters = {letter['To']: letter for letter in catcher.messages()}
        self.assertEqual(sorted(letters), ['hoa@example.org', 'wang@example.org'])
        self.assertIn("Lịch hẹn của quý vị", self.subject(letters['hoa@example.org']))
        self.assertIn("您的預約", self.subject(letters['wang@example.org']))

        self.follow_link(letters['hoa@example.org'], 'confirm', 'main-job-5-patient-page')
        self.follow_link(letters['wang@example.org'], 'cancel', 'main-job-6-patient-page-zh')
        self.assertEqual(
            (self.vi.appointment_status, self.vi.patient_response), ('booked', 'accepted')
        )
        self.assertEqual(self.zh.appointment_status, 'cancelled')

        self.start_tour('/odoo/worklist', 'healthcare_main_job_worklist', login='main_receptionist')
        self.assertEqual(self.no_address.patient_response, 'accepted')

        self.time_passes(self.moved.start - DAY)
        self.assertEqual([letter['To'] for letter in catcher.messages()][2:], ['emma@example.org'])

        self.start_tour(
            f'/odoo/patients/{self.silent.patient_id.id}',
            'healthcare_main_job_timeline',
            login='main_receptionist',
        )
        self.check_noshow_rate()
        self.assertEqual(len({picture.name for picture in pictures}), 8)

    def check_noshow_rate(self):
        """Two of three reminded by e-mail came, the one without a reminder did not."""
        self.vi.write({'appointment_status': 'fulfilled'})
        self.moved.write({'appointment_status': 'noshow'})
        self.silent.write({'appointment_status': 'noshow'})
        self.start_tour(
            '/odoo/appointments', 'healthcare_main_job_noshow_rate', login='main_administrator'
        )
        rates = self.env['calendar.event'].formatted_read_group(
            [('practitioner_id', '=', self.practitioner.id)],
            ['reminder_channel'],
            ['noshow_rate:avg'],
        )
        found = {group['reminder_channel']: group['noshow_rate:avg'] for group in rates}
        self.assertEqual((found['email'], found['none']), (50.0, 100.0))

    # ------------------------------------------------------------ helpers

    def time_passes(self, now):
        """Let the engine run as if it were ``now``, with the real channels."""
        self.env.flush_all()
        tick.run(self.env, now, self._no_commit)
        dispatch.run(self.env, CHANNEL_ADAPTERS, lambda: now, self._no_commit)
        self.env.invalidate_all()

    def subject(self, letter):
        return str(make_header(decode_header(letter['Subject'])))

    def follow_link(self, letter, action, picture):
        """Open the page a letter links to, take its picture, and press the button ``action``."""
        text = letter.get_payload(0).get_payload(decode=True).decode()
        address = urlsplit(re.search(r'https?://\S+', text)[0])
        before = (self.vi.patient_response, self.zh.appointment_status)
        self.browser_js(
            f'{address.path}?{address.query}',
            f'console.log("screenshot: {picture}");'
            'setTimeout(() => console.log("test successful"), 800)',
            ready='Boolean(document.querySelector("form"))',
        )
        self.env.invalidate_all()
        self.assertEqual(
            before,
            (self.vi.patient_response, self.zh.appointment_status),
            "looking decides nothing",
        )
        answer = self.url_open(address.path, data={'action': action})
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
