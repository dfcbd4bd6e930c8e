from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm.tests.common import HealthcareCase


@tagged('post_install', '-at_install')
class TestMonths(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Month Clinic"})
        cls.env = cls.env(context=cls.env.context | {'allowed_company_ids': cls.clinic.ids})
        cls.service = cls.make_service(company_id=cls.clinic.id, price=100)
        cls.this = fields.Date.context_today(cls.env.user).replace(day=1)

    def visit(self, patient, months):
        """Let a patient have come some months ago."""
        return self.make_appointment(
            patient,
            fields.Datetime.to_datetime(fields.Date.subtract(self.this, months=months)),
            company_id=self.clinic.id,
            appointment_status='fulfilled',
            service_id=self.service.id,
        )

    def refresh(self):
        """Count as every night; return {months ago: month}."""
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_month').method_direct_trigger()
        self.env.invalidate_all()
        months = self.env['healthcare.month'].search([('company_id', '=', self.clinic.id)])
        this = self.this.year * 12 + self.this.month
        return {this - month.date.year * 12 - month.date.month: month for month in months}

    def test_what_was(self):
        faithful, lost = (
            self.make_patient(name, company_id=self.clinic.id) for name in ("Faithful", "Lost")
        )
        self.visit(faithful, 14)
        self.visit(faithful, 3)
        self.visit(lost, 14)
        self.visit(lost, 1)
        months = self.refresh()
        self.assertEqual([months[ago].revenue for ago in (14, 3, 2, 1)], [200, 100, 0, 100])
        # of both who came 14 months ago, one came again within twelve months
        self.assertEqual((months[2].cohort_count, months[2].retained_count), (2, 1))
        self.assertEqual(months[2].retention, 50)
        self.assertFalse(months[1].cohort_count)

    def test_a_month_begins_at_midnight_of_the_clinic(self):
        self.clinic.resource_calendar_id.tz = 'Asia/Taipei'
        self.visit(self.make_patient(company_id=self.clinic.id), 2).start -= timedelta(hours=2)
        months = self.refresh()
        self.assertEqual([months[ago].revenue for ago in (3, 2)], [0, 100])

    def test_months_are_called_as_the_user_calls_them(self):
        month = self.refresh()[0]
        month = month.create({'company_id': self.clinic.id, 'date': '2020-11-01'})
        for lang, name in (
            ('en_US', "November 2020"),
            ('zh_TW', "2020年11月"),
            ('vi_VN', "tháng 11 năm 2020"),
        ):
            self.assertEqual(month.with_context(lang=lang).display_name, name)

    def test_what_will_be(self):
        patient = self.make_patient(company_id=self.clinic.id)
        for months in range(1, 4):
            for _number in range(months):
                self.visit(patient, months)
        months = self.refresh()
        self.assertEqual([months[-ahead].revenue_forecast for ahead in (1, 2, 3)], [200] * 3)
        self.assertTrue(0 <= months[0].revenue_forecast <= 200)
        months[-1].revenue_target = 200
        months[-2].revenue_target = 201
        months[1].revenue_target = 100
        months[2].revenue_target = 201
        self.assertEqual(
            [months[one].revenue_status for one in (-1, -2, 1, 2, 3)],
            ['on_course', 'behind', 'met', 'missed', False],
        )
        again = self.refresh()
        self.assertEqual(again, months)
        self.assertEqual(again[-1].revenue_target, 200)

    def test_managers_enter_targets_alone(self):
        month = self.refresh()[0]
        here = {'company_id': self.clinic.id, 'company_ids': [Command.set(self.clinic.ids)]}
        manager = self.make_user('clinic_administrator', 'month_admin', **here)
        month.with_user(manager).revenue_target = 5
        with self.assertRaises(AccessError):
            month.with_user(manager).revenue = 5
        with self.assertRaises(AccessError):
            month.with_user(self.make_user('reception', 'month_desk', **here)).read(['revenue'])
        other = self.env['res.company'].create({'name': "Other"})
        elsewhere = self.make_user(
            'clinic_administrator',
            'month_other',
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        months = self.env['healthcare.month'].with_user(elsewhere)
        self.assertFalse(
            months.with_context(allowed_company_ids=other.ids).search(
                [('company_id', '=', self.clinic.id)]
            )
        )
