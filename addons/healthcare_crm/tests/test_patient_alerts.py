from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Date
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientAlerts(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.patient = cls.make_patient()
        cls.visit = cls.make_appointment(cls.patient)
        cls.alert = cls.env['healthcare.alert'].create(
            {'patient_id': cls.patient.id, 'kind': 'needle_fear', 'note': "Lie down"}
        )
        cls.env['healthcare.allergy'].create(
            {
                'patient_id': cls.patient.id,
                'name': "Penicillin",
                'reaction': "Hives",
                'criticality': 'high',
            }
        )

    def test_shown_where_the_patient_is_booked(self):
        reception = self.visit.with_user(self.make_user('reception'))
        self.assertEqual(
            reception.patient_alerts, [{'kind': 'needle_fear', 'text': "Fear of needles: Lie down"}]
        )
        with self.assertRaises(AccessError):
            reception.read(['patient_allergies'])
        nurse = self.visit.with_user(self.make_user('nurse'))
        self.assertEqual(nurse.patient_allergies, [{'kind': 'high', 'text': "Penicillin: Hives"}])
        for role in ('marketing', 'quality', 'privacy_officer'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.visit.with_user(self.make_user(role)).read(['patient_alerts'])

    def test_nothing_of_it_is_stored_on_the_event(self):
        for name in ('patient_alerts', 'patient_allergies'):
            self.assertFalse(self.Event._fields[name].store)

    def test_before_the_appointment_is_saved(self):
        event = self.Event.with_user(self.make_user('reception')).new(
            {'is_appointment': True, 'patient_id': self.patient.id}
        )
        self.assertTrue(event.patient_alerts)

    def test_only_what_matters_today(self):
        today = Date.today()
        for values, shown in (
            ({'date_to': today - timedelta(days=2), 'date_from': False}, False),
            ({'date_to': today + timedelta(days=2)}, True),
            ({'date_from': today + timedelta(days=2), 'date_to': False}, False),
            ({'date_from': False}, True),
            ({'status': 'inactive'}, False),
            ({'status': 'entered-in-error'}, False),
        ):
            self.alert.write(values)
            self.env.invalidate_all()
            with self.subTest(values=values):
                self.assertEqual(bool(self.visit.patient_alerts), shown)

    def test_of_another_clinic_nothing(self):
        elsewhere = self.env['res.company'].create({'name': "Elsewhere"})
        stranger = self.make_user('reception', company_id=elsewhere.id, company_ids=elsewhere.ids)
        self.patient.company_id = self.company
        self.assertFalse(self.alert.with_user(stranger).has_access('read'))

    def test_a_list_asks_once(self):
        events = self.visit
        for number in range(10):
            patient = self.make_patient(f"Patient {number}")
            self.alert.copy({'patient_id': patient.id, 'note': "Lie down"})
            events |= self.make_appointment(patient)
        reception = events.with_user(self.make_user('reception'))
        self._count_queries(reception)  # who may read what is asked the first time only
        one = self._count_queries(reception[:1])
        self.assertEqual(self._count_queries(reception), one)
        self.assertTrue(one)
        self.assertTrue(all(reception.mapped('patient_alerts')))

    def _count_queries(self, events):
        self.env.flush_all()
        self.env.invalidate_all()
        events.mapped('patient_id.name')
        before = self.env.cr.sql_log_count
        events.mapped('patient_alerts')
        return self.env.cr.sql_log_count - before
