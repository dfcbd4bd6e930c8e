from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.healthcare_crm.tests import test_erasure

from . import test_campaign


@tagged('post_install', '-at_install')
class TestSettlements(test_campaign.CampaignCase):
    run_erasure = test_erasure.ErasureCase.run_erasure
    #: after whatever happens in a test
    later = fields.Date.today() + timedelta(days=30)

    def setUp(self):
        super().setUp()
        self.hotel, self.shop = self.Partner.create(
            [{'name': "Hotel", 'is_company': True}, {'name': "Shop", 'is_company': True}]
        )

    def make_code(self, **values):
        """Create the code of a partner, of a campaign in public that counts visits."""
        campaign = self.make_campaign(channel='public', segment_ids=[], goal='visit')
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create(
            {
                'code': 'HOTEL-1',
                'campaign_id': campaign.id,
                'partner_id': self.hotel.id,
                'fee_basis': 'converted',
                'fee': 50,
                **values,
            }
        )
        campaign.action_start()
        return code

    def settle(self, code, **values):
        """Return what is to be settled, as marketing sees it, of what is measured now."""
        code.campaign_id.action_count()
        settlements = self.env['healthcare.campaign.settlement'].with_user(self.marketing)
        return settlements.create({'code_id': code.id, 'date_to': self.later, **values})

    def erase(self, patient):
        erasure = self.env['healthcare.erasure'].sudo().create({'patient_id': patient.id})
        erasure._start()
        self.run_erasure(erasure)
        self.assertEqual(erasure.state, 'done', erasure.failure)
        self.assertEqual(erasure.residue_count, 0, erasure.residue)
        self.env.invalidate_all()

    def test_who_was_erased_came_nevertheless(self):
        for basis, fee, amount in (('converted', 50, 100), ('revenue', 10, 60)):
            code = self.make_code(code=basis, fee_basis=basis, fee=fee)
            campaign = code.campaign_id
            erased, other = self.make_agreed(2)
            erased.name = f"Zebulon Quixotesen {basis}"
            for patient in (erased, other):
                self.visit(patient, -1, campaign_code_id=code.id)
            first = self.settle(code)
            first.action_confirm()
            self.assertEqual((first.conversion_count, first.amount), (2, amount))
            figures = campaign.read(['came_count', 'conversion_count', 'revenue'])
            self.erase(erased)
            second = self.settle(code)
            with self.subTest(basis=basis):
                self.assertEqual(
                    (second.participant_count, second.conversion_count, second.amount), (0, 0, 0)
                )
                self.assertEqual(
                    campaign.read(['came_count', 'conversion_count', 'revenue']), figures
                )
                # and nobody sees whose it was
                parts = self.env['healthcare.campaign.participant']
                parts = parts.with_user(self.reception).search([('campaign_id', '=', campaign.id)])
                self.assertEqual(parts.patient_id, other)
                self.assertEqual(len(parts), 1)

    def test_revenue_up_to_its_day(self):
        code = self.make_code(fee_basis='revenue', fee=10)
        patient = self.make_agreed(1)
        self.env['healthcare.enquiry'].create(
            {
                'name': "A",
                'patient_id': patient.id,
                'company_id': self.clinic.id,
                'campaign_code_id': code.id,
                'date': fields.Datetime.now() - timedelta(days=20),
            }
        )
        self.visit(patient, -15)
        self.visit(patient, -2)
        first = self.settle(code, date_to=fields.Date.today() - timedelta(days=10))
        self.assertEqual((first.revenue, first.amount), (300, 30))
        first.action_confirm()
        second = self.settle(code)
        self.assertEqual((second.participant_count, second.revenue, second.amount), (0, 300, 30))

    def test_what_was_agreed_stays_on_the_paper(self):
        code = self.make_code()
        one, two = self.make_agreed(2)
        visit = self.visit(one, -3, campaign_code_id=code.id)
        first = self.settle(code, date_to=fields.Date.today() - timedelta(days=1))
        first.action_confirm()
        code.fee = 80
        self.assertEqual((first.fee_basis, first.fee, first.amount), ('converted', 50, 50))
        # who was paid for is taken off as paid, who came since is paid for as agreed now
        visit.appointment_status = 'entered-in-error'
        self.visit(two, 2, campaign_code_id=code.id)
        second = self.settle(code)
        self.assertEqual((second.conversion_count, second.fee, second.amount), (0, 80, 30))
        second.action_confirm()
        code.write({'partner_id': self.shop.id, 'fee_basis': 'revenue', 'fee': 10})
        self.assertEqual((first | second).partner_id, self.hotel)
        self.assertEqual(second.fee_basis, 'converted')

    def test_another_partner_pays_nothing_back(self):
        code = self.make_code()
        one, two = self.make_agreed(2)
        visit = self.visit(one, -3, campaign_code_id=code.id)
        first = self.settle(code, date_to=fields.Date.today() - timedelta(days=1))
        first.action_confirm()
        code.partner_id = self.shop
        visit.appointment_status = 'entered-in-error'
        self.visit(two, 2, campaign_code_id=code.id)
        second = self.settle(code)
        self.assertEqual(second.partner_id, self.shop)
        self.assertEqual(
            (second.participant_count, second.conversion_count, second.amount), (1, 1, 50)
        )
        code.partner_id = self.hotel
        third = self.settle(code, date_to=self.later)
        self.assertEqual((third.participant_count, third.amount), (0, 0))

    def test_a_code_counts_for_its_own_campaign(self):
        code = self.make_code()
        other = self.make_campaign(channel='public', segment_ids=[])
        other.action_start()
        self.env['healthcare.campaign.participant'].create(
            {
                'campaign_id': other.id,
                'code_id': code.id,
                'patient_id': self.make_agreed(1).id,
                'arm': 'came',
                'since': fields.Datetime.now(),
                'converted_at': fields.Datetime.now(),
            }
        )
        settlement = self.settle(code)
        self.assertEqual((settlement.participant_count, settlement.amount), (0, 0))

    def test_who_may_not_settle_is_not_asked_to(self):
        self.env['healthcare.segment.condition'].create(
            {'segment_id': self.segment.id, 'kind': 'illness', 'text': 'E11'}
        )
        campaign = self.make_campaign()
        code = self.env['healthcare.campaign.code'].with_user(self.marketing)
        code = code.create(
            {'code': 'HOTEL-2', 'campaign_id': campaign.id, 'partner_id': self.hotel.id}
        )
        self.assertFalse(code.may_be_settled)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            code.action_settle()
        administrator = self.make_user(
            'clinic_administrator',
            company_id=self.clinic.id,
            company_ids=[Command.set(self.clinic.ids)],
        )
        self.assertTrue(code.with_user(administrator).may_be_settled)
        self.assertTrue(self.make_code().may_be_settled)

    def test_the_name_has_the_readers_date(self):
        code = self.make_code()
        settlement = self.settle(code, date_to='2026-04-05')
        self.assertEqual(settlement.display_name, "HOTEL-1 · 04/05/2026")
