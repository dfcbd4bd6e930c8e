from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..sensitive import SENSITIVE
from .common import HealthcareCase


@tagged('post_install', '-at_install')
class TestPatientPrivacy(HealthcareCase):
    """That somebody is a patient is health data: employees without a role never learn it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = cls.make_user()
        cls.patient = cls.make_patient(birth_date='1963-03-12')
        cls.names = sorted(SENSITIVE['res.partner'])

    def test_reads_nothing(self):
        patient = self.patient.with_user(self.employee)
        self.assertEqual(patient.name, "Nguyễn Văn An", "the contact itself is no secret")
        for name in self.names:
            with self.subTest(field=name), self.assertRaises(AccessError):
                patient.read([name])
        self.assertFalse(set(self.names) & set(patient.fields_get()))

    def test_searches_nothing(self):
        Partner = self.Partner.with_user(self.employee)
        for name in self.names:
            if not self.Partner._fields[name]._description_searchable:
                continue
            with self.subTest(field=name), self.assertRaises(AccessError):
                Partner.search([(name, '!=', False)])

    def test_groups_by_and_orders_nothing(self):
        Partner = self.Partner.with_user(self.employee)
        for name in self.names:
            field = self.Partner._fields[name]
            if not field.store or field.type in ('one2many', 'many2many'):
                continue
            groupby = f'{name}:month' if field.type == 'date' else name
            with self.subTest(group=name), self.assertRaises(AccessError):
                Partner.formatted_read_group([], [groupby], ['__count'])
            with self.subTest(order=name), self.assertRaises(AccessError):
                Partner.search([], order=name)

    def test_writes_and_exports_nothing(self):
        user = self.make_user(login='sales')
        user.group_ids += self.env.ref('base.group_partner_manager')
        user.group_ids += self.env.ref('base.group_allow_export')
        patient = self.patient.with_user(user)
        for values in ({'is_patient': False}, {'birth_date': '2000-01-01'}):
            with self.assertRaises(AccessError):
                patient.write(values)
        with self.assertRaises(AccessError):
            patient.export_data(['name', 'birth_date'])

    def test_other_models(self):
        for name in (
            'healthcare.practitioner',
            'healthcare.service',
            'healthcare.department',
            'healthcare.specialty',
            'healthcare.patient.identifier',
            'healthcare.consent',
            'healthcare.communication',
            'healthcare.consent.purpose',
            'healthcare.identifier.system',
        ):
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.employee).search([])
