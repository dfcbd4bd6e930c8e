from datetime import datetime, timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestRecordsOfOtherClinics(HealthcareCase):
    """What staff of one clinic try with records about patients of another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.env['res.company'].create({'name': "Elsewhere"})
        theirs = {'company_id': cls.elsewhere.id, 'company_ids': [Command.set(cls.elsewhere.ids)]}
        cls.reception = cls.make_user('reception', 'sec-reception', **theirs)
        cls.nurse = cls.make_user('nurse', 'sec-nurse', **theirs)
        cls.secret = cls.make_patient("Secret Person", company_id=cls.company.id)
        cls.own = cls.make_patient("Own Patient", company_id=cls.elsewhere.id)

    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.env.invalidate_all()

    def test_no_record_about_a_patient_one_may_not_see(self):
        for model, values in (
            ('healthcare.waitlist.entry', {}),
            ('healthcare.referral', {}),
            ('healthcare.condition', {'name': "Flu"}),
        ):
            records = self.env[model].with_user(self.nurse)
            with self.subTest(model=model):
                with self.assertRaises(AccessError):
                    records.create({'patient_id': self.secret.id, **values})
                record = records.create({'patient_id': self.own.id, **values})
                with self.assertRaises(AccessError):
                    record.patient_id = self.secret.id

    def test_nobody_chooses_which_appointment_the_waiting_list_cancels(self):
        """The nightly job cancels what an entry that ran out was offered: an appointment of any
        clinic, whoever wrote it there."""
        visit = self.make_appointment(self.secret, company_id=self.company.id)
        entry = (
            self.env['healthcare.waitlist.entry']
            .with_user(self.reception)
            .create({'patient_id': self.own.id, 'date_from': '2020-01-01', 'date_to': '2020-01-02'})
        )
        for name in ('appointment_id', 'offered_event_id'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                entry.write({name: visit.id})
            with self.subTest(field=name), self.assertRaises(AccessError):
                entry.create({'patient_id': self.own.id, name: visit.id})
        entry.sudo()._gc_expired()
        self.assertEqual(visit.appointment_status, 'booked')

    def test_offers_still_work_for_reception(self):
        reception = self.make_user('reception', 'sec-own-reception')
        start = datetime.now().replace(microsecond=0) + timedelta(days=3)
        visit = self.make_appointment(start=start, stop=start + timedelta(minutes=30))
        entry = (
            self.env['healthcare.waitlist.entry']
            .with_user(reception)
            .create({'patient_id': self.make_patient("Waiting").id})
        )
        visit.with_user(reception).action_cancel()
        self.assertEqual(entry.status, 'offered')
        entry.action_decline()
        self.assertEqual(entry.status, 'declined')
        entry.action_wait()
        self.assertEqual((entry.status, entry.appointment_id.id), ('waiting', False))
