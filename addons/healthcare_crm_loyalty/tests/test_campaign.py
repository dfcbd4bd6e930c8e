import io
from datetime import timedelta
from hashlib import md5
from types import SimpleNamespace
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from odoo.tools.pdf import PdfFileReader

from odoo.addons.healthcare_crm.tests.common import HealthcareCase

from ..models import healthcare_enquiry_campaign
from .common import JOBS


class CampaignCase(HealthcareCase):
    """A clinic of its own, so that who else is in the database does not count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clinic = cls.env['res.company'].create({'name': "Campaign Clinic"})
        cls.env = cls.env(context=cls.env.context | {'allowed_company_ids': cls.clinic.ids})
        cls.marketing = cls.make_user(
            'marketing', company_id=cls.clinic.id, company_ids=[Command.set(cls.clinic.ids)]
        )
        cls.reception = cls.make_user(
            'reception', company_id=cls.clinic.id, company_ids=[Command.set(cls.clinic.ids)]
        )
        cls.segment = cls.env['healthcare.segment'].create(
            {
                'name': "All of the clinic",
                'company_id': cls.clinic.id,
                'domain': [('company_id', '=', cls.clinic.id)],
            }
        )
        cls.service = cls.make_service(company_id=cls.clinic.id, price=300)

    @classmethod
    def make_agreed(cls, count, channel='email', **values):
        """Create patients who can be written to."""
        patients = cls.Partner.create(
            [
                {
                    'name': f"Patient {number}",
                    'is_patient': True,
                    'company_id': cls.clinic.id,
                    'email': f'p{number}@example.org',
                    'street': f"{number} Đường Láng",
                    'city': "臺北市",
                    **values,
                }
                for number in range(count)
            ]
        )
        for patient in patients:
            cls.make_consent(patient, channel, purpose=cls.purpose_marketing)
        return patients

    def make_campaign(self, **values):
        """Create a campaign as marketing does."""
        campaign = self.env['healthcare.campaign'].with_user(self.marketing)
        return campaign.create(
            {
                'title': "Autumn",
                'company_id': self.clinic.id,
                'segment_ids': [Command.set(self.segment.ids)],
                'holdout_percent': 0,
                **values,
            }
        )

    def start(self, campaign):
        """Look up who is in the segment, and begin."""
        self.segment._refresh()
        campaign.action_start()
        return self.env['healthcare.campaign.participant'].search(
            [('campaign_id', '=', campaign.id)]
        )

    def visit(self, patient, days=1, **values):
        """Let a patient come, some days from now."""
        return self.make_appointment(
            patient,
            fields.Datetime.now() + timedelta(days=days),
            company_id=self.clinic.id,
            appointment_status='fulfilled',
            service_id=self.service.id,
            **values,
        )

    def _insert_move(self, patient, amount, payment_state, move_type='out_invoice', credited=None):
        """Write an invoice of today, as accounting does; return its id."""
        journal = self.env['account.journal'].search(
            [('company_id', '=', self.clinic.id)], limit=1
        ) or self.env['account.journal'].create(
            {'name': "S", 'code': 'S', 'type': 'general', 'company_id': self.clinic.id}
        )
        self.env.cr.execute(
            """
            INSERT INTO account_move (partner_id, move_type, state, payment_state, date,
                   invoice_date, amount_total_signed, company_id, currency_id, journal_id, name,
                   auto_post, reversed_entry_id)
            VALUES (%s, %s, 'posted', %s, CURRENT_DATE, CURRENT_DATE, %s, %s, %s, %s,
                    gen_random_uuid(), 'no', %s)
         RETURNING id
            """,
            (
                patient.id,
                move_type,
                payment_state,
                amount,
                self.clinic.id,
                self.clinic.currency_id.id,
                journal.id,
                credited,
            ),
        )
        return self.env.cr.fetchone()[0]


@tagged('post_install', '-at_install')
class TestCampaign(CampaignCase):
    def test_it_does_not_begin_for_nobody(self):
        campaign = self.make_campaign()
        refused = self.env.cr.savepoint
        with self.assertRaisesRegex(UserError, "Nobody is in these segments"), refused():
            self.start(campaign)
        patients = [self.make_patient(company_id=self.clinic.id) for _number in range(2)]
        self.make_consent(patients[0], 'email', 'deny', self.purpose_marketing)
        self.segment._refresh()
        with self.assertRaisesRegex(UserError, "can be addressed.*: 1, .*: 1"), refused():
            self.start(campaign)
        self.assertEqual(campaign.state, 'draft')
        self.assertFalse(campaign.counted_at)
        campaign.follows_segments = True
        self.start(campaign)
        self.assertEqual(campaign.state, 'running', "whoever agrees meanwhile is addressed")

    def test_who_is_addressed(self):
        agreed, refused, blocked, no_mail, dead = self.make_agreed(5)
        never = self.make_patient(company_id=self.clinic.id, email='x@example.org')
        self.make_consent(refused, 'email', 'deny', self.purpose_marketing)
        blocked.contact_blocked = True
        no_mail.email = False
        self.segment.with_deceased = True
        dead.deceased = True
        parts = self.start(self.make_campaign())
        self.assertEqual(
            {part.patient_id: part.obstacle for part in parts},
            {
                agreed: False,
                refused: 'consent_denied',
                blocked: 'blocked',
                no_mail: 'no_address',
                dead: 'deceased',
                never: 'no_consent',
            },
        )
        self.assertEqual(parts.filtered(lambda one: one.arm == 'addressed').patient_id, agreed)
        campaign = parts.campaign_id
        self.assertEqual(campaign.addressed_count, 1)
        self.assertEqual(campaign.unreached_count, 5)

    def test_minor(self):
        minor, nobody, guarded = self.make_agreed(
            3, birth_date=fields.Date.today() - timedelta(days=4000)
        )
        self.Consent.create(
            {
                'patient_id': guarded.id,
                'purpose_id': self.purpose_marketing.id,
                'channel': 'email',
                'decision': 'permit',
                'given_by_id': self.make_patient("Mother").id,
            }
        )
        self.env.flush_all()
        # that of the minor was given by the minor, and of another one nobody noted by whom
        self.env.cr.execute(
            'UPDATE healthcare_consent SET given_by_id = patient_id WHERE patient_id = %s',
            (minor.id,),
        )
        parts = self.start(self.make_campaign())
        self.assertEqual(
            {part.patient_id: part.obstacle for part in parts},
            {minor: 'guardian', nobody: 'guardian', guarded: False},
        )

    def test_excluded_segment(self):
        one, other = self.make_agreed(2)
        excluded = self.env['healthcare.segment'].create(
            {
                'name': "Others",
                'company_id': self.clinic.id,
                'domain': [('id', '=', other.id)],
            }
        )
        excluded._refresh()
        campaign = self.make_campaign(excluded_segment_ids=[Command.set(excluded.ids)])
        self.assertEqual(self.start(campaign).patient_id, one)
        excluded.active = False
        self.assertEqual(campaign._choose_participants(), 0)

    def test_hold_out_follows_from_key_and_patient_alone(self):
        patients = self.make_agreed(60)
        campaign = self.make_campaign(holdout_percent=30)
        parts = self.start(campaign)
        key = campaign.sudo().holdout_key
        held = patients.filtered(
            lambda one: int(md5(f'{key}:{one.id}'.encode()).hexdigest()[:8], 16) % 100 < 30
        )
        self.assertTrue(held)
        self.assertEqual(parts.filtered(lambda one: one.arm == 'held').patient_id, held)
        self.assertEqual(campaign._choose_participants(), 0)
        self.assertEqual(
            (campaign.addressed_count, campaign.held_count), (60 - len(held), len(held))
        )

    def test_who_comes_later(self):
        self.make_agreed(1)
        campaign = self.make_campaign(follows_segments=True)
        unreached = self.make_patient(company_id=self.clinic.id, email='late@example.org')
        parts = self.start(campaign)
        self.make_consent(unreached, 'email', purpose=self.purpose_marketing)
        new = self.make_agreed(1)
        self.segment._refresh()
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_campaign').method_direct_trigger()
        self.env.invalidate_all()
        parts = parts.search([('campaign_id', '=', campaign.id)])
        self.assertEqual(set(parts.mapped('arm')), {'addressed'})
        self.assertIn(new, parts.patient_id)
        self.assertIn(unreached, parts.patient_id)

    def test_one_that_cannot_be_measured_keeps_no_other_from_it(self):
        self.make_agreed(1)
        campaigns = self.make_campaign() | self.make_campaign()
        for campaign in campaigns:
            self.start(campaign)
        with (
            patch.object(
                type(campaigns), '_measure', autospec=True, side_effect=ValueError
            ) as measure,
            mute_logger('odoo.addons.healthcare_crm_loyalty.steps', JOBS),
            self.enter_registry_test_mode(),
        ):
            self.env.ref('healthcare_crm_loyalty.ir_cron_campaign').method_direct_trigger()
        measured = {call.args[0].id for call in measure.mock_calls}
        self.assertLessEqual(set(campaigns.ids), measured)

    def test_archived(self):
        campaign = self.make_campaign()
        self.make_agreed(1)
        self.start(campaign)
        campaign.active = False
        self.assertEqual(campaign.state, 'done')
        planned = self.make_campaign()
        planned.active = False
        self.assertEqual(planned.state, 'draft')

    def test_an_empty_list_of_participants_says_when_they_come(self):
        action = self.make_campaign().action_open_participants()
        self.assertIn("Nobody takes part yet", action['help'])

    def test_its_last_day_is_of_the_clinic(self):
        self.clinic.resource_calendar_id.tz = 'America/Los_Angeles'
        campaign = self.make_campaign()
        self.make_agreed(1)
        self.start(campaign)
        campaign.write({'date_from': '2026-04-01', 'date_to': '2026-04-10'})
        for now, state in (('2026-04-11 05:00:00', 'running'), ('2026-04-11 08:00:00', 'done')):
            with freeze_time(now):
                campaign.sudo()._go_on()
            self.assertEqual(campaign.state, state)

    def test_over(self):
        campaign = self.make_campaign()
        self.make_agreed(1)
        self.start(campaign)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE healthcare_campaign SET date_from = '2020-01-01', date_to = '2020-01-02'"
            ' WHERE id = %s',
            (campaign.id,),
        )
        campaign.invalidate_recordset()
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_campaign').method_direct_trigger()
        campaign.invalidate_recordset()
        self.assertEqual(campaign.state, 'done')

    def test_what_they_do(self):
        again, once, other, nothing = self.make_agreed(4)
        campaign = self.make_campaign(service_ids=[Command.set(self.service.ids)], window_days=30)
        parts = self.start(campaign)
        self.visit(again)
        self.visit(again, 2)
        visit = self.visit(once)
        encounters = self.env['healthcare.encounter']
        encounters.search([('appointment_id', '=', visit.id)]).amount = 1000
        self.visit(other).service_id = self.make_service(
            "Other", company_id=self.clinic.id, price=7
        )
        self.visit(nothing, 31)
        self.visit(nothing).appointment_status = 'noshow'
        campaign.action_count()
        self.assertEqual(parts.filtered('converted_at').patient_id, again | once)
        self.assertEqual(parts.filtered('is_repeat').patient_id, again)
        self.assertEqual(campaign.conversion_count, 2)
        self.assertEqual(campaign.conversion_rate, 50)
        self.assertEqual(campaign.repeat_rate, 50)
        self.assertEqual(campaign.revenue, 300 + 300 + 1000)
        visit.appointment_status = 'entered-in-error'
        self.service.active = False
        campaign.action_count()
        self.assertEqual(campaign.conversion_count, 1)

    def test_paid_invoices(self):
        patient = self.make_agreed(1)
        campaign = self.make_campaign(goal='purchase')
        parts = self.start(campaign)
        self.visit(patient)
        invoice = self._insert_move(patient, 500, 'paid')
        self._insert_move(patient, 90, 'not_paid')
        self._insert_move(patient, -120, 'paid', 'out_refund', invoice)
        self._insert_move(patient, -70, 'paid', 'out_refund')
        campaign.action_count()
        self.assertTrue(parts.converted_at)
        self.assertEqual(campaign.revenue, 380)
        # visits are no purchases
        self.visit(patient, 2)
        campaign.action_count()
        self.assertEqual(campaign.repeat_count, 0)
        # nor is a second invoice of the same day another purchase
        again = self._insert_move(patient, 10, 'paid')
        campaign.action_count()
        self.assertEqual(campaign.repeat_count, 0)
        self.env.cr.execute(
            'UPDATE account_move SET invoice_date = invoice_date + 1 WHERE id = %s', [again]
        )
        campaign.action_count()
        self.assertEqual(campaign.repeat_count, 1)

    def test_employer_pays_the_invoice(self):
        patient = self.make_agreed(1)
        patient.parent_id = self.Partner.create({'name': "Employer", 'is_company': True})
        campaign = self.make_campaign(goal='purchase')
        self.start(campaign)
        self._insert_move(patient, 500, 'paid')
        contact = self.Partner.create({'name': "Bills", 'parent_id': patient.id})
        self._insert_move(contact, 40, 'paid')
        campaign.action_count()
        self.assertEqual((campaign.conversion_count, campaign.revenue), (1, 500))

    def test_responses(self):
        wrote, silent = self.make_agreed(2)
        campaign = self.make_campaign(goal='response')
        parts = self.start(campaign)
        self.make_communication(wrote, 'email', direction='in', status='received')
        self.make_communication(
            silent, 'email', status='sent', campaign_id=campaign.id, sent_at=fields.Datetime.now()
        )
        campaign.action_count()
        self.assertEqual(parts.filtered('responded_at').patient_id, wrote)
        self.assertEqual(parts.filtered('contacted_at').patient_id, silent)
        self.assertEqual((campaign.response_count, campaign.contacted_count), (1, 1))
        self.assertEqual(campaign.response_rate, 50)

    def test_offers(self):
        used, other = self.make_agreed(2)
        batch = self.env['healthcare.coupon.batch'].create(
            {
                'name': "Ten per cent",
                'company_id': self.clinic.id,
                'kind': 'segment',
                'segment_id': self.segment.id,
                'value': 10,
            }
        )
        campaign = self.make_campaign(coupon_batch_ids=[Command.set(batch.ids)])
        parts = self.start(campaign)
        card = batch.program_id.coupon_ids.filtered(lambda one: one.partner_id == used)
        movement = self.env['loyalty.history'].create(
            {'card_id': card.id, 'used': 1, 'issued': 0, 'description': "Used"}
        )
        self.env['healthcare.coupon.redemption'].create(
            {
                'batch_id': batch.id,
                'card_id': card.id,
                'patient_id': used.id,
                'movement_id': movement.id,
                'day': fields.Date.today(),
                'company_id': self.clinic.id,
                'date': fields.Datetime.now() + timedelta(minutes=1),
            }
        )
        for active in (True, False):
            batch.active = active
            campaign.action_count()
            self.assertEqual(parts.filtered('responded_at').patient_id, used)
            self.assertNotIn(other, parts.filtered('responded_at').patient_id)

    def make_batch(self, **values):
        """Create coupons for the segment as marketing does."""
        batches = self.env['healthcare.coupon.batch'].with_user(self.marketing)
        return batches.create(
            {
                'name': "Ten per cent",
                'company_id': self.clinic.id,
                'kind': 'segment',
                'segment_id': self.segment.id,
                'value': 10,
                **values,
            }
        )

    def test_held_out_are_offered_nothing(self):
        self.make_agreed(40)
        batch = self.make_batch()
        campaign = self.make_campaign(
            holdout_percent=40, follows_segments=True, coupon_batch_ids=[Command.set(batch.ids)]
        )
        self.segment._refresh()
        with self.assertRaisesRegex(UserError, "Autumn"):
            batch.action_give_out()
        parts = self.start(campaign)
        held = parts.filtered(lambda one: one.arm == 'held').patient_id
        self.assertTrue(held)
        batch.action_give_out()
        late = self.make_agreed(20)
        self.segment._refresh()
        campaign.sudo()._choose_participants()
        parts = parts.search([('campaign_id', '=', campaign.id)])
        addressed = parts.filtered(lambda one: one.arm == 'addressed').patient_id
        self.assertTrue(addressed & late)
        self.assertEqual(batch.sudo().card_ids.partner_id, addressed)
        self.assertEqual(len(batch.sudo().card_ids), len(addressed))
        # another campaign would keep out patients who have one already
        with self.assertRaises(ValidationError):
            self.make_campaign(coupon_batch_ids=[Command.set(batch.ids)])
        campaign.sudo().active = False
        batch.action_give_out()
        self.assertEqual(len(batch.sudo().card_ids), len(addressed))

    def test_offers_are_for_whom_it_is_meant(self):
        other = self.env['healthcare.segment'].create(
            {'name': "Others", 'company_id': self.clinic.id, 'domain': [('id', '=', 0)]}
        )
        batch = self.make_batch(segment_id=other.id)
        with self.assertRaises(ValidationError):
            self.make_campaign(coupon_batch_ids=[Command.set(batch.ids)])

    def test_offers_of_a_group_that_nobody_sees_into(self):
        secret = self.env['healthcare.segment'].create(
            {'name': "Ill", 'company_id': self.clinic.id, 'domain': []}
        )
        self.env['healthcare.segment.condition'].create(
            {'segment_id': secret.id, 'kind': 'illness', 'text': 'E11'}
        )
        patients = self.make_agreed(33)
        for patient in patients[:12]:
            self.env['healthcare.condition'].create(
                {'patient_id': patient.id, 'code': 'E11.9', 'name': "Diabetes"}
            )
        secret._refresh()
        batch = self.make_batch()
        self.start(
            self.make_campaign(
                coupon_batch_ids=[Command.set(batch.ids)],
                excluded_segment_ids=[Command.set(secret.ids)],
            )
        )
        for_all = self.make_batch(kind='codes', number=33, segment_id=False)
        campaign = self.make_campaign(
            coupon_batch_ids=[Command.set(for_all.ids)],
            excluded_segment_ids=[Command.set(secret.ids)],
        )
        self.start(campaign)
        for_all.action_give_out()
        campaign.action_cancel()
        self.env.invalidate_all()
        self.assertEqual(len(batch.sudo().card_ids), 21)
        self.assertIn(batch.given_count, (20, 30))
        self.assertIn(for_all.given_count, (30, 40))
        for values in ({'campaign_ids': [Command.clear()]}, {'state': 'draft'}):
            with self.assertRaises(AccessError):
                batch.write(values)
        # nor does the report say it
        of_these = [('batch_id', 'in', (batch | for_all).ids)]
        for user, given in ((self.reception, [21, 33]), (self.marketing, [])):
            report = self.env['healthcare.coupon.report'].with_user(user).search(of_these)
            self.assertEqual(sorted(report.mapped('given')), given)

    def test_lift_and_roi(self):
        self.make_agreed(80)
        campaign = self.make_campaign(
            holdout_percent=40,
            target_count=1000,
            budget=500,
            cost_ids=[Command.create({'name': "Stamps", 'amount': 100})],
        )
        parts = self.start(campaign)
        addressed = parts.filtered(lambda one: one.arm == 'addressed').patient_id
        held = parts.filtered(lambda one: one.arm == 'held').patient_id
        for patient in addressed[:20] + held[:1]:
            self.visit(patient)
        campaign.action_count()
        expected = 300 * 20 - 300 / len(held) * len(addressed)
        self.assertAlmostEqual(campaign.added_revenue, expected, 1)
        self.assertAlmostEqual(campaign.roi, 100 * (expected - 100) / 100, 0)
        results = campaign.results
        self.assertEqual(results['lift']['word'], 'better')
        self.assertEqual(results['targets'][0]['word'], 'behind')
        self.assertEqual(results['funnel'][0]['count'], len(addressed))
        self.assertEqual(results['sources'][0]['count'], 0)

    def test_goalposts_stay(self):
        self.make_agreed(1)
        campaign = self.make_campaign()
        self.start(campaign)
        for name, value in (
            ('holdout_percent', 50),
            ('segment_ids', [Command.clear()]),
            ('channel', 'sms'),
            ('purpose_id', self.purpose_reminder.id),
            ('goal', 'response'),
            ('service_ids', [Command.set(self.service.ids)]),
            ('window_days', 700),
            ('coupon_batch_ids', [Command.clear()]),
        ):
            with self.assertRaises(UserError):
                campaign.write({name: value})
        with self.assertRaises(UserError):
            campaign.action_start()
        with self.assertRaises(UserError):
            campaign.unlink()

    def test_count_several(self):
        self.make_agreed(1)
        begun, other, planned = (self.make_campaign() for _number in range(3))
        self.start(begun)
        self.start(other)
        (begun | other | planned).action_count()
        self.assertFalse(planned.counted_at)
        planned.action_count()

    def test_no_part_is_larger_than_its_whole(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        campaign = self.make_campaign(holdout_percent=20)
        # each is rounded for itself: up, and down
        up = {'conversion_count', 'addressed_conversion_count', 'held_conversion_count'}
        with patch.object(
            self.registry['healthcare.segment'],
            '_get_salt',
            lambda segments, name: 9 if name in up else 0,
        ):
            counts = dict.fromkeys(('contacted_count', 'response_count', *up, 'repeat_count'), 42)
            counts |= {
                'addressed_count': 42,
                'held_count': 11,
                'held_conversion_count': 11,
                'unreached_count': 0,
                'came_count': 0,
            }
            campaign.sudo().write(
                {
                    'counted_at': fields.Datetime.now(),
                    **campaign.sudo()._tell_figures(counts, {}, {}),
                }
            )
        self.assertEqual(campaign.addressed_conversion_count, campaign.addressed_count)
        self.assertTrue(campaign.results['lift'])
        self.assertLessEqual(max(one['percent'] for one in campaign.results['funnel']), 100)
        self.assertLessEqual(campaign.conversion_rate, 100)

    def test_begins_with_somebody(self):
        campaign = self.make_campaign(segment_ids=[])
        with self.assertRaises(UserError):
            campaign.action_start()
        campaign.segment_ids = self.segment
        self.segment.refreshed_at = False
        with self.assertRaises(UserError):
            campaign.action_start()

    def test_figures_are_not_made_up(self):
        campaign = self.make_campaign()
        for values in ({'revenue': 1e6}, {'state': 'done'}, {'utm_campaign_id': 1}):
            with self.assertRaises(AccessError):
                campaign.write(values)
        with self.assertRaises(AccessError):
            self.make_campaign(conversion_count=4)

    def test_marketing_never_sees_who(self):
        self.make_agreed(3)
        campaign = self.make_campaign()
        self.start(campaign)
        parts = self.env['healthcare.campaign.participant'].with_user(self.marketing)
        with self.assertRaises(AccessError):
            parts.search([])
        with self.assertRaises(AccessError):
            self.Communication.with_user(self.marketing).search([('campaign_id', '!=', False)])
        self.assertNotIn('reasons', campaign.read()[0])
        self.assertEqual(campaign.results['funnel'][0]['count'], 3)

    def test_groups_that_nobody_sees_into(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        patients = self.make_agreed(23)

        def fall_ill(patient):
            self.env['healthcare.condition'].create(
                {'patient_id': patient.id, 'code': 'E11.9', 'name': "Diabetes"}
            )

        for patient in patients[:8]:
            fall_ill(patient)
        campaign = self.make_campaign(follows_segments=True)
        self.assertTrue(campaign.is_blurred)
        with self.assertRaises(UserError):
            self.start(campaign)
        self.assertEqual(campaign.state, 'draft')
        for patient in patients[8:22]:
            fall_ill(patient)
        self.start(campaign)
        told = campaign.addressed_count
        self.assertIn(told, (20, 30))
        # a single patient more changes nothing that is told, nor does what one paid
        fall_ill(patients[22])
        self.segment._refresh()
        campaign.sudo()._choose_participants()
        self.visit(patients[0])
        campaign.action_count()
        self.assertEqual(campaign.addressed_count, told)
        self.assertEqual((campaign.conversion_count, campaign.revenue), (0, 0))
        for patient in patients[1:22]:
            self.visit(patient)
        campaign.action_count()
        self.assertIn(campaign.conversion_count, (20, 30))
        self.assertTrue(campaign.revenue)
        self.assertIn("about so many", campaign.results['about'])
        # nor does it when nobody uses the group any more
        self.segment.active = False
        campaign.action_count()
        campaign.invalidate_recordset()
        self.assertTrue(campaign.is_blurred)
        self.assertEqual(campaign.addressed_count, told)

    def test_what_one_pays_is_not_told(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        patients = self.make_agreed(24)
        self.env['healthcare.condition'].create(
            [{'patient_id': one.id, 'code': 'E11.9', 'name': "Diabetes"} for one in patients]
        )
        campaign = self.make_campaign()
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create({'campaign_id': campaign.id, 'code': 'SOME-1'})
        self.start(campaign)

        def count():
            campaign.action_count()
            names = ('revenue', 'addressed_revenue', 'added_revenue', 'roi')
            return [*(campaign[name] for name in names), code.revenue]

        visits = [self.visit(patient, campaign_code_id=code.id) for patient in patients[:12]]
        told = count()
        self.assertTrue(all(told[:3]) and told[4])
        encounters = self.env['healthcare.encounter']
        encounters.search([('appointment_id', '=', visits[0].id)]).amount = 50_000
        self.assertEqual(count(), told)
        self.assertGreater(
            sum(self.env['healthcare.campaign.participant'].search([]).mapped('revenue')), 50_000
        )
        # with as many as may be told of, what they paid is
        for patient in patients[12:]:
            self.visit(patient, campaign_code_id=code.id)
        now = count()
        self.assertTrue(all(new > old for new, old in zip(now[:3], told[:3], strict=True)))
        self.assertGreater(now[4], told[4])

    def test_codes_do_not_tell_who_came(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        patients = self.make_agreed(12)
        self.env['healthcare.condition'].create(
            [{'patient_id': one.id, 'code': 'E11.9', 'name': "Diabetes"} for one in patients]
        )
        campaign = self.make_campaign()
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create(
            {
                'campaign_id': campaign.id,
                'code': 'ONLY-1',
                'partner_id': self.Partner.create({'name': "Shop", 'is_company': True}).id,
                'fee_basis': 'revenue',
                'fee': 10,
            }
        )
        self.start(campaign)
        self.visit(self.make_agreed(1), campaign_code_id=code.id)
        campaign.action_count()
        self.assertEqual((code.participant_count, code.conversion_count, code.revenue), (0, 0, 0))
        settlements = self.env['healthcare.campaign.settlement']
        for attack in (
            code.action_settle,
            lambda: settlements.with_user(self.marketing).create({'code_id': code.id}),
        ):
            with self.assertRaises(AccessError):
                attack()
        administrator = self.make_user(
            'clinic_administrator',
            company_id=self.clinic.id,
            company_ids=[Command.set(self.clinic.ids)],
        )
        settlement = settlements.with_user(administrator).create({'code_id': code.id})
        self.assertEqual(settlement.participant_count, 1)
        self.assertFalse(settlement.with_user(self.marketing).has_access('read'))
        self.assertFalse(settlements.with_user(self.marketing).search([]))

    def test_too_few_are_left(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        patients = self.make_agreed(20)
        for patient in patients:
            self.env['healthcare.condition'].create(
                {'patient_id': patient.id, 'code': 'E11.9', 'name': "Diabetes"}
            )
        patients[5:].email = False
        with self.assertRaises(UserError):
            self.start(self.make_campaign())

    def test_other_clinics(self):
        campaign = self.make_campaign()
        other = self.env['res.company'].create({'name': "Other"})
        stranger = self.make_user(
            'marketing', 'stranger', company_id=other.id, company_ids=[Command.set(other.ids)]
        )
        self.assertFalse(
            self.env['healthcare.campaign']
            .with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
            .search([('id', '=', campaign.id)])
        )
        with self.assertRaises(ValidationError):
            self.make_campaign().sudo().company_id = other

    def test_segment_of_who_is_addressed(self):
        patients = self.make_agreed(40)
        campaign = self.make_campaign(holdout_percent=50)
        parts = self.start(campaign)
        segment = self.env['healthcare.segment'].browse(campaign.action_make_segment()['res_id'])
        addressed = parts.filtered(lambda one: one.arm == 'addressed').patient_id
        self.assertTrue(addressed < patients)
        self.assertEqual(segment.member_ids.patient_id, addressed)
        self.assertTrue(segment.with_user(self.marketing).has_hidden)
        condition = segment.condition_ids
        self.visit(addressed[0])
        campaign.action_count()
        condition.options = ['not_converted']
        segment._refresh()
        self.assertEqual(segment.member_ids.patient_id, addressed[1:])
        campaign.sudo().active = False
        segment._refresh()
        self.assertEqual(segment.member_ids.patient_id, addressed[1:])
        self.assertIn("Autumn", segment.sentence)


@tagged('post_install', '-at_install')
class TestCampaignCode(CampaignCase):
    #: after whatever happens in a test
    later = fields.Date.today() + timedelta(days=30)

    def settle(self, code, **values):
        """Return what is to be settled, as marketing sees it."""
        settlements = self.env['healthcare.campaign.settlement'].with_user(self.marketing)
        return settlements.create({'code_id': code.id, 'date_to': self.later, **values})

    def make_code(self, code='metro-1', **values):
        """Create a code of a campaign in public."""
        campaign = self.make_campaign(channel='public', segment_ids=[], goal='visit')
        made = (
            self.env['healthcare.campaign.code']
            .with_user(self.marketing)
            .create({'code': code, 'campaign_id': campaign.id, **values})
        )
        campaign.action_start()
        return made

    def test_who_came(self):
        source = self.env['utm.source'].create({'name': "Metro posters"})
        code = self.make_code(source_id=source.id)
        self.assertEqual(code.code, 'METRO-1')
        patient, other = self.make_agreed(2)
        enquiry = self.env['healthcare.enquiry'].create(
            {
                'name': "A",
                'patient_id': patient.id,
                'company_id': self.clinic.id,
                'campaign_code_id': code.id,
            }
        )
        self.assertEqual(enquiry.source_id, source)
        event = self.visit(patient, enquiry_id=enquiry.id)
        self.assertEqual(event.campaign_code_id, code)
        self.visit(other, campaign_code_id=code.id)
        campaign = code.campaign_id
        campaign.action_count()
        self.assertEqual(campaign.came_count, 2)
        self.assertEqual(campaign.conversion_count, 2)
        self.assertEqual((code.participant_count, code.revenue), (2, 600))
        self.assertEqual(campaign.results['sources'][0]['label'], "Metro posters")
        # whom a poster was addressed to is nobody's question
        self.assertEqual(campaign.results['funnel'][0]['key'], 'came')

    def test_a_code_that_was_taken_back_is_not_paid(self):
        wrong = self.make_code()
        campaign = wrong.campaign_id
        right = wrong.create({'code': 'METRO-2', 'campaign_id': campaign.id})
        mistaken, corrected, addressed, archived = self.make_agreed(4)
        visits = [
            self.visit(patient, campaign_code_id=wrong.id)
            for patient in (mistaken, corrected, addressed, archived)
        ]
        self.env['healthcare.campaign.participant'].create(
            {
                'campaign_id': campaign.id,
                'patient_id': addressed.id,
                'arm': 'addressed',
                'since': fields.Datetime.now(),
            }
        )
        campaign.action_count()
        self.assertEqual(wrong.participant_count, 4)
        visits[0].campaign_code_id = False
        visits[1].campaign_code_id = right
        visits[2].campaign_code_id = False
        visits[3].active = False
        campaign.action_count()
        self.assertEqual((wrong.participant_count, right.participant_count), (0, 1))
        self.assertEqual((campaign.came_count, campaign.addressed_count), (1, 1))
        # what is over stays as it was
        visits[1].campaign_code_id = False
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), years=3)):
            campaign.action_count()
        self.assertEqual(right.participant_count, 1)

    def test_codes(self):
        self.make_code()
        for wrong in ('a b', 'X', '-AB', 'Ä-1', 'A' * 33):
            with self.subTest(code=wrong), self.assertRaises(ValidationError):
                self.make_code(wrong)
        with mute_logger('odoo.sql_db'), self.assertRaises(psycopg2.IntegrityError):
            self.make_code('Metro-1 ')

    def test_page(self):
        code = self.make_code()
        code.action_make_page()
        page = code.sudo().page_id
        self.assertEqual(page.slug, 'metro-1')
        self.assertEqual(page._prepare_enquiry()['campaign_code_id'], code.id)

    def test_a_campaign_may_be_called_like_an_archived_one(self):
        old = self.make_campaign(title="Every Autumn")
        old.utm_campaign_id.active = False
        new = self.make_campaign(title="Every Autumn")
        self.assertEqual((new.title, new.name), (old.title, "Every Autumn [2]"))

    def test_who_came_by_a_link(self):
        code = self.make_code()
        campaign = code.campaign_id
        utm = campaign.utm_campaign_id
        page = self.env['healthcare.enquiry.page'].create(
            {'name': "Website", 'company_id': self.clinic.id}
        )
        request = SimpleNamespace(cookies={'odoo_utm_campaign': campaign.name})
        with patch.object(healthcare_enquiry_campaign, 'request', request):
            values = page._prepare_enquiry()
            request.cookies = {'odoo_utm_campaign': "whatever"}
            self.assertNotIn('utm_campaign_id', page._prepare_enquiry())
        self.assertEqual(values['utm_campaign_id'], utm.id)
        patient = self.make_agreed(1)
        values = {'name': "A", 'patient_id': patient.id, 'company_id': self.clinic.id}
        self.env['healthcare.enquiry'].create({**values, 'utm_campaign_id': utm.id})
        campaign.action_count()
        self.assertEqual((campaign.came_count, code.participant_count), (1, 0))
        # a code that is named later is paid for
        self.env['healthcare.enquiry'].create({**values, 'campaign_code_id': code.id})
        campaign.action_count()
        self.assertEqual((campaign.came_count, code.participant_count), (1, 1))

    def test_the_source_of_a_link(self):
        facebook, friend = self.env['utm.source'].create(
            [{'name': "Facebook of the clinic"}, {'name': "A friend of mine"}]
        )
        page = self.env['healthcare.enquiry.page'].create(
            {
                'name': "Website",
                'company_id': self.clinic.id,
                'source_ids': [Command.set(friend.ids)],
            }
        )
        form = {'name': "A", 'email': 'a@example.org'}
        request = SimpleNamespace(cookies={'odoo_utm_source': facebook.name})
        with patch.object(healthcare_enquiry_campaign, 'request', request):
            self.assertEqual(page._check_form(form)[0]['source_id'], facebook.id)
            said = page._check_form({**form, 'source_id': str(friend.id)})
            self.assertEqual(said[0]['source_id'], friend.id)
            # a poster says where it hangs, whatever was clicked before
            page.campaign_code_id = self.make_code()
            self.assertFalse(page._check_form(form)[0].get('source_id'))

    def test_who_is_addressed_answers_by_a_link(self):
        patient, _other = self.make_agreed(2)
        campaign = self.make_campaign()
        self.start(campaign)
        self.env['healthcare.enquiry'].create(
            {
                'name': "A",
                'patient_id': patient.id,
                'company_id': self.clinic.id,
                'utm_campaign_id': campaign.utm_campaign_id.id,
            }
        )
        campaign.action_count()
        self.assertEqual((campaign.response_count, campaign.came_count), (1, 0))

    def test_patients_are_no_partners(self):
        patient = self.make_patient()
        with self.assertRaises(ValidationError):
            self.make_code(partner_id=patient.id)
        with self.assertRaises(ValidationError):
            self.make_code('ABC', fee_basis='converted', fee=5)

    def test_settlement(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        code = self.make_code(partner_id=partner.id, fee_basis='converted', fee=50)
        one, two, late = self.make_agreed(3)
        for patient in (one, two):
            self.visit(patient, campaign_code_id=code.id)
        code.campaign_id.action_count()
        settlement = (
            self.env['healthcare.campaign.settlement']
            .browse(code.action_settle()['res_id'])
            .with_user(self.marketing)
        )
        settlement.date_to = self.later
        self.assertEqual((settlement.participant_count, settlement.amount), (2, 100))
        settlement.action_confirm()
        with self.assertRaises(UserError):
            settlement.action_confirm()
        with self.assertRaises(AccessError):
            settlement.amount = 1
        self.visit(late, campaign_code_id=code.id)
        code.campaign_id.action_count()
        second = self.settle(code)
        self.assertEqual((second.participant_count, second.amount), (1, 50))
        settlement.action_cancel()
        second.date_to = second.date_to
        self.assertEqual(second.participant_count, 3)

    def test_a_settlement_ends_at_midnight_of_the_clinic(self):
        self.clinic.resource_calendar_id.tz = 'Asia/Taipei'
        day = self.later - timedelta(days=60)
        before, after = (
            fields.Datetime.to_datetime(day) + timedelta(hours=hour) for hour in (15, 17)
        )
        self.assertEqual(
            self.clinic._get_midnight(day), fields.Datetime.to_datetime(day) - timedelta(hours=8)
        )
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        code = self.make_code(partner_id=partner.id)
        for since in (before, after):
            self.env['healthcare.campaign.participant'].create(
                {
                    'campaign_id': code.campaign_id.id,
                    'code_id': code.id,
                    'patient_id': self.make_agreed(1).id,
                    'arm': 'came',
                    'since': since,
                }
            )
        self.assertEqual(self.settle(code, date_to=day).participant_count, 1)

    def test_who_converts_after_the_settlement(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        code = self.make_code(partner_id=partner.id, fee_basis='converted', fee=50)
        patient = self.make_agreed(1)
        enquiry = self.env['healthcare.enquiry'].create(
            {
                'name': "A",
                'patient_id': patient.id,
                'company_id': self.clinic.id,
                'campaign_code_id': code.id,
            }
        )
        code.campaign_id.action_count()
        first = self.settle(code)
        first.action_confirm()
        self.assertEqual((first.participant_count, first.amount), (1, 0))
        visit = self.visit(patient, enquiry_id=enquiry.id)
        code.campaign_id.action_count()
        second = self.settle(code)
        self.assertEqual(
            (second.participant_count, second.conversion_count, second.amount), (0, 1, 50)
        )
        second.action_confirm()
        self.assertEqual(self.settle(code).amount, 0)
        # not before what was settled
        with self.assertRaises(ValidationError):
            self.settle(code, date_to='2020-01-01')
        visit.appointment_status = 'entered-in-error'
        code.campaign_id.action_count()
        self.assertEqual(self.settle(code).amount, -50)

    def test_nothing_is_paid_for_what_was_before_the_code(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        patient = self.make_agreed(1)
        campaign = self.make_campaign(goal='visit')
        self.start(campaign)
        code = self.env['healthcare.campaign.code'].create(
            {
                'code': 'HOTEL-26',
                'campaign_id': campaign.id,
                'partner_id': partner.id,
                'fee_basis': 'converted',
                'fee': 50,
            }
        )
        self.visit(patient, 2)
        self.visit(patient, 20, campaign_code_id=code.id)
        campaign.action_count()
        self.assertEqual((campaign.addressed_conversion_count, code.participant_count), (1, 1))
        settlement = self.settle(code)
        self.assertEqual(
            (settlement.participant_count, settlement.revenue, settlement.amount), (0, 0, 0)
        )

    def test_who_names_a_code_after_coming_by_a_link(self):
        code = self.make_code()
        campaign = code.campaign_id
        early, late = self.make_agreed(2)
        for patient in early | late:
            self.env['healthcare.enquiry'].create(
                {
                    'name': "A",
                    'patient_id': patient.id,
                    'company_id': self.clinic.id,
                    'utm_campaign_id': campaign.utm_campaign_id.id,
                }
            )
        self.visit(early)
        campaign.action_count()
        for patient in early | late:
            self.visit(patient, 3, campaign_code_id=code.id)
        campaign.action_count()
        self.assertEqual((campaign.came_count, campaign.conversion_count), (2, 2))
        parts = self.env['healthcare.campaign.participant'].search([('code_id', '=', code.id)])
        self.assertEqual(parts.patient_id, late)

    def test_a_code_counts_from_when_it_is_named(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        for goal in ('visit', 'appointment'):
            campaign = self.make_campaign(channel='public', segment_ids=[], goal=goal)
            code = self.env['healthcare.campaign.code'].create(
                {
                    'code': goal,
                    'campaign_id': campaign.id,
                    'partner_id': partner.id,
                    'fee_basis': 'converted',
                    'fee': 50,
                }
            )
            campaign.action_start()
            ahead, begun = self.make_agreed(2)
            visits = self.visit(ahead) | self.visit(begun, -0.01)
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE calendar_event SET create_date = create_date - interval '99 days' "
                    'WHERE id = ANY(%s)',
                    visits.ids,
                )
            )
            self.env.invalidate_all()
            visits.with_user(self.reception).campaign_code_id = code
            campaign.action_count()
            with self.subTest(goal=goal):
                self.assertEqual((campaign.came_count, campaign.conversion_count), (2, 2))
                self.assertEqual(self.settle(code).amount, 100)

    def test_settled_revenue_is_what_came_since(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        code = self.make_code(partner_id=partner.id, fee_basis='revenue', fee=10)
        patient = self.make_agreed(1)
        self.visit(patient, campaign_code_id=code.id)
        amounts = []
        for days in (2, 3):
            code.campaign_id.action_count()
            settlement = self.settle(code)
            settlement.action_confirm()
            amounts.append(settlement.amount)
            self.visit(patient, days)
            self.visit(patient, days + 0.1)
        self.assertEqual(amounts, [30, 60])

    def test_a_fixed_sum_is_paid_once(self):
        partner = self.Partner.create({'name': "Hotel", 'is_company': True})
        code = self.make_code(partner_id=partner.id, fee_basis='fixed', fee=500)
        first = self.settle(code)
        first.action_confirm()
        second = self.settle(code)
        self.assertEqual((first.amount, second.amount), (500, 0))
        first.action_cancel()
        second.date_to = second.date_to
        self.assertEqual(second.amount, 500)

    def test_sources(self):
        source = self.env['utm.source'].create({'name': "Newspaper"})
        came, _stayed = self.make_agreed(2, source_id=source.id)
        self.visit(came, -1)
        campaign = self.make_campaign(
            cost_ids=[Command.create({'name': "Ad", 'amount': 600, 'source_id': source.id})]
        )
        with self.enter_registry_test_mode():
            self.env.ref('healthcare_crm_loyalty.ir_cron_source').method_direct_trigger()
        [(patients, visitors, cost, each, of_visitors)] = (
            self.env['healthcare.source.report']
            .with_user(self.marketing)
            ._read_group(
                [('source_id', '=', source.id)],
                [],
                [
                    'patient_count:sum',
                    'visitor_count:sum',
                    'cost:sum',
                    'patient_cost:avg',
                    'visitor_cost:avg',
                ],
            )
        )
        self.assertTrue(campaign)
        self.assertEqual((patients, visitors, cost, each, of_visitors), (2, 1, 600, 300, 600))


@tagged('post_install', '-at_install')
class TestCampaignLetters(CampaignCase):
    def make_letters(self, **values):
        """Create a campaign by letter."""
        campaign = self.make_campaign(
            channel='letter',
            letter_title="Check-up",
            letter_body="Dear {name}, come {soon}",
            **values,
        )
        self.start(campaign)
        return campaign.with_user(self.reception)

    def print(self, campaign):
        """Print as reception does; whether it fits the page is looked at elsewhere."""
        with patch.object(self.registry['healthcare.campaign.print'], '_check_fits'):
            return campaign.action_print()

    def test_ledger(self):
        first, second, nowhere, refused = self.make_agreed(4, 'letter')
        nowhere.write({'street': False})
        self.make_consent(refused, 'letter', 'deny', self.purpose_marketing)
        campaign = self.make_letters()
        first.contact_blocked = True  # since it began
        self.print(campaign)
        ledger = self.Communication.search([('campaign_id', '=', campaign.id)])
        self.assertEqual(
            {one.patient_id: (one.status, one.reason) for one in ledger},
            {
                first: ('suppressed', 'blocked'),
                second: ('sent', False),
                nowhere: ('held', 'no_address'),
                refused: ('suppressed', 'consent_denied'),
            },
        )
        sent = ledger.filtered(lambda one: one.status == 'sent')
        self.assertEqual(sent.body, f"Dear {second.name}, come {{soon}}")
        self.assertEqual(sent.address, f"{second.name}\n{second.street}\n臺北市")
        self.assertTrue(sent.consent_id)
        with self.assertRaises(UserError):
            self.print(campaign)
        nowhere.street = "1 Main Street"
        self.make_agreed(1, 'letter')
        self.segment._refresh()
        self.print(campaign)
        held = ledger.filtered(lambda one: one.patient_id == nowhere)
        self.assertEqual((held.status, held.print_id.number), ('sent', 2))
        campaign.sudo()._measure()
        self.assertEqual(campaign.contacted_count, 2)

    def test_whose_letters_they_were_is_kept(self):
        self.make_agreed(1, 'letter')
        campaign = self.make_letters()
        self.print(campaign)
        planned = self.make_campaign()
        for one in campaign.with_user(self.marketing), planned:
            one.action_cancel()
        planned.unlink()
        with self.assertRaises(UserError):
            campaign.with_user(self.marketing).unlink()

    def test_held_out_gets_nothing(self):
        self.make_agreed(30, 'letter')
        campaign = self.make_letters(holdout_percent=50)
        self.print(campaign)
        sent = self.Communication.search(
            [('campaign_id', '=', campaign.id), ('status', '=', 'sent')]
        )
        held = self.env['healthcare.campaign.participant'].search(
            [('campaign_id', '=', campaign.id), ('arm', '=', 'held')]
        )
        self.assertTrue(held)
        self.assertFalse(sent.patient_id & held.patient_id)
        self.assertEqual(len(sent) + len(held), 30)

    def test_marketing_prints_nothing(self):
        self.make_agreed(1, 'letter')
        campaign = self.make_letters()
        with self.assertRaises(AccessError):
            campaign.with_user(self.marketing).action_print()
        self.print(campaign)
        with self.assertRaises(AccessError):
            campaign.print_ids.with_user(self.marketing).action_print_again()
        with self.assertRaises(AccessError):
            campaign.print_ids.with_user(self.marketing)._print()

    def test_the_ledger_tells_nobody_else_who_was_written_to(self):
        printed, nowhere = self.make_agreed(2, 'letter')
        nowhere.street = False
        users = {
            role: self.make_user(
                role,
                f'{role}-here',
                company_id=self.clinic.id,
                company_ids=[Command.set(self.clinic.ids)],
            )
            for role in ('marketing', 'quality', 'privacy_officer')
        }

        def read(role):
            patients = (printed | nowhere).with_user(users[role])
            messages = self.Communication.with_user(users[role])
            messages = messages.search([('patient_id', 'in', patients.ids)])
            return messages.mapped('status'), patients.mapped('communication_count')

        # Email Marketing has a rule of its own
        if rule := self.env.ref(
            'healthcare_crm_mass_mailing.healthcare_communication_rule_mailing', False
        ):
            rule.active = False
        before = {role: read(role) for role in users}
        self.print(self.make_letters())
        self.env.invalidate_all()
        for role in ('marketing', 'quality'):
            with self.subTest(role=role):
                self.assertEqual(read(role), before[role])
                with self.assertRaises(AccessError):
                    self.Communication.with_user(users[role]).search(
                        [('idempotency_key', '=like', 'campaign:%:letter:%')]
                    )
        self.assertEqual(sorted(read('privacy_officer')[0]), ['held', 'sent'])

    def test_paper(self):
        if self.env['ir.actions.report'].get_wkhtmltopdf_state() == 'install':
            self.skipTest("wkhtmltopdf is not installed")
        self.make_agreed(3, 'letter')
        campaign = self.make_letters()
        for form in ('left', 'postcard'):
            campaign.sudo().letter_format = form
            campaign.action_print()
            pdf = campaign.print_ids.sorted('number')[-1]._print()
            self.assertEqual(self.count_pages(pdf), 3)
            # as if nothing had been printed
            self.Communication.search([('campaign_id', '=', campaign.id)]).status = 'held'
        campaign.sudo().letter_body = "A long sentence that goes on.\n" * 90
        with self.assertRaisesRegex(UserError, "too long"):
            campaign.action_print()

    def count_pages(self, pdf):
        """Return how many pages a PDF has."""
        return len(PdfFileReader(io.BytesIO(pdf)).pages)
