from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

from ..campaigns.forecast import forecast_parts


@tagged('post_install', '-at_install')
class TestSeasons(HealthcareCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Season Clinic"})
        cls.env = cls.env(context=cls.env.context | {'allowed_company_ids': cls.clinic.ids})
        cls.service = cls.make_service("Flu vaccination", company_id=cls.clinic.id)
        cls.today = fields.Date.context_today(cls.env.user)
        cls.this = cls.today.replace(day=1)
        cls.here = {'company_id': cls.clinic.id, 'company_ids': [Command.set(cls.clinic.ids)]}

    def ago(self, months):
        return fields.Date.subtract(self.this, months=months)

    def visit(self, months, years, status='fulfilled'):
        """Let somebody have come some months ago, so many years old on that day; 0 for unknown."""
        day = self.ago(months)
        born = years and fields.Date.subtract(day, years=years)
        return self.make_appointment(
            self.make_patient(company_id=self.clinic.id, birth_date=born or False),
            fields.Datetime.to_datetime(day),
            company_id=self.clinic.id,
            appointment_status=status,
            service_id=self.service.id,
        )

    def refresh(self):
        """Count as every night; return {(months ago, age group): row}."""
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_service_month').method_direct_trigger()
        self.env.invalidate_all()
        rows = self.env['healthcare.service.month'].search([('company_id', '=', self.clinic.id)])
        this = self.this.year * 12 + self.this.month
        return {(this - row.date.year * 12 - row.date.month, row.age_group): row for row in rows}

    def test_few_make_no_trend(self):
        season = [0.0] * 9 + [10.0, 20.0, 10.0]
        foreseen = forecast_parts(
            {'old': [*season, *season], 'new': [0.0] * 23 + [10.0], 'none': [0.0] * 24}, 12
        )
        self.assertEqual(foreseen['none'], [0] * 12)
        whole = [sum(month) for month in zip(*foreseen.values(), strict=True)]
        self.assertEqual([round(month) for month in whole], [0] * 9 + [12, 25, 25])
        self.assertAlmostEqual(sum(foreseen['new']) / sum(whole), 0.2)

    def test_what_was_and_what_will_be(self):
        visits = [self.visit(months, 65) for months in (22, 10, 10)]
        self.visit(10, 64)
        self.visit(10, 0)
        self.visit(10, 65, status='noshow')
        rows = self.refresh()
        self.assertEqual([rows[10, group].visits for group in ('65', '50', 'unknown')], [2, 1, 1])
        self.assertEqual((rows[22, '65'].visits, rows[22, '50'].visits), (1, 0))
        # one visit, then four: in ten months' time last year's four, four times, half of the old
        self.assertEqual([rows[-2, group].expected for group in ('65', '50')], [8, 4])
        self.assertFalse(any(rows[-ahead, '65'].expected for ahead in (1, *range(3, 13))))
        self.assertNotIn((-13, '65'), rows)
        visits[1].appointment_status = 'cancelled'
        again = self.refresh()
        self.assertEqual(again.keys(), rows.keys())
        self.assertEqual(again[10, '65'], rows[10, '65'])
        self.assertEqual(again[10, '65'].visits, 1)

    def test_a_month_begins_at_midnight_of_the_clinic(self):
        self.clinic.resource_calendar_id.tz = 'Asia/Taipei'
        self.visit(10, 70).start -= timedelta(hours=2)
        rows = self.refresh()
        self.assertEqual((rows[11, '65'].visits, rows[10, '65'].visits), (0, 1))

    def test_campaign_before_the_season(self):
        self.visit(10, 70)
        self.visit(22, 70)
        row = self.refresh()[-2, '65']
        manager = self.make_user('clinic_administrator', 'season_admin', **self.here)
        action = row.with_user(manager).action_new_campaign()
        campaign = Form(
            self.env['healthcare.campaign'].with_user(manager).with_context(**action['context'])
        ).save()
        self.assertIn("Flu vaccination", campaign.title)
        self.assertEqual((campaign.goal, campaign.service_ids), ('visit', self.service))
        self.assertEqual(campaign.date_from, self.ago(-1))
        self.assertEqual(campaign.date_to, fields.Date.subtract(self.ago(-2), days=1))
        segment = campaign.sudo().segment_ids
        seen, late = (self.visit(months, 70).patient_id for months in (1, 10))
        young = self.visit(10, 50).patient_id
        segment._refresh()
        members = self.env['healthcare.segment.member'].search([('segment_id', '=', segment.id)])
        self.assertEqual(members.patient_id & (seen | late | young), late)
        # pressed again, it is the same group
        action = row.with_user(manager).action_new_campaign()
        self.assertEqual(action['context']['default_segment_ids'], [Command.set(segment.ids)])

    def test_the_next_month_is_promoted_from_today(self):
        self.visit(11, 70)
        self.visit(23, 70)
        with freeze_time(fields.Date.add(self.this, days=14)):
            context = self.refresh()[-1, '65'].action_new_campaign()['context']
        self.assertEqual(context['default_date_from'], fields.Date.add(self.this, days=14))
        self.assertLess(context['default_date_from'], context['default_date_to'])

    def test_not_for_marketing_nor_other_clinics(self):
        self.visit(10, 70)
        row = self.refresh()[10, '65']
        for role in ('marketing', 'reception'):
            with self.assertRaises(AccessError):
                row.with_user(self.make_user(role, f'season_{role}', **self.here)).read(['visits'])
        quality = self.make_user('quality', 'season_quality', **self.here)
        self.assertEqual(row.with_user(quality).visits, 1)
        with self.assertRaises(AccessError):
            row.with_user(quality).action_new_campaign()
        other = self.env['res.company'].create({'name': "Other"})
        elsewhere = self.make_user(
            'clinic_administrator',
            'season_other',
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        rows = row.with_user(elsewhere).with_context(allowed_company_ids=other.ids)
        self.assertFalse(rows.search([('company_id', '=', self.clinic.id)]))
        with self.assertRaises(AccessError):
            rows.action_new_campaign()
