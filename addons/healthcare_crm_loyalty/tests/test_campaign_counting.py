from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .test_campaign import CampaignCase


@tagged('post_install', '-at_install')
class TestCampaignCounting(CampaignCase):
    def make_spent(self, cost, **figures):
        """Create a campaign that was counted: ``figures`` are what came of it."""
        campaign = self.make_campaign(
            cost_ids=[Command.create({'name': "Stamps", 'amount': cost})] if cost else []
        )
        campaign.sudo().write({'counted_at': fields.Datetime.now(), **figures})
        return campaign

    def make_code(self, code, **values):
        campaign = self.make_campaign(channel='public', segment_ids=[], **values)
        made = self.env['healthcare.campaign.code'].with_user(self.marketing)
        made = made.create({'code': code, 'campaign_id': campaign.id})
        campaign.action_start()
        return made

    def ask(self, patient, code, date):
        self.env['healthcare.enquiry'].create(
            {
                'name': "A",
                'patient_id': patient.id,
                'company_id': self.clinic.id,
                'campaign_code_id': code.id,
                'date': date,
            }
        )

    # ------------------------------------------------------------ what it changed

    def test_who_was_kept_out_writes_as_well(self):
        patients = self.make_agreed(80)
        campaign = self.make_campaign(holdout_percent=40, goal='response')
        parts = self.start(campaign)
        for patient in patients:
            self.make_communication(patient, 'email', direction='in', status='received')
        campaign.action_count()
        self.assertEqual(campaign.held_conversion_count, campaign.held_count)
        self.assertEqual(campaign.results['lift']['word'], 'open')
        # that is their answer, and not one to the campaign
        self.assertEqual(campaign.response_count, campaign.addressed_count)
        self.assertFalse(parts.filtered(lambda part: part.arm == 'held' and part.responded_at))

    def test_what_may_not_be_told_proves_nothing(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        campaign = self.make_spent(
            1000,
            addressed_count=200,
            held_count=20,
            conversion_count=50,
            addressed_conversion_count=50,
            # six, which is fewer than ten
            held_conversion_count=0,
            revenue=15000,
            addressed_revenue=15000,
        )
        self.assertTrue(campaign.is_blurred)
        self.assertFalse(campaign.is_added_known)
        self.assertFalse(campaign.added_revenue or campaign.roi)
        results = campaign.results
        self.assertEqual(results['lift']['word'], 'open')
        self.assertEqual(len(results['money']), 3)
        campaign.sudo().held_conversion_count = 10
        self.assertTrue(campaign.is_added_known and campaign.added_revenue)

    def test_rates_of_several_are_those_of_all(self):
        campaigns = (
            self.make_spent(100, addressed_count=10, conversion_count=9, revenue=1000)
            | self.make_spent(100_000, addressed_count=90, conversion_count=1, revenue=1000)
            | self.make_spent(0, revenue=5000)
        )
        rows = campaigns._read_group(
            [('id', 'in', campaigns.ids)], [], ['roi:avg', 'conversion_rate:avg']
        )
        [(roi, rate)] = rows
        self.assertAlmostEqual(roi, 100 * (2000 - 100_100) / 100_100)
        self.assertAlmostEqual(rate, 10)

    def test_retention_of_several_months_is_that_of_all(self):
        months = self.env['healthcare.month'].sudo()
        months = months.create(
            [
                {
                    'company_id': self.clinic.id,
                    'date': f'2020-0{number}-01',
                    'cohort_count': cohort,
                    'retained_count': retained,
                    'retention': 100 * retained / cohort,
                }
                for number, cohort, retained in ((1, 10, 9), (2, 90, 1))
            ]
        )
        rows = months._read_group([('id', 'in', months.ids)], [], ['retention:avg'])
        self.assertAlmostEqual(rows[0][0], 10)

    # ------------------------------------------------------------ revenue

    def test_revenue_of_one_clinic_is_of_one_kind(self):
        shopper, other = self.make_agreed(2)
        campaign = self.make_campaign()
        parts = self.start(campaign)
        self.visit(shopper)
        self.visit(other)
        campaign.action_count()
        self.assertEqual(parts.mapped('revenue'), [300, 300])
        # a clinic that writes invoices: what was paid
        self._insert_move(shopper, 20, 'paid')
        campaign.action_count()
        revenues = {part.patient_id: part.revenue for part in parts}
        self.assertEqual(revenues, {shopper: 20, other: 0})
        self.assertEqual(campaign.conversion_count, 2)

    def test_invoices_do_not_tell_what_they_are_for(self):
        patient = self.make_agreed(1)
        campaign = self.make_campaign(service_ids=[Command.set(self.service.ids)])
        self.start(campaign)
        self._insert_move(patient, 90_000, 'paid')
        campaign.action_count()
        self.assertEqual(campaign.revenue, 0)
        self.visit(patient)
        campaign.action_count()
        self.assertEqual(campaign.revenue, 300)

    def test_invoices_are_of_the_day_of_the_clinic(self):
        for zone, named_at, day, counts in (
            # 18:00 of the first, 07:00 of the second
            ('America/Los_Angeles', '2026-04-02 01:00:00', '2026-04-01', True),
            ('Asia/Taipei', '2026-04-01 23:00:00', '2026-04-01', False),
        ):
            with self.subTest(zone=zone):
                self.clinic.resource_calendar_id.tz = zone
                code = self.make_code(zone[:4], goal='purchase')
                patient = self.make_agreed(1)
                self.ask(patient, code, named_at)
                move = self._insert_move(patient, 500, 'paid')
                self.env.cr.execute(
                    'UPDATE account_move SET invoice_date = %s WHERE id = %s', [day, move]
                )
                code.campaign_id.action_count()
                self.assertEqual(code.campaign_id.revenue, 500 if counts else 0)
                part = self.env['healthcare.campaign.participant'].search(
                    [('campaign_id', '=', code.campaign_id.id)]
                )
                self.assertEqual(bool(part.converted_at), counts)
                self.assertGreaterEqual(part.converted_at or part.since, part.since)

    # ------------------------------------------------------------ who, and how often

    def test_two_appointments_of_one_day_are_one_visit(self):
        twice, before, again = self.make_agreed(3)
        campaign = self.make_campaign(service_ids=[Command.set(self.service.ids)])
        parts = self.start(campaign)
        noon = fields.Datetime.now().replace(hour=4) + timedelta(days=2)
        other = self.make_service("Other", company_id=self.clinic.id, price=7)
        for patient, start, service in (
            (twice, noon, self.service),
            (twice, noon + timedelta(minutes=30), self.service),
            # for something else first
            (before, noon - timedelta(days=1), other),
            (before, noon, self.service),
            (again, noon, self.service),
            (again, noon + timedelta(days=1), other),
        ):
            self.make_appointment(
                patient,
                start,
                company_id=self.clinic.id,
                appointment_status='fulfilled',
                service_id=service.id,
            )
        campaign.action_count()
        self.assertEqual(campaign.conversion_count, 3)
        self.assertEqual(parts.filtered('is_repeat').patient_id, again)

    def test_nobody_answers_before_being_asked(self):
        campaign = self.make_campaign(goal='response')
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create({'campaign_id': campaign.id, 'code': 'EARLY-1'})
        patient = self.make_agreed(1)
        self.ask(patient, code, fields.Datetime.now() - timedelta(days=20))
        parts = self.start(campaign)
        campaign.action_count()
        self.assertEqual(parts.arm, 'addressed')
        self.assertFalse(parts.responded_at or parts.converted_at)

    def test_who_was_merged_is_one(self):
        kept, merged, third = self.make_agreed(3)
        kept.email = False
        campaign = self.make_campaign()
        self.start(campaign)
        merge = merged._merge_into(kept)
        campaign.action_count()
        # one of the two was written to
        self.assertEqual((campaign.addressed_count, campaign.unreached_count), (2, 0))
        parts = self.env['healthcare.campaign.participant'].search(
            [('campaign_id', '=', campaign.id)]
        )
        self.assertEqual(parts.filtered(lambda one: one.arm != 'merged').patient_id, kept | third)
        merge.action_undo()
        campaign.action_count()
        self.assertEqual((campaign.addressed_count, campaign.unreached_count), (2, 1))

    def test_who_came_has_nothing_that_keeps_them(self):
        patient, _other = self.make_agreed(2)
        patient.email = False
        campaign = self.make_campaign()
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create({'campaign_id': campaign.id, 'code': 'SOME-1'})
        self.start(campaign)
        self.visit(patient, campaign_code_id=code.id)
        campaign.action_count()
        self.assertEqual(campaign.unreached_count, 0)
        self.assertFalse(campaign.results['unreached'])
