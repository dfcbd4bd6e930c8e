from datetime import date, datetime

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestObservations(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.man = cls.make_patient(gender='male', birth_date='1970-01-01')
        cls.woman = cls.make_patient("Lan", gender='female', birth_date='1970-01-01')

    def make(self, kind, value, patient=None, **values):
        """Measure ``value`` of a shipped type."""
        return self.env['healthcare.observation'].create(
            {
                'patient_id': (patient or self.man).id,
                'type_id': self.env.ref(f'healthcare_crm.observation_type_{kind}').id,
                'value': value,
                'date': datetime(2026, 3, 1, 3, 0),
                **values,
            }
        )

    def test_by_sex(self):
        self.assertRecordValues(
            self.make('hemoglobin', 12.5) | self.make('hemoglobin', 12.5, self.woman),
            [
                {'interpretation': 'L', 'range_text': '13.2 – 16.6', 'unit': 'g/dL'},
                {'interpretation': 'N', 'range_text': '11.6 – 15.0', 'unit': 'g/dL'},
            ],
        )
        self.assertEqual(self.make('hemoglobin', 6).interpretation, 'LL')
        self.assertEqual(self.make('systolic', 185).interpretation, 'HH')
        self.assertEqual(self.make('ldl', 160).range_text, '≤ 129')
        self.assertEqual(self.make('hdl', 45).range_text, '≥ 40')

    def test_by_age_at_the_time(self):
        child = self.make_patient(birth_date='2020-03-02', gender='male')
        then = self.make('pulse', 119, child, date=datetime(2026, 3, 1, 3, 0))
        later = self.make('pulse', 119, child, date=datetime(2026, 3, 3, 3, 0))
        self.assertEqual((then.interpretation, later.interpretation), ('N', 'H'))
        child.birth_date = date(2008, 1, 1)
        self.assertEqual(then.interpretation, 'H', "the birth date was put right")

    def test_whose_age_or_sex_is_not_known(self):
        somebody = self.make_patient("Somebody")
        self.assertFalse(self.make('hemoglobin', 12.5, somebody).interpretation)
        self.assertEqual(self.make('hba1c', 7.2, somebody).interpretation, 'H')

    def test_the_laboratory_has_its_own_range(self):
        value = self.make('hba1c', 6, range_high=6.2)
        self.assertEqual((value.interpretation, value.range_text), ('N', '4.0 – 6.2'))

    def test_what_is_on_record_keeps_its_range(self):
        value = self.make('hba1c', 6)
        self.env.flush_all()
        kind = value.type_id
        kind.range_ids.high = 6.5
        self.env.flush_all()
        self.assertEqual(value.interpretation, 'H')
        self.assertEqual(self.make('hba1c', 6).interpretation, 'N')

    def test_without_a_value(self):
        self.assertFalse(self.make('hba1c', 0, status='registered').interpretation)
        self.assertFalse(self.make('hba1c', 0).interpretation, "nothing was entered")
        value = self.make('hba1c', 9)
        value.status = 'entered-in-error'
        self.assertFalse(value.interpretation)

    def test_impossible_values(self):
        for kind, value in (
            ('weight', -3),
            ('temperature', 900),
            ('oxygen_saturation', 101),
            ('hba1c', 0.5),
        ):
            with self.subTest(kind=kind), self.assertRaisesRegex(ValidationError, "cannot be"):
                self.make(kind, value)
        with self.assertRaisesRegex(ValidationError, "needs a number"):
            self.make('weight', float('nan'))
        with self.assertRaisesRegex(ValidationError, "Body temperature cannot be 104 °C"):
            self.make('temperature', 37).value = 104

    def test_another_unit(self):
        with self.assertRaisesRegex(ValidationError, "recorded in %, not in mmol/mol"):
            self.make('hba1c', 53, unit='mmol/mol')
        with self.assertRaisesRegex(ValidationError, "recorded in °C, not in °F"):
            self.make('temperature', 37).unit = '°F'

    def test_by_code_of_an_import(self):
        value = self.env['healthcare.observation'].create(
            {'patient_id': self.man.id, 'code': '4548-4', 'name': "A1c", 'value': 7}
        )
        self.assertRecordValues(
            value, [{'name': "A1c", 'unit': '%', 'interpretation': 'H', 'code': '4548-4'}]
        )
        other = self.env['healthcare.observation'].create(
            {'patient_id': self.man.id, 'name': "Grip", 'value': -90, 'unit': 'kg'}
        )
        self.assertFalse(other.type_id or other.interpretation)
        other.write({'code': '8867-4', 'value': 72})
        self.assertEqual((other.type_id.code, other.name), ('8867-4', "Grip"))

    def test_a_batch_costs_no_query_per_row(self):
        kind = self.env.ref('healthcare_crm.observation_type_hba1c').id
        rows = [
            {'patient_id': self.man.id, 'type_id': kind, 'value': 5 + number / 100}
            for number in range(100)
        ]
        self.env['healthcare.observation'].create(rows[:1])
        self.env.flush_all()
        with self.assertQueryCount(25):
            self.env['healthcare.observation'].create(rows)
            self.env.flush_all()

    def test_shipped_types(self):
        types = self.env['healthcare.observation.type'].search([])
        self.assertGreaterEqual(len(types), 25)
        for kind in types:
            with self.subTest(kind=kind.name):
                self.assertTrue(kind.code)
                for one in kind.range_ids:
                    inside = [limit for limit in (one.low, one.high) if limit]
                    self.assertTrue(all(kind.possible_low <= limit for limit in inside))
                    self.assertTrue(all(limit <= kind.possible_high for limit in inside))
