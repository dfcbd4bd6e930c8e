from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..engine import graph
from ..engine.subjects import SUBJECTS
from .common import FollowupCase


@tagged('post_install', '-at_install')
class TestEnquiries(FollowupCase):
    """What workflows hear of enquiries, and whom reception sees waiting."""

    def setUp(self):
        super().setUp()
        self.happened = []
        self.desk = new_test_user(self.env, 'enquiry_desk', groups='healthcare_crm.group_reception')

        def note(_event, code, records, payload=None, keys=None):
            self.happened += [(code, record) for record in records]

        event = type(self.env['healthcare.workflow.event'])
        self.notes = patch.object(event, '_happened', note)

    def ask(self, **values):
        return self.env['healthcare.enquiry'].with_user(self.desk).create({'name': "Hoa", **values})

    def test_known_patient_asks(self):
        with self.notes:
            enquiry = self.ask(patient_id=self.patient().id)
            self.assertIn(('enquiry_received', enquiry), self.happened)

    def test_nobody_is_known_until_converted(self):
        with self.notes:
            enquiry = self.ask()
            self.assertFalse([code for code, _one in self.happened if 'enquiry' in code])
            enquiry.action_make_patient()
            self.assertIn(('enquiry_converted', enquiry), self.happened)
            count = len(self.happened)
            enquiry.action_make_patient()
            self.assertEqual(len(self.happened), count)

    def test_letter_of_a_known_patient(self):
        patient = self.patient()
        patient.email = 'known@example.org'
        with self.notes:
            enquiry = self.ask(email='known@example.org')
            enquiry._link_known_sender()
            self.assertEqual(enquiry.patient_id, patient)
            self.assertIn(('enquiry_received', enquiry), self.happened)

    def test_a_workflow_starts_and_ends_with_the_enquiry(self):
        self.assertIn('healthcare.enquiry', SUBJECTS)
        now = fields.Datetime.now()
        self.publish(
            {
                'schema': graph.SCHEMA,
                'subject': 'healthcare.enquiry',
                'tz': 'Asia/Taipei',
                'triggers': {'t1': {'kind': 'event', 'event': 'enquiry_converted'}},
                'entry': [],
                'start': 'call',
                'steps': {
                    'call': {
                        'kind': 'care_task',
                        'name': "Welcome",
                        'task': 'call',
                        'role': 'reception',
                        'hours': 24,
                        'next': {},
                    }
                },
            },
            now - timedelta(minutes=1),
        )
        enquiry = self.ask()
        enquiry.action_make_patient()
        self.go(fields.Datetime.now())
        tasks = self.tasks(enquiry.patient_id)
        self.assertEqual(tasks.mapped('name'), ["Welcome"])

    def test_my_day(self):
        self.env['healthcare.enquiry'].search([]).action_contacted()
        late = self.ask(date=fields.Datetime.now() - timedelta(days=3), phone='+886912345678')
        fresh = self.ask()
        day = self.env['healthcare.my.day'].with_user(self.desk)
        block = day.my_day_block('enquiries')
        self.assertEqual([row['id'] for row in block['rows']], [late.id, fresh.id])
        self.assertEqual([bool(row['badges']) for row in block['rows']], [True, False])
        self.assertEqual(block['rows'][0]['phone'], '+886912345678')
        fresh.action_contacted()
        self.assertEqual(day.my_day_block('enquiries')['count'], '1')
