"""A clinic begins with loyalty: a membership, a catalogue, coupons and a campaign."""

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.healthcare_crm_loyalty.tests.common import LoyaltyCase
from odoo.addons.healthcare_crm_loyalty.tests.test_campaign import CampaignCase

from .tours import TourCase

#: codes with the right last character
REWARD, COUPON = 'R23456789D', 'C2345678923S'


class LoyaltySetUpCase(TourCase, LoyaltyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login, role, name in (
            ('desk', 'reception', "Annie Chang"),
            ('head', 'clinic_administrator', "Grace Lo"),
            ('ads', 'marketing', "Peggy Wu"),
        ):
            new_test_user(
                cls.env,
                login,
                groups=f'healthcare_crm.group_{role}',
                name=name,
                lang='en_US',
                tz='Asia/Taipei',
            )


@tagged('post_install', '-at_install')
class TestMembershipSetUp(LoyaltySetUpCase):
    def test_from_nothing_to_the_first_member(self):
        self.env['loyalty.program'].search([('is_membership', '=', True)]).active = False
        self.use(
            'healthcare_membership_set_up',
            '/odoo/action-healthcare_crm_loyalty.loyalty_membership_action',
            'head',
            'loyalty-set-up-1-empty',
            'loyalty-set-up-2-tiers',
            'loyalty-set-up-3-earning',
        )
        program = self.env['loyalty.program'].search([('name', '=', "Lotus members")])
        self.assertTrue(program.is_membership)
        patient = self.make_patient("Đỗ Hoài An")
        self.use(
            'healthcare_membership_first',
            f'/odoo/patients/{patient.id}',
            'desk',
            'loyalty-set-up-4-patient',
        )
        self.process()
        card = patient._get_memberships()
        self.assertEqual(card.program_id, program)
        self.assertBalance(card, 20)
        self.make_appointment(
            patient,
            # what was before joining, as a night of the clinic's ago, earns nothing
            fields.Datetime.now(),
            company_id=self.company.id,
            appointment_status='fulfilled',
        )
        self.process()
        self.assertBalance(card, 35)
        card._recompute_tiers(program)
        self.assertEqual(card.tier_id.name, "Silver")


@tagged('post_install', '-at_install')
class TestCatalogue(LoyaltySetUpCase):
    def test_made_reserved_given_out_and_returned(self):
        self.program.portal_point_name = "points"
        card = self.make_member(name="Đỗ Hoài An", birth_date='1980-05-06', lang='en_US')
        card._give(100, description="Welcome")
        self.use(
            'healthcare_catalogue',
            '/odoo/loyalty-rewards',
            'head',
            'loyalty-catalogue-1-reward',
            'loyalty-catalogue-2-list',
        )
        # the patient, on the page of the membership, by its own form
        path = card.partner_id._get_benefits_path()
        page = html.fromstring(self.url_open(path).text)
        [form] = page.xpath('//form[.//button[@value="reward_reserve"]]')
        self.url_open(path, data={**dict(form.form_values()), 'action': 'reward_reserve'})
        self.env.invalidate_all()
        card.redemption_ids.code = REWARD
        self.look(path, 'loyalty-catalogue-3-page')
        self.assertBalance(card, 70)
        self.use(
            'healthcare_catalogue_desk', '/odoo/loyalty-desk', 'desk', 'loyalty-catalogue-4-code'
        )
        self.assertEqual(card.redemption_ids.state, 'redeemed')
        self.use(
            'healthcare_catalogue_refund',
            '/odoo/loyalty-redemptions',
            'desk',
            'loyalty-catalogue-5-returned',
        )
        self.assertEqual(card.redemption_ids.state, 'refunded')
        self.assertEqual(card.redemption_ids.reward_id.stock, 1)
        self.assertBalance(card, 100)


@tagged('post_install', '-at_install')
class TestCoupons(LoyaltySetUpCase):
    def test_for_a_segment_and_used_at_the_desk(self):
        tag = self.env['res.partner.category'].create({'name': "Drinks tea"})
        for name in ("Đỗ Hoài An", "Đỗ Hoài Bình"):
            self.make_member(name=name, birth_date='1980-05-06', category_id=[Command.set(tag.ids)])
        self.env['healthcare.segment'].create(
            {
                'name': "Tea drinkers",
                'company_id': self.company.id,
                'domain': f"[('category_id', 'in', {tag.ids})]",
            }
        )._refresh()
        self.use(
            'healthcare_coupons',
            '/odoo/healthcare-coupons',
            'ads',
            'loyalty-coupon-1-terms',
            'loyalty-coupon-2-given',
        )
        coupons = self.env['loyalty.card'].search([('batch_id.name', '=', "Tea time")])
        self.assertEqual(len(coupons), 2)
        coupon = coupons.filtered(lambda one: one.partner_id.name == "Đỗ Hoài An")
        coupon.code = COUPON
        self.use('healthcare_coupons_desk', '/odoo/loyalty-desk', 'desk', 'loyalty-coupon-3-desk')
        uses = self.env['healthcare.coupon.redemption'].search([('card_id', '=', coupon.id)])
        self.assertEqual(
            uses.sorted('id').mapped(lambda one: (one.state, one.amount, one.discount)),
            [('undone', 500, 100), ('done', 300, 60)],
        )


@tagged('post_install', '-at_install')
class TestCampaignTour(TourCase, CampaignCase):
    def test_planned_started_and_measured(self):
        self.make_agreed(30)
        self.segment._refresh()
        self.marketing.write({'name': "Peggy Wu", 'lang': 'en_US', 'tz': 'Asia/Taipei'})
        self.use(
            'healthcare_campaign',
            '/odoo/healthcare-campaigns',
            self.marketing.login,
            'loyalty-campaign-1-plan',
        )
        campaign = self.env['healthcare.campaign'].search([('title', '=', "Autumn check-up")])
        participants = self.env['healthcare.campaign.participant'].search(
            [('campaign_id', '=', campaign.id)]
        )
        self.assertEqual((campaign.state, len(participants)), ('running', 30))
        addressed = participants.filtered(lambda one: one.arm == 'addressed')
        for participant in addressed[:9]:
            self.visit(participant.patient_id)
        self.use(
            'healthcare_campaign_results',
            '/odoo/healthcare-campaigns',
            self.marketing.login,
            'loyalty-campaign-2-results',
            'loyalty-campaign-3-board',
        )
        self.assertEqual(campaign.conversion_count, 9)
        self.assertEqual(campaign.revenue, 2700)
