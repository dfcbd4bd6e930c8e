import tempfile
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.healthcare_crm_followup.engine import graph
from odoo.addons.healthcare_crm_followup.tests.common import FollowupCase

from .screenshots import taking_screenshots

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class TimelineTour(HttpCase, FollowupCase):
    def setUp(self):
        super().setUp()
        new_test_user(
            self.env,
            'desk',
            groups='healthcare_crm.group_reception',
            name="Annie Chang",
            lang='en_US',
            tz='Asia/Taipei',
        )
        self.now = fields.Datetime.now()
        self.an = self.patient("Nguyen Van An", consents=(), refused=('email',))
        self.remind()
        self.tell()

    def remind(self):
        """Put the patient before a message that would not be sent."""
        service = self.env['healthcare.service'].create({'name': "Check-up"})
        step = {
            'kind': 'message',
            'name': "Reminder",
            'purpose': self.reminder.id,
            'channels': ['sms'],
            'templates': {'sms': {'body': {'en_US': "x"}}},
            'next': {},
        }
        trigger = {'kind': 'date', 'field': 'start', 'amount': -24, 'unit': 'hours'}
        self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': 'calendar.event',
                'tz': 'Asia/Taipei',
                'triggers': {'t1': trigger},
                'entry': [],
                'start': 'first',
                'steps': {'first': step},
                'guards': {'quiet': None},
            },
            self.now,
        )
        self.appointment(self.an, self.now + 3 * DAY, service_id=service.id)
        self.go(self.now, send=False)

    def tell(self):
        """Enter more than a page of contacts."""
        common = {'patient_id': self.an.id, 'purpose_id': self.reminder.id}
        contacts = [
            {'channel': 'sms', 'status': 'suppressed', 'reason': 'no_consent', 'date': self.now},
            {
                'channel': 'sms',
                'status': 'delivered',
                'body': "Your visit is on Monday",
                'date': self.now - 30 * HOUR,
            },
        ]
        contacts += [
            {'channel': 'letter', 'status': 'sent', 'date': self.now - (day + 3) * DAY}
            for day in range(60)
        ]
        contacts.append(
            {
                'channel': 'sms',
                'direction': 'in',
                'status': 'received',
                'body': "Thank you",
                'date': self.now - 90 * DAY,
            }
        )
        self.env['healthcare.communication'].create([common | one for one in contacts])

    def use(self, path, tour, *pictures):
        """Go through ``tour`` from ``path``, and check which pictures it took."""
        folder = self.enterContext(tempfile.TemporaryDirectory())
        with taking_screenshots(folder) as taken:
            self.start_tour(path, tour, login='desk')
        self.assertEqual({picture.stem for picture in taken}, set(pictures))
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestTimeline(TimelineTour):
    def test_page(self):
        self.use(
            f'/odoo/patients/{self.an.id}/patient-timeline',
            'healthcare_timeline_page',
            'timeline-1-page',
        )

    def test_first_page_of_the_patient(self):
        self.use(f'/odoo/patients/{self.an.id}', 'healthcare_timeline_form', 'timeline-2-patient')
        decision = self.env['healthcare.consent'].search(
            [('patient_id', '=', self.an.id), ('channel', '=', 'sms')]
        )
        self.assertEqual(decision.decision, 'permit')


@tagged('post_install', '-at_install')
class TestTimelineOnAPhone(TimelineTour):
    browser_size = '390x844'
    touch_enabled = True

    def test_page(self):
        self.use(
            f'/odoo/patients/{self.an.id}/patient-timeline',
            'healthcare_timeline_phone',
            'timeline-3-phone',
        )
