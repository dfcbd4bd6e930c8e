from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestNoshowRate(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reception = cls.make_user('reception')
        cls.lin = cls.make_practitioner("Dr Lin")
        cls.who = cls.make_practitioner("Dr Who")
        cls.service = cls.make_service()
        patient = cls.make_patient()
        outcomes = [
            (cls.lin, 'noshow', 'none'),
            (cls.lin, 'fulfilled', 'sms'),
            (cls.lin, 'fulfilled', 'sms'),
            (cls.lin, 'fulfilled', 'none'),
            # these say nothing about no-shows
            (cls.lin, 'booked', 'none'),
            (cls.lin, 'cancelled', 'sms'),
            (cls.who, 'booked', 'none'),
        ]
        for practitioner, status, channel in outcomes:
            cls.make_appointment(
                patient,
                practitioner_id=practitioner.id,
                service_id=cls.service.id,
                appointment_status=status,
                reminder_channel=channel,
            )
        cls.domain = [('is_appointment', '=', True), ('service_id', '=', cls.service.id)]

    def _rates(self, field):
        groups = self.Event.with_user(self.reception).formatted_read_group(
            self.domain,
            [field],
            ['noshow_rate:avg', '__count'],
        )
        return {group[field]: group['noshow_rate:avg'] for group in groups}

    def test_by_practitioner(self):
        rates = self._rates('practitioner_id')
        self.assertEqual(rates[(self.lin.id, "Dr Lin")], 25.0)
        self.assertFalse(rates[(self.who.id, "Dr Who")], "nobody came or stayed away yet")

    def test_by_service(self):
        self.assertEqual(self._rates('service_id')[(self.service.id, "Check-up")], 25.0)

    def test_by_reminder(self):
        self.assertEqual(self._rates('reminder_channel'), {'none': 50.0, 'sms': 0.0})

    def test_in_the_list_and_the_pivot(self):
        Event = self.Event.with_user(self.reception)
        groups = Event.web_read_group(
            self.domain,
            ['practitioner_id'],
            ['noshow_rate:avg'],
        )['groups']
        self.assertEqual(groups[0]['noshow_rate:avg'], 25.0)
        self.assertEqual(
            Event.fields_get(['noshow_rate'], ['aggregator'])['noshow_rate']['aggregator'],
            'avg',
        )
        sets = Event.formatted_read_grouping_sets(
            self.domain,
            [[], ['practitioner_id']],
            ['noshow_rate:avg'],
        )
        self.assertEqual(sets[0][0]['noshow_rate:avg'], 25.0)
