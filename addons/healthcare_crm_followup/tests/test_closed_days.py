from datetime import datetime

from odoo.tests import tagged

from ..engine import placeholders
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestClosedDays(FollowupCase):
    """What patients are told of the days on which the clinic is closed."""

    def said(self, lang, due_at=datetime(2030, 1, 27, 2, 0)):
        patient = self.patient()
        message = self.env['healthcare.communication'].create(
            {'patient_id': patient.id, 'channel': 'sms', 'due_at': due_at}
        )
        event = self.env['calendar.event']
        used = {'closed_days'}
        return placeholders.values(self.env, patient, event, lang, used, message)['closed_days']

    def closed(self, first, last, **values):
        """The clinic is closed from midnight of the one day to that after the other, in Taipei."""
        self.env['resource.calendar.leaves'].create(
            {'name': "Closed", 'date_from': first, 'date_to': last} | values
        )

    def test_open_as_usual(self):
        self.assertEqual(self.said('en_US'), "We are open as usual.")

    def test_days_as_each_language_writes_them(self):
        self.closed(datetime(2030, 2, 1, 16), datetime(2030, 2, 6, 15, 59))
        self.closed(datetime(2030, 2, 9, 16), datetime(2030, 2, 10, 15, 59))
        self.assertIn("February 2 – February 6, February 10", self.said('en_US'))
        self.assertIn("2月2日 – 2月6日", self.said('zh_TW'))
        self.assertIn("2 tháng 2 – 6 tháng 2", self.said('vi_VN'))

    def test_of_the_next_three_weeks_alone(self):
        self.closed(datetime(2030, 1, 1), datetime(2030, 1, 2))
        self.closed(datetime(2030, 3, 1), datetime(2030, 3, 2))
        self.assertEqual(self.said('en_US'), "We are open as usual.")

    def test_nobodys_own_leave(self):
        self.closed(
            datetime(2030, 2, 1),
            datetime(2030, 2, 2),
            resource_id=self.env['resource.resource'].create({'name': "Dr Lin"}).id,
        )
        self.assertEqual(self.said('en_US'), "We are open as usual.")
