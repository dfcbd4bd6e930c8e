from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestAppointmentFilters(HealthcareCase):
    """The filters of the appointment list mean what they say, in the reader's time zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.practitioner = cls.make_practitioner()
        cls.reception = cls.make_user('reception', tz='Asia/Taipei')
        view = cls.env.ref('healthcare_crm.calendar_event_view_search_appointment')
        arch = cls.Event.get_view(view.id, 'search')['arch']
        cls.arch = arch

    def _find(self, name):
        [node] = etree.fromstring(self.arch).xpath(f"//filter[@name='{name}']")
        domain = safe_eval(node.get('domain'), {'uid': self.reception.id})
        Event = self.Event.with_user(self.reception).with_context(tz=self.reception.tz)
        return Event.search(domain + [('practitioner_id', '=', self.practitioner.id)])

    def _book(self, start, **values):
        return self.make_appointment(
            self.make_patient(),
            start=start,
            practitioner_id=self.practitioner.id,
            **values,
        )

    @freeze_time('2026-11-22 20:00:00')  # the 23rd, four in the morning, in Taipei
    def test_days(self):
        yesterday = self._book(datetime(2026, 11, 22, 8))
        today = self._book(datetime(2026, 11, 22, 22)) | self._book(datetime(2026, 11, 23, 15, 30))
        tomorrow = self._book(datetime(2026, 11, 23, 16))
        later = self._book(datetime(2026, 12, 23, 16))
        self.assertEqual(self._find('today'), today)
        self.assertEqual(self._find('tomorrow'), tomorrow)
        self.assertEqual(self._find('next_days'), today | tomorrow)
        self.assertEqual(self._find('past'), yesterday)
        self.assertEqual(self._find('from_today'), today | tomorrow | later)

    def test_statuses(self):
        start = datetime(2027, 3, 1, 9)
        booked = self._book(start)
        confirmed = self._book(start, patient_response='accepted')
        noshow = self._book(start, appointment_status='noshow')
        cancelled = self._book(start, appointment_status='cancelled')
        reminded = self._book(start, appointment_status='fulfilled', reminder_channel='sms')
        self.assertEqual(self._find('not_confirmed'), booked)
        self.assertEqual(self._find('confirmed'), confirmed)
        self.assertEqual(self._find('noshow'), noshow)
        self.assertEqual(self._find('cancelled'), cancelled)
        self.assertEqual(self._find('done'), reminded)
        self.assertNotIn(reminded, self._find('no_reminder'))
